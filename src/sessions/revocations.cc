// SPDX-License-Identifier: Apache-2.0
#include "sessions/revocations.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "sessions/rule_revocation.h"
#include "sessions/short_id.h"

namespace cambist::sessions {
namespace {

// Beyond this the small index is merged into the big one.
constexpr std::size_t kMaxRecent = 256;

// Tokens and families share a letter: both are found by a short id in `xp`.
char letter_of(RevocationKind kind) {
    switch (kind) {
        case RevocationKind::kToken:
        case RevocationKind::kFamily:
            return 'i';
        case RevocationKind::kTree:
            return 't';
        case RevocationKind::kSession:
            return 's';
        case RevocationKind::kUser:
            return 'u';
        case RevocationKind::kClient:
            return 'c';
        case RevocationKind::kActor:
            return 'a';
    }
    return '?';
}

std::string key_of(char letter, std::string_view id) {
    std::string key;
    key.reserve(id.size() + 1);
    key += letter;
    key += id;
    return key;
}

std::string key_of(const Revocation& revocation) {
    const bool is_family = revocation.kind == RevocationKind::kFamily;
    if (const auto rule = revoked_rule(revocation); !rule.empty())
        return key_of(letter_of(revocation.kind), rule_mark(rule));
    return key_of(letter_of(revocation.kind), is_family ? short_id(revocation.id) : revocation.id);
}

std::string_view name_of(RevocationKind kind) {
    switch (kind) {
        case RevocationKind::kToken:
            return "token";
        case RevocationKind::kTree:
            return "exchange tree";
        case RevocationKind::kSession:
            return "session";
        case RevocationKind::kUser:
            return "user";
        case RevocationKind::kClient:
            return "client";
        case RevocationKind::kActor:
            return "actor";
        case RevocationKind::kFamily:
            return "refresh family";
    }
    return "token";
}

std::int64_t or_always(std::int64_t before) {
    return before == 0 ? std::numeric_limits<std::int64_t>::max() : before;
}

// Of two for the same thing the wider one stays.
void keep_wider(Revocation& kept, const Revocation& other) {
    if (or_always(other.before) > or_always(kept.before)) kept.before = other.before;
    kept.until = kept.until == 0 || other.until == 0 ? 0 : std::max(kept.until, other.until);
}

template <class Index>
void insert_as(Index& index, std::string key, const Revocation& revocation) {
    const auto [place, is_new] = index.try_emplace(std::move(key), revocation);
    if (!is_new) keep_wider(place->second, revocation);
}

template <class Index>
void insert(Index& index, const Revocation& revocation) {
    insert_as(index, key_of(revocation), revocation);
    // Tokens in which somebody acts carry the marks of him and his log-in among their ancestors.
    if (revocation.kind == RevocationKind::kSession)
        insert_as(index, key_of('i', session_mark(revocation.id)), revocation);
    if (revocation.kind == RevocationKind::kActor)
        insert_as(index, key_of('i', actor_mark(revocation.id)), revocation);
}

}  // namespace

std::string describe(const Revocation& revocation) {
    std::string text = "the " + std::string(name_of(revocation.kind)) + " " + revocation.id;
    if (const auto rule = revoked_rule(revocation); !rule.empty())
        text = "the rule " + std::string(rule);
    if (revocation.before != 0) {
        text += ", for what was issued up to " + to_iso8601(from_unix(revocation.before));
    }
    return text;
}

// Asks both indexes of one realm for one token's names.
class Revocations::Lookup {
  public:
    Lookup(const RealmView& view, std::int64_t issued_at) : view_(view), issued_at_(issued_at) {}

    const Revocation* find(char letter, std::string_view id) const {
        if (id.empty()) return nullptr;
        const auto key = key_of(letter, id);
        const auto* found = find_in(view_.recent.get(), key);
        return found != nullptr ? found : find_in(view_.base.get(), key);
    }

  private:
    const Revocation* find_in(const Index* index, const std::string& key) const {
        if (index == nullptr) return nullptr;
        const auto found = index->find(key);
        if (found == index->end()) return nullptr;
        return issued_at_ <= or_always(found->second.before) ? &found->second : nullptr;
    }

