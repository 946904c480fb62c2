// SPDX-License-Identifier: Apache-2.0
#include "realms/relations.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "representation/relation_json.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"

namespace cambist::realms {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMostInACommit = 500;

Result<std::vector<Relation>> load_made_by_admins(store::Store& store, std::string_view realm) {
    std::vector<Relation> all;
    std::string after;
    while (true) {
        CAMBIST_TRY(auto page, store.relations().list_made_by_admins(realm, after, kPage));
        if (page.empty()) return all;
        after = page.back().id;
        for (auto& relation : page) all.push_back(std::move(relation));
    }
}

// What makes two relations the same, whenever they were made.
std::string content_of(Relation relation) {
    std::ranges::sort(relation.scopes);
    std::ranges::sort(relation.audiences);
    return representation::render_relation(relation).to_text();
}

// From user names to ids.
class Names {
  public:
    Names(store::Store& store, std::string_view realm, const std::vector<User>& users)
        : store_(store), realm_(realm) {
        for (const auto& user : users) ids_.emplace(user.username, user.id.text());
    }

    Status resolve(RelationEnd& end) {
        if (end.kind != EndKind::kUser) return {};
        auto known = ids_.find(end.id);
        if (known == ids_.end()) {
            CAMBIST_TRY(const auto user, store_.users().find_by_username(realm_, end.id));
            known = ids_.emplace(end.id, user ? user->id.text() : std::string()).first;
        }
        if (known->second.empty()) unknown_.insert(end.id);
        end.id = known->second;
        return {};
    }
    const std::set<std::string>& unknown() const { return unknown_; }

  private:
    store::Store& store_;
    std::string_view realm_;
    std::map<std::string, std::string> ids_;
    std::set<std::string> unknown_;
};

// And back; false when the user is gone.
Result<bool> name_end(store::Store& store, std::string_view realm, RelationEnd& end) {
    if (end.kind != EndKind::kUser) return true;
    CAMBIST_TRY(const auto user, store.users().find(realm, UserId(end.id)));
    if (!user) return false;
    end.id = user->username;
    return true;
}

Result<bool> name_ends(store::Store& store, std::string_view realm, Relation& relation) {
    CAMBIST_TRY(const bool has_actor, name_end(store, realm, relation.actor));
    CAMBIST_TRY(const bool has_subject, name_end(store, realm, relation.subject));
    return has_actor && has_subject;
}

Status commit_in_parts(store::Store& store, const std::string& realm,
                       std::vector<store::Operation> operations) {
    for (std::size_t start = 0; start < operations.size(); start += kMostInACommit) {
        const auto end = std::min(operations.size(), start + kMostInACommit);
        store::Batch batch{.realm = realm, .operations = {}};
        for (auto i = start; i < end; ++i) batch.operations.push_back(std::move(operations[i]));
        CAMBIST_CHECK(store.commit(std::move(batch)));
    }
    return {};
}

}  // namespace

Result<RelationChanges> relation_changes(store::Store& store, std::string_view realm,
                                         const std::vector<Relation>& wanted,
                                         const std::vector<User>& users, TimePoint now) {
    RelationChanges changes;
    Names names(store, realm, users);
    std::map<std::string, Relation> fresh;  // by content
    for (auto relation : wanted) {
        CAMBIST_CHECK(names.resolve(relation.actor));
        CAMBIST_CHECK(names.resolve(relation.subject));
        if (relation.expires != 0 && relation.expires <= to_unix(now)) continue;
        auto content = content_of(relation);
        fresh.emplace(std::move(content), std::move(relation));
    }
    if (const auto& unknown = names.unknown(); !unknown.empty())
        return fail(ErrorCode::kConfigInvalid,
                    "relations name users that the realm does not have: " +
                        join({unknown.begin(), unknown.end()}, ", "));
    CAMBIST_TRY(auto stored, load_made_by_admins(store, realm));
    for (auto& relation : stored)
        if (fresh.erase(content_of(relation)) == 0) changes.gone.push_back(std::move(relation));
    for (auto& [content, relation] : fresh) changes.fresh.push_back(std::move(relation));
    return changes;
}

Status write_relations(store::Store& store, const Realm& realm, const RelationChanges& changes,
                       const Clock& clock, const Random& random) {
    const auto now = clock.now();
    const auto until = sessions::revocation_end(realm, to_unix(now));
    std::vector<store::Operation> operations;
    for (const auto& relation : changes.gone) {
        operations.emplace_back(store::AddRevocation{{.kind = RevocationKind::kToken,
                                                      .id = sessions::short_id(relation.id),
                                                      .before = 0,
                                                      .until = until}});
        operations.emplace_back(store::RemoveRelation{relation.id});
    }
    for (auto relation : changes.fresh) {
        relation.id = make_ulid(random, now.time_since_epoch().count() / 1000);
        relation.created = to_unix(now);
        operations.emplace_back(store::AddRelation{std::move(relation)});
    }
    return commit_in_parts(store, realm.name.text(), std::move(operations));
}

Status remove_relations(store::Store& store, std::string_view realm) {
    CAMBIST_TRY(const auto all, load_made_by_admins(store, realm));
    std::vector<store::Operation> operations;
    for (const auto& relation : all) operations.emplace_back(store::RemoveRelation{relation.id});
    return commit_in_parts(store, std::string(realm), std::move(operations));
}

std::vector<Change> describe(store::Store& store, std::string_view realm,
                             const RelationChanges& changes) {
    std::vector<Change> described;
    const auto add = [&](Change::What what, Relation relation) {
        // A user that comes with the file, or one that is gone, is named by its id.
        static_cast<void>(name_ends(store, realm, relation).has_value());
        described.push_back(
            {what,
             "relation",
             relation.kind + " " + to_text(relation.actor) + " -> " + to_text(relation.subject),
             {}});
    };
    for (const auto& relation : changes.gone) add(Change::What::kRemove, relation);
    for (const auto& relation : changes.fresh) add(Change::What::kAdd, relation);
    return described;
}

Result<json::Value> represent_relations(store::Store& store, std::string_view realm) {
    CAMBIST_TRY(auto stored, load_made_by_admins(store, realm));
    std::map<std::string, json::Value> in_order;
    for (auto& relation : stored) {
        CAMBIST_TRY(const bool is_whole, name_ends(store, realm, relation));
        if (!is_whole) continue;
        auto value = representation::render_relation(relation);
        auto text = value.to_text();
        in_order.emplace(std::move(text), std::move(value));
    }
    auto list = json::Value::array();
    for (auto& [text, value] : in_order) list.push(std::move(value));
    return list;
}

}  // namespace cambist::realms
