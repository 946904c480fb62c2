// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "representation/durations.h"
#include "representation/read_parts.h"
#include "representation/relation_json.h"

namespace cambist::representation {

namespace {

constexpr std::size_t kLongestKind = 64;
constexpr std::size_t kSeconds = 19;  // "2027-06-30T12:00:00"

bool is_kind(std::string_view text) {
    return !text.empty() && text.size() <= kLongestKind && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '-' || c == '_' || c == '.';
    });
}

// {user: ann}, {client: desk} or {group: /staff}.
std::optional<RelationEnd> read_end(const Node& relation, std::string_view key) {
    const auto node = relation.at(key);
    if (!node.present()) {
        relation.fault("a relation has no " + std::string(key),
                       "add " + std::string(key) + ": { user: NAME } or { group: PATH }");
        return std::nullopt;
    }
    if (!node.value().is_object()) return std::nullopt;
    if (node.value().as_object().size() != 1) {
        node.fault("must name one user, client or group");
        return std::nullopt;
    }
    if (const auto user = node.text("user"); !user.empty())
        return RelationEnd{EndKind::kUser, to_lower_ascii(user)};
    if (const auto client = node.text("client"); !client.empty()) {
        node.at("client").refer(Named::kClient, client);
        return RelationEnd{EndKind::kClient, client};
    }
    if (const auto group = node.text("group"); !group.empty()) {
        node.at("group").refer(Named::kGroup, group);
        return RelationEnd{EndKind::kGroup, group};
    }
    node.fault("names nobody");
    return std::nullopt;
}

std::int64_t read_expiry(const Node& relation) {
    const auto text = relation.text("expires");
    if (text.empty()) return 0;
    if (const auto end = parse_end_date(text)) return *end;
    relation.at("expires").fault("is no date: " + quoted(text),
                                 "write 2027-06-30 or 2027-06-30T12:00:00Z");
    return 0;
}

std::optional<Relation> read_relation(const Node& node) {
    Relation relation;
    relation.kind = node.text("kind");
    if (relation.kind == kGrantKind) {
        node.at("kind").fault("\"grant\" is what users make themselves",
                              "choose another word, such as guardian or assistant");
    } else if (!is_kind(relation.kind)) {
        (node.has("kind") ? node.at("kind") : node)
            .fault("a relation needs a kind of letters, digits, dots, dashes and underscores",
                   "add kind: guardian, or the word that your rules select by");
    }
    const auto actor = read_end(node, "actor");
    const auto subject = read_end(node, "subject");
    relation.scopes = node.texts("scopes");
    relation.audiences = node.texts("audiences");
    relation.expires = read_expiry(node);
    if (!actor || !subject) return std::nullopt;
    relation.actor = *actor;
    relation.subject = *subject;
    if (relation.subject.kind == EndKind::kClient)
        node.at("subject").fault("a client is nobody to become", "name a user or a group");
    if (relation.actor == relation.subject && relation.actor.kind == EndKind::kUser)
        node.fault("nobody stands in a relation to himself");
    return relation;
}

}  // namespace

std::optional<std::vector<Relation>> read_relations(const Node& realm) {
    if (!realm.has("relations")) return std::nullopt;
    std::vector<Relation> relations;
    Once once("relation");
    for (const auto& node : realm.list("relations")) {
        auto relation = read_relation(node);
        if (!relation) continue;
        const auto name = relation->kind + " from " + to_text(relation->actor) + " to " +
                          to_text(relation->subject);
        if (once.is_new(node, "kind", name)) relations.push_back(*std::move(relation));
    }
    return relations;
}

json::Value render_relation(const Relation& relation) {
    const auto render_end = [](const RelationEnd& end) {
        auto out = json::Value::object();
        switch (end.kind) {
            case EndKind::kUser:
                return out.set("user", end.id);
            case EndKind::kClient:
                return out.set("client", end.id);
            case EndKind::kGroup:
                return out.set("group", end.id);
        }
        std::abort();
    };
    const auto list_of = [](const std::vector<std::string>& texts) {
        auto list = json::Value::array();
        for (const auto& text : texts) list.push(text);
        return list;
    };
    auto out = json::Value::object();
    out.set("kind", relation.kind);
    out.set("actor", render_end(relation.actor)).set("subject", render_end(relation.subject));
    if (!relation.scopes.empty()) out.set("scopes", list_of(relation.scopes));
    if (!relation.audiences.empty()) out.set("audiences", list_of(relation.audiences));
    if (relation.expires != 0)
        out.set("expires", to_iso8601(from_unix(relation.expires)).substr(0, kSeconds) + "Z");
    return out;
}

}  // namespace cambist::representation