    const RealmView& view_;
    std::int64_t issued_at_;
};

Revocations::Revocations(store::Store& store)
    : store_(store), state_(State{std::make_shared<const View>(), 0}) {}

std::shared_ptr<const Revocations::View> Revocations::view() const {
    return state_.with([](const State& state) { return state.view; });
}

void Revocations::merge(State& state, const std::vector<Entry>& entries) const {
    if (entries.empty()) return;
    auto view = std::make_shared<View>(*state.view);
    std::map<std::string_view, std::vector<const Revocation*>> by_realm;
    for (const auto& entry : entries) by_realm[entry.realm].push_back(&entry.revocation);
    for (const auto& [realm, revocations] : by_realm) {
        RealmView& of_realm = (*view)[std::string(realm)];
        auto recent = of_realm.recent ? *of_realm.recent : Index{};
        if (recent.size() + revocations.size() > kMaxRecent) {
            auto base = of_realm.base ? *of_realm.base : Index{};
            for (const auto& [key, revocation] : recent) insert_as(base, key, revocation);
            for (const auto* revocation : revocations) insert(base, *revocation);
            of_realm.base = std::make_shared<const Index>(std::move(base));
            recent.clear();
        } else {
            for (const auto* revocation : revocations) insert(recent, *revocation);
        }
        of_realm.recent = std::make_shared<const Index>(std::move(recent));
    }
    publish(state, std::move(view));
}

void Revocations::publish(State& state, std::shared_ptr<const View> view) const {
    std::size_t size = 0;
    for (const auto& [realm, of_realm] : *view) {
        if (of_realm.base) size += of_realm.base->size();
        if (of_realm.recent) size += of_realm.recent->size();
    }
    state.view = std::move(view);
    size_.store(size, std::memory_order_release);
}

Status Revocations::refresh() const {
    const auto number = state_.with([](const State& state) { return state.number; });
    CAMBIST_TRY(const auto entries, store_.revocations().since(number));
    state_.change([&](State& state) {
        merge(state, entries);
        for (const auto& entry : entries) state.number = std::max(state.number, entry.number);
    });
    return {};
}

Status Revocations::add(std::string_view realm, const Revocation& revocation,
                        std::vector<store::Operation> with) const {
    store::Batch batch{.realm = std::string(realm), .operations = std::move(with)};
    batch.operations.emplace_back(store::AddRevocation{revocation});
    CAMBIST_CHECK(store_.commit(std::move(batch)));
    apply(realm, revocation);
    return {};
}

void Revocations::apply(std::string_view realm, const Revocation& revocation) const {
    // Not by number: a smaller one of another node may still be on its way.
    state_.change([&](State& state) { merge(state, {Entry{0, std::string(realm), revocation}}); });
}

std::optional<Revocation> Revocations::covers(std::string_view realm, const TokenFacts& facts,
                                              std::span<const std::string> actors) const {
    if (size() == 0) return std::nullopt;
    const Named named{.ancestors = facts.xp,
                      .own = short_id(facts.jti),
                      .tree = facts.xid,
                      .session = facts.session.text(),
                      .user = facts.subject.text(),
                      .client = facts.holder.text(),
                      .actors = actors,
                      .issued_at = facts.issued_at};
    return find(realm, named);
}

std::optional<Revocation> Revocations::covers(std::string_view realm, const RefreshFamily& family,
                                              std::span<const std::string> actors) const {
    if (size() == 0) return std::nullopt;
    const Named named{.ancestors = family.xp,
                      .own = short_id(family.id),
                      .tree = family.xid,
                      .session = family.session.text(),
                      .user = family.user.text(),
                      .client = family.client.text(),
                      .actors = actors,
                      .issued_at = family.created};
    return find(realm, named);
}

std::optional<Revocation> Revocations::covers_session(std::string_view realm,
                                                      const SessionId& id) const {
    if (size() == 0) return std::nullopt;
    return find(realm, Named{.ancestors = {},
                             .own = {},
                             .tree = {},
                             .session = id.text(),
                             .user = {},
                             .client = {},
                             .actors = {},
                             .issued_at = 0});
}

std::optional<Revocation> Revocations::find(std::string_view realm, const Named& named) const {
    const auto all = view();
    const auto of_realm = all->find(realm);
    if (of_realm == all->end()) return std::nullopt;
    const Lookup lookup(of_realm->second, named.issued_at);
    const auto* found = lookup.find('i', named.own);
    for (const auto& id : named.ancestors) {
        if (found == nullptr) found = lookup.find('i', id);
    }
    if (found == nullptr) found = lookup.find('t', named.tree);
    if (found == nullptr) found = lookup.find('s', named.session);
    if (found == nullptr) found = lookup.find('u', named.user);
    if (found == nullptr) found = lookup.find('c', named.client);
    for (const auto& actor : named.actors) {
        if (found == nullptr) found = lookup.find('a', actor);
    }
    return found == nullptr ? std::nullopt : std::optional(*found);
}

std::size_t Revocations::prune(std::int64_t now) const {
    std::size_t removed = 0;
    const auto is_over = [now](const auto& item) {
        return item.second.until != 0 && item.second.until <= now;
    };
    state_.change([&](State& state) {
        auto view = std::make_shared<View>(*state.view);
        for (auto& [realm, of_realm] : *view) {
            for (auto* index : {&of_realm.base, &of_realm.recent}) {
                if (!*index || std::ranges::none_of(**index, is_over)) continue;
                auto kept = **index;
                removed += std::erase_if(kept, is_over);
                *index = std::make_shared<const Index>(std::move(kept));
            }
        }
        if (removed > 0) publish(state, std::move(view));
    });
    return removed;
}

}  // namespace cambist::sessions
