// SPDX-License-Identifier: Apache-2.0
#include "sessions/revocations.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "sessions/rule_revocation.h"
#include "sessions/short_id.h"

namespace cambist::sessions {
namespace {

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

Revocations::Revocations(store::Store& store)
    : store_(store), view_(std::make_shared<const View>()) {}

std::shared_ptr<const Revocations::View> Revocations::view() const {
    return view_.with([](const auto& view) { return view; });
}

// A realm's table is added to where it is; one that is new, or bigger now, needs another view.
void Revocations::merge(const std::vector<Entry>& entries) const {
    if (entries.empty()) return;
    std::shared_ptr<View> changed;
    auto now = view();
    for (const auto& [number, realm, revocation] : entries) {
        auto at = now->find(realm);
        if (at != now->end() && at->second->add(revocation)) continue;
        if (!changed) now = changed = std::make_shared<View>(*now);
        auto& table = (*changed)[realm];
        table = table ? table->grown() : std::make_shared<RevocationTable>();
        while (!table->add(revocation)) table = table->grown();
    }
    publish(std::move(now));
}

void Revocations::publish(std::shared_ptr<const View> view) const {
    std::size_t size = 0;
    for (const auto& [realm, table] : *view) size += table->size();
    view_.with([&](auto& at) { at = std::move(view); });
    size_.store(size, std::memory_order_release);
}

Status Revocations::refresh() const {
    while (true) {
        const auto number = turn_.with([](const Turn& turn) { return turn.number; });
        CAMBIST_TRY(const auto entries, store_.revocations().since(number, kPage));
        turn_.with([&](Turn& turn) {
            merge(entries);
            for (const auto& entry : entries) turn.number = std::max(turn.number, entry.number);
        });
        if (entries.size() < kPage) return {};
    }
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
    turn_.with([&](Turn&) { merge({Entry{0, std::string(realm), revocation}}); });
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
    const RevocationTable& table = *of_realm->second;
    const auto find_one = [&](char letter, std::string_view id) {
        return id.empty() ? std::nullopt : table.find({letter, id}, named.issued_at);
    };
    auto found = find_one('i', named.own);
    for (const auto& id : named.ancestors)
        if (!found) found = find_one('i', id);
    if (!found) found = find_one('t', named.tree);
    if (!found) found = find_one('s', named.session);
    if (!found) found = find_one('u', named.user);
    if (!found) found = find_one('c', named.client);
    for (const auto& actor : named.actors)
        if (!found) found = find_one('a', actor);
    return found;
}

std::size_t Revocations::prune(std::int64_t now) const {
    return turn_.with([&](Turn&) {
        const auto before = size();
        auto changed = std::make_shared<View>(*view());
        for (auto& [realm, table] : *changed)
            if (auto kept = table->without_over(now)) table = std::move(kept);
        publish(std::move(changed));
        return before - size();
    });
}

}  // namespace cambist::sessions
