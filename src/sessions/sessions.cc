// SPDX-License-Identifier: Apache-2.0
#include "sessions/sessions.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "sessions/expiry.h"

namespace cambist::sessions {
namespace {

constexpr std::string_view kDevicePrefix = "cds_";
constexpr std::size_t kRandomBytes = 32;

std::string key_of(std::string_view realm, const SessionId& id) {
    std::string key;
    key.reserve(realm.size() + 1 + id.text().size());
    key += realm;
    key += '\0';
    key += id.text();
    return key;
}

Revocation end_of(const Realm& realm, const SessionId& id, std::int64_t now) {
    return {.kind = RevocationKind::kSession,
            .id = id.text(),
            .before = 0,
            .until = revocation_end(realm, now)};
}

}  // namespace

std::string hash_of_device_secret(std::string_view text) { return crypto::sha256_base64url(text); }

bool looks_like_device_secret(std::string_view text) { return text.starts_with(kDevicePrefix); }

Sessions::Sessions(store::Store& store, const Revocations& revocations, const Random& random,
                   std::size_t max_cached)
    : store_(store),
      revocations_(revocations),
      random_(random),
      max_cached_(std::max<std::size_t>(max_cached, 1)) {}

Result<std::optional<Session>> Sessions::find_live(const Realm& realm, const SessionId& id,
                                                   TimePoint now) const {
    if (id.empty()) return std::nullopt;
    const auto& name = realm.name.text();
    if (revocations_.covers_session(name, id)) return std::nullopt;
    const auto key = key_of(name, id);
    auto found = find_cached(key);
    const auto seconds = to_unix(now);
    // A copy that looks idle may only be old: the session was used on another node.
    if (!found || !is_live(realm, *found, seconds)) {
        CAMBIST_TRY(found, find_stored(name, id, key));
    }
    if (!found || !is_live(realm, *found, seconds)) return std::nullopt;
    return found;
}

std::optional<Session> Sessions::find_cached(const std::string& key) const {
    std::optional<Session> found;
    cache_.change([&](Cache& cache) {
        const auto place = cache.index.find(key);
        if (place == cache.index.end()) return;
        cache.order.splice(cache.order.begin(), cache.order, place->second);
        found = place->second->session;
    });
    return found;
}

Result<std::optional<Session>> Sessions::find_stored(std::string_view realm, const SessionId& id,
                                                     const std::string& key) const {
    const auto changes = cache_.with([](const Cache& cache) { return cache.changes; });
    CAMBIST_TRY(auto found, store_.sessions().find(realm, id));
    cache_.change([&](Cache& cache) {
        const auto place = cache.index.find(key);
        if (place != cache.index.end()) {
            cache.order.erase(place->second);
            cache.index.erase(place);
        }
        // Somebody ended a session while we read: what we have may be from before.
        if (!found || cache.changes != changes) return;
        cache.order.push_front(Entry{key, *found});
        cache.index.emplace(key, cache.order.begin());
        while (cache.order.size() > max_cached_) {
            cache.index.erase(cache.order.back().key);
            cache.order.pop_back();
        }
    });
    return found;
}

void Sessions::forget(std::string_view realm, const SessionId& id) const {
    cache_.change([&](Cache& cache) {
        ++cache.changes;
        const auto place = cache.index.find(key_of(realm, id));
        if (place == cache.index.end()) return;
        cache.order.erase(place->second);
        cache.index.erase(place);
    });
}

Session Sessions::make(const Realm& realm, const UserId& user, const ClientId& client,
                       std::string_view auth_method, TimePoint now) const {
    const auto seconds = to_unix(now);
    Session session;
    session.id = SessionId(make_uuid(random_));
    session.user = user;
    session.client = client;
    session.started = seconds;
    session.last_access = seconds;
    session.expires = session_end(realm, seconds, false);
    session.auth_method = auth_method;
    return session;
}

std::string Sessions::give_device_secret(Session& session) const {
    auto text = std::string(kDevicePrefix) + make_token(random_, kRandomBytes);
    session.device_hash = hash_of_device_secret(text);
    return text;
}

Status Sessions::end(const Realm& realm, const SessionId& id, TimePoint now,
                     std::vector<store::Operation> with) const {
    const auto& name = realm.name.text();
    with.emplace_back(store::EndSession{id});
    CAMBIST_CHECK(revocations_.add(name, end_of(realm, id, to_unix(now)), std::move(with)));
    forget(name, id);
    return {};
}

Result<std::size_t> Sessions::end_all_of(const Realm& realm, const UserId& user, TimePoint now,
                                         std::vector<store::Operation> with) const {
    const auto& name = realm.name.text();
    const auto seconds = to_unix(now);
    CAMBIST_TRY(const auto sessions, store_.sessions().of_user(name, user));
    std::vector<store::Operation> ends = std::move(with);
    ends.reserve(ends.size() + 2 * sessions.size() + 1);
    for (const auto& session : sessions) {
        ends.emplace_back(store::EndSession{session.id});
        // Other nodes may have copies of it.
        ends.emplace_back(store::AddRevocation{end_of(realm, session.id, seconds)});
    }
    const Revocation revocation{.kind = RevocationKind::kUser,
                                .id = user.text(),
                                .before = seconds,
                                .until = revocation_end(realm, seconds)};
    // And what he acts in, also where the token does not say so.
    auto acting = revocation;
    acting.kind = RevocationKind::kActor;
    ends.emplace_back(store::AddRevocation{acting});
    CAMBIST_CHECK(revocations_.add(name, revocation, std::move(ends)));
    revocations_.apply(name, acting);
    for (const auto& session : sessions) {
        revocations_.apply(name, end_of(realm, session.id, seconds));
        forget(name, session.id);
    }
    return sessions.size();
}

}  // namespace cambist::sessions
