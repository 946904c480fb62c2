// SPDX-License-Identifier: Apache-2.0
#include "representation/team_rules.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace cambist::representation {
namespace {

constexpr std::string_view kRules = "exchangeRules";

// The client of the realm that owns the rules, or null.
const json::Value* find_owner(const json::Value& realm, const std::string& owner) {
    const auto* clients = realm.find("clients");
    const auto* list = clients == nullptr ? nullptr : clients->if_array();
    if (list == nullptr) return nullptr;
    for (const auto& client : *list) {
        const auto* id = client.find_string("clientId");
        if (id != nullptr && *id == owner) return &client;
    }
    return nullptr;
}

std::string resource_of(const json::Value& client) {
    const auto* attributes = client.find("attributes");
    const auto* url = attributes == nullptr ? nullptr : attributes->find_string("resource_url");
    return url == nullptr ? std::string() : *url;
}

// One team's file while it is read.
struct Team {
    const OwnedRules& owned;
    std::string resource;
    Reading& reading;

    // Of the file.
    void fault(const json::Value& at, const std::string& path, std::string message) const {
        reading.fault_in(owned.source.file_name, at.position(), path, std::move(message));
    }
    // Everything that a target names must be the team's. Returns how many names there are.
    std::size_t check_list(const json::Value& target, const std::string& path, std::string_view key,
                           const std::string& own) const {
        const auto* list = target.find(key);
        const auto* names = list == nullptr ? nullptr : list->if_array();
        if (names == nullptr) return 0;  // of another type: the shape says so
        for (const auto& name : *names) {
            const auto* text = name.if_string();
            if (text != nullptr && *text != own)
                fault(name, path_to(path, key),
                      "is for " + quoted(*text) + ", and " + quoted(owned.owner) +
                          " may only say who gets tokens for itself");
        }
        return names->size();
    }
    void check_rule(json::Value& rule, std::size_t index) const {
        const auto path = std::string(kRules) + "[" + std::to_string(index) + "]";
        if (!rule.is_object()) return;
        const auto* owner = rule.find_string("owner");
        if (owner != nullptr && *owner != owned.owner)
            fault(*rule.find("owner"), path_to(path, "owner"),
                  "the rule belongs to " + quoted(*owner) + ", and this is the file of " +
                      quoted(owned.owner));
        if (rule.find("owner") == nullptr) rule.set("owner", owned.owner);
        const auto* target = rule.find("target");
        std::size_t names = 0;
        if (target != nullptr)
            names = check_list(*target, path_to(path, "target"), "audiences", owned.owner) +
                    check_list(*target, path_to(path, "target"), "resources", resource);
        // A denial without a target would be one for every target.
        if (names == 0)
            fault(rule, path_to(path, "target"),
                  "a team's rule must name its target, " + quoted(owned.owner));
    }
    // Whether the member is the list of rules.
    bool check_member(const json::Member& member, const json::Value* realm) const {
        const auto* text = member.value.if_string();
        if (member.key == kRules && member.value.is_array()) return true;
        if (member.key == "realm") {
            if (realm == nullptr || member.value != *realm)
                fault(member.value, "realm", "is not the realm these rules belong to");
        } else if (member.key == "owner") {
            if (text == nullptr || *text != owned.owner)
                fault(member.value, "owner",
                      "is not " + quoted(owned.owner) + ", whom the file is named after");
        } else {
            fault(member.value, member.key, "does not belong into a file of rules");
        }
        return false;
    }
};

}  // namespace

void TeamRules::add(json::Value part, const OwnedRules& owned) {
    const auto* client = find_owner(realm_, owned.owner);
    const Team team{owned, client == nullptr ? std::string() : resource_of(*client), reading_};
    if (client == nullptr)
        return team.fault(part, {},
                          "is named after " + quoted(owned.owner) +
                              ", which is no client of the realm: rules belong to their target");
    if (!part.is_object())
        return team.fault(part, {}, "is no object with the key \"exchangeRules\"");
    for (auto& member : part.as_object()) {
        if (!team.check_member(member, realm_.find("realm"))) continue;
        if (const auto* list = realm_.find(kRules); list == nullptr || !list->is_array())
            realm_.set(std::string(kRules), json::Value::array());
        auto& list = realm_.find(kRules)->as_array();
        from_.emplace(list.size(), owned.source.file_name);
        std::size_t index = 0;
        for (auto& rule : member.value.as_array()) {
            team.check_rule(rule, index++);
            list.push_back(std::move(rule));
        }
    }
}

void TeamRules::place(Fault& fault) const {
    const auto prefix = std::string(kRules) + "[";
    const bool has_file =
        std::ranges::any_of(from_, [&](const auto& one) { return one.second == fault.file; });
    if (has_file || from_.empty() || !fault.path.starts_with(prefix)) return;
    std::size_t index = 0;
    const auto* end = fault.path.data() + fault.path.size();
    const auto [stop, error] = std::from_chars(fault.path.data() + prefix.size(), end, index);
    const auto behind = from_.upper_bound(index);
    if (error != std::errc() || behind == from_.begin()) return;
    const auto& [first, file] = *std::prev(behind);
    fault.path = prefix + std::to_string(index - first) + std::string(stop, end);
    fault.file = file;
}

}  // namespace cambist::representation
