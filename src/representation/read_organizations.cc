// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "model/form.h"
#include "representation/members.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

constexpr std::string_view kManaged = "MANAGED";
constexpr std::string_view kUnmanaged = "UNMANAGED";

// It stands behind the colon of a scope, where "*" means all.
bool is_alias(const std::string& text) {
    const auto words = parse_scope(text);
    return words && words->size() == 1 && text != "*";
}

void read_members_of(const Node& organization, const std::string& alias, Members& out) {
    static constexpr Word<bool> kTypes[] = {{kManaged, true}, {kUnmanaged, false}};
    out.stated.insert(alias);
    Once once("member");
    for (const auto& node : organization.list("members")) {
        const auto name = to_lower_ascii(node.text("username"));
        const bool managed = read_word(node, "membershipType", kTypes, false);
        if (name.empty())
            node.fault("a member has no username", "add the key \"username\"");
        else if (once.is_new(node, "username", name))
            out.of_user[name].push_back({.organization = alias, .managed = managed});
    }
}

}  // namespace

void read_organizations(const Node& realm, Realm& out) {
    out.organizations_enabled = realm.flag("organizationsEnabled", false);
    Once aliases("organization");
    Once names("organization's name");
    for (const auto& node : realm.list("organizations")) {
        Organization one;
        one.id = node.text("id");
        one.name = node.text("name");
        one.alias = node.text("alias", one.name);
        one.enabled = node.flag("enabled", true);
        one.attributes = node.texts_map("attributes");
        for (const auto& domain : node.list("domains")) one.domains.push_back(domain.text("name"));
        if (one.name.empty()) node.fault("an organization has no name", "add the key \"name\"");
        if (!is_alias(one.alias))
            node.at("alias").fault(quoted(one.alias) + " is no alias, which stands in scopes",
                                   "use letters, digits, '-', '_' and '.'");
        const bool is_new = aliases.is_new(node, "alias", one.alias);
        if (names.is_new(node, "name", one.name) && is_new)
            out.organizations.push_back(std::move(one));
    }
    std::ranges::sort(out.organizations, {}, &Organization::alias);
}

Members read_members(const Node& realm) {
    Members members;
    for (const auto& node : realm.list("organizations"))
        if (node.has("members"))
            read_members_of(node, node.text("alias", node.text("name")), members);
    return members;
}

void give_memberships(const Members& members, User& user) {
    std::erase_if(user.memberships,
                  [&](const Membership& one) { return members.stated.contains(one.organization); });
    if (const auto found = members.of_user.find(user.username); found != members.of_user.end())
        user.memberships.insert(user.memberships.end(), found->second.begin(), found->second.end());
    std::ranges::sort(user.memberships, {}, &Membership::organization);
}

void render_members(const std::vector<User>& users, json::Value& realm) {
    auto* organizations = realm.find("organizations");
    if (organizations == nullptr || !organizations->is_array()) return;
    std::map<std::string, json::Value, std::less<>> lists;
    for (const auto& user : users) {
        for (const auto& one : user.memberships) {
            auto member = json::Value::object();
            member.set("username", user.username);
            member.set("membershipType", std::string(one.managed ? kManaged : kUnmanaged));
            lists.try_emplace(one.organization, json::Value::array())
                .first->second.push(std::move(member));
        }
    }
    for (auto& organization : organizations->as_array()) {
        const auto* alias = organization.find_string("alias");
        const auto list = alias == nullptr ? lists.end() : lists.find(*alias);
        organization.set("members",
                         list == lists.end() ? json::Value::array() : std::move(list->second));
    }
}

}  // namespace cambist::representation
