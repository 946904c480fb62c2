// SPDX-License-Identifier: Apache-2.0
#include "identity/relations.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "model/group_path.h"

namespace cambist::identity {
namespace {

constexpr std::string_view kManagerSetting = "cambist.manager.attribute";

std::string manager_attribute(const Realm& realm) {
    const auto setting = realm.attributes.find(std::string(kManagerSetting));
    return setting == realm.attributes.end() || setting->second.empty() ? "manager"
                                                                        : setting->second;
}

std::vector<RelationEnd> actor_ends(const Actor& actor) {
    std::vector<RelationEnd> ends;
    if (actor.identity != nullptr) ends = identity::ends_of(*actor.identity);
    const RelationEnd client{EndKind::kClient, actor.requester.text()};
    if (!client.id.empty() && std::ranges::find(ends, client) == ends.end()) ends.push_back(client);
    return ends;
}

}  // namespace

std::vector<RelationEnd> ends_of(const Identity& identity) {
    std::vector<RelationEnd> ends{{EndKind::kUser, identity.user->id.text()}};
    if (identity.is_service_account())
        ends.push_back({EndKind::kClient, identity.user->service_account_of.text()});
    for (std::string_view path : identity.groups) {
        for (; !path.empty(); path = parent_path(path)) {
            RelationEnd end{EndKind::kGroup, std::string(path)};
            if (std::ranges::find(ends, end) == ends.end()) ends.push_back(std::move(end));
        }
    }
    return ends;
}

bool manages(const Realm& realm, const Identity& actor, const Identity& subject) {
    const auto& attributes = subject.user->attributes;
    const auto named = attributes.find(manager_attribute(realm));
    if (named == attributes.end()) return false;
    return std::ranges::any_of(named->second, [&](const std::string& manager) {
        return manager == actor.user->id.text() ||
               (!manager.empty() && to_lower_ascii(manager) == actor.user->username);
    });
}

Result<Relationship> Relations::between(const Realm& realm, const Actor& actor,
                                        const Identity& subject, TimePoint now) const {
    Relationship relationship;
    const auto actors = actor_ends(actor);
    // Nobody stands in a relation to himself, whatever is said of his groups.
    const bool is_himself =
        actor.identity != nullptr && actor.identity->user->id == subject.user->id;
    if (actors.empty() || is_himself) return relationship;
    if (actor.identity != nullptr) relationship.manages = manages(realm, *actor.identity, subject);
    const auto subjects = ends_of(subject);
    CAMBIST_TRY(const auto found, relations_.between(realm.name.text(), actors, subjects));
    const auto seconds = to_unix(now);
    for (const auto& relation : found) {
        if (relation.expires != 0 && relation.expires <= seconds) continue;
        relationship.standings.push_back({.kind = relation.kind,
                                          .id = relation.id,
                                          .scopes = relation.scopes,
                                          .audiences = relation.audiences,
                                          .expires = relation.expires});
    }
    return relationship;
}

Result<std::vector<Relation>> Relations::to_subject(const Realm& realm, const Identity& subject,
                                                    std::string_view kind, TimePoint now) const {
    std::vector<Relation> holding;
    const auto seconds = to_unix(now);
    for (const auto& end : ends_of(subject)) {
        CAMBIST_TRY(const auto found, relations_.of_subject(realm.name.text(), end));
        for (const auto& relation : found) {
            const bool is_over = relation.expires != 0 && relation.expires <= seconds;
            if (relation.kind == kind && !is_over) holding.push_back(relation);
        }
    }
    std::ranges::sort(holding, {}, &Relation::id);
    return holding;
}

}  // namespace cambist::identity
