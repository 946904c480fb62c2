// SPDX-License-Identifier: Apache-2.0
#include "representation/permission_policies.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "json/parse.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

constexpr std::size_t kDeepest = 16;    // aggregates within aggregates
constexpr std::size_t kLargest = 1000;  // policies that one rests on, each as often as it is asked

using What = decltype(Clause::what);

// The list that a member of `config` holds as text. Absent or empty: an empty list.
json::Array read_list(const Node& config, std::string_view key) {
    const auto text = config.text(key);
    if (text.empty()) return {};
    auto parsed = json::parse(text);
    if (parsed && parsed->is_array()) return std::move(parsed->as_array());
    config.at(key).fault("is no list in JSON: " + quoted(text.substr(0, 60)));
    return {};
}

std::string text_of(const json::Value& object, std::string_view key) {
    const auto* value = object.is_object() ? object.find(key) : nullptr;
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    return text == nullptr ? std::string() : *text;
}

bool flag_of(const json::Value& object, std::string_view key) {
    const auto* value = object.is_object() ? object.find(key) : nullptr;
    return value != nullptr && value->if_bool().value_or(false);
}

// By its client_id, or as the admin API writes it by its id.
std::optional<std::string> find_client(const Realm& realm, const std::string& name) {
    if (realm.find_client(name) != nullptr) return name;
    const auto found = std::ranges::find(realm.clients, name, &Client::id);
    if (found == realm.clients.end()) return std::nullopt;
    return found->client_id.text();
}

// An export writes "client/role" and "role", the admin API an id.
std::optional<RoleRef> find_role(const Realm& realm, const std::string& name) {
    if (const auto slash = name.find('/'); slash != std::string::npos) {
        const RoleRef of_client{.client = name.substr(0, slash), .name = name.substr(slash + 1)};
        if (realm.find_role(of_client) != nullptr) return of_client;
    }
    const RoleRef of_realm{.client = {}, .name = name};
    if (realm.find_role(of_realm) != nullptr) return of_realm;
    const auto found = std::ranges::find(realm.roles, name, &Role::id);
    if (found == realm.roles.end()) return std::nullopt;
    return found->ref;
}

std::optional<std::string> find_group(const Realm& realm, const json::Value& entry) {
    const auto path = text_of(entry, "path");
    if (!path.empty() && realm.find_group(path) != nullptr) return path;
    const auto id = text_of(entry, "id");
    const auto found = std::ranges::find(realm.groups, id, &Group::id);
    if (id.empty() || found == realm.groups.end()) return std::nullopt;
    return found->path;
}

What missing(std::string_view kind, std::string_view name) {
    return UnmappedClause{"names a " + std::string(kind) +
                          " that is not in the file: " + quoted(name)};
}

What read_clients(const Node& config, const Realm& realm) {
    ClientClause clause;
    for (const auto& name : read_names(config, "clients")) {
        auto client = find_client(realm, name);
        if (!client) return missing("client", name);
        clause.clients.push_back(*std::move(client));
    }
    return clause;
}

What read_roles(const Node& config, const Realm& realm) {
    RoleClause clause;
    for (const auto& entry : read_list(config, "roles")) {
        auto role = find_role(realm, text_of(entry, "id"));
        if (!role) return missing("role", text_of(entry, "id"));
        clause.roles.push_back({*std::move(role), flag_of(entry, "required")});
    }
    return clause;
}

What read_groups(const Node& config, const Realm& realm) {
    GroupClause clause;
    for (const auto& entry : read_list(config, "groups")) {
        auto path = find_group(realm, entry);
        if (!path) return missing("group", text_of(entry, "path"));
        clause.groups.push_back({*std::move(path), flag_of(entry, "extendChildren")});
    }
    return clause;
}

What read_users(const Node& config) {
    UserClause clause;
    for (const auto& name : read_names(config, "users"))
        clause.users.push_back(to_lower_ascii(name));
    return clause;
}

What read_regex(const Node& config) {
    RegexClause clause{
        .claim = config.text("targetClaim"), .pattern = config.text("pattern"), .compiled = {}};
    if (config.text("targetContextAttributes") == "true")
        return UnmappedClause{"looks at the request, not at who asks"};
    if (clause.claim.empty() || clause.claim.find('.') != std::string::npos)
        return UnmappedClause{"looks into the claim " + quoted(clause.claim)};
    auto pattern = Pattern::compile(clause.pattern);
    if (!pattern) return UnmappedClause{"its pattern can not be told: " + pattern.error().hint};
    clause.compiled = std::make_shared<const Pattern>(*std::move(pattern));
    return clause;
}

// "2027-06-30 12:00:00", or a day: its beginning.
bool read_moment(const Node& config, std::string_view key, std::string& out) {
    out = config.text(key);
    if (out.size() == 10) out += " 00:00:00";
    static constexpr std::string_view kForm = "0000-00-00 00:00:00";
    return out.empty() ||
           (out.size() == kForm.size() && std::ranges::equal(out, kForm, [](char c, char form) {
                return form == '0' ? c >= '0' && c <= '9' : c == form;
            }));
}

std::optional<int> read_int(const std::string& text) {
    int number = 0;
    const auto* end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || at != end) return std::nullopt;
    return number;
}

What read_time(const Node& config) {
    TimeClause clause;
    if (!read_moment(config, "nbf", clause.not_before) ||
        !read_moment(config, "noa", clause.not_on_or_after))
        return UnmappedClause{"its times are no times"};
    static constexpr std::array<std::string_view, 5> kParts{"dayMonth", "month", "year", "hour",
                                                            "minute"};
    for (std::size_t i = 0; i < kParts.size(); ++i) {
        const auto from = config.text(kParts[i]);
        if (from.empty()) continue;
        const auto to = config.text(std::string(kParts[i]) + "End", from);
        const auto first = read_int(from);
        const auto last = read_int(to.empty() ? from : to);
        if (!first || !last) return UnmappedClause{"its " + std::string(kParts[i]) + " is none"};
        clause.ranges[i] = TimeClause::Range{.from = *first, .to = *last};
    }
    return clause;
}

What read_simple(const Node& node, const std::string& type, const Realm& realm) {
    const auto config = node.at("config");
    if (type == "client") return read_clients(config, realm);
    if (type == "role") return read_roles(config, realm);
    if (type == "user") return read_users(config);
    if (type == "group") return read_groups(config, realm);
    if (type == "regex") return read_regex(config);
    if (type == "time") return read_time(config);
    return UnmappedClause{"policies of type " + quoted(type) + " are not served"};
}

// What counts here as it does in Keycloak, and may surprise.
void warn(const Node& node, const Clause& clause, const Realm& realm) {
    const auto named = "policy " + quoted(clause.name) + " ";
    if (const auto* why = std::get_if<UnmappedClause>(&clause.what))
        node.risk(named + "can not be told here, so no permission is given by it: " + why->why);
    if (std::holds_alternative<TimeClause>(clause.what)) node.note(named + "is read in UTC");
    if (std::holds_alternative<GroupClause>(clause.what) &&
        !node.at("config").text("groupsClaim").empty())
        node.note(named + "asks for the groups that the server knows, not for those in a token");
    const auto* groups = std::get_if<GroupClause>(&clause.what);
    if (groups == nullptr) return;
    for (const auto& [path, down] : groups->groups)
        for (const auto& group : realm.groups)
            if (down && group.path.starts_with(path) && group.path.size() > path.size() &&
                group.path[path.size()] != '/')
                node.risk(named + "also means " + quoted(group.path) + ", which begins as " +
                          quoted(path) + " does, here and in Keycloak");
}

}  // namespace

ClausePointer unmapped(std::string name, std::string why) {
    return std::make_shared<const Clause>(
        Clause{.name = std::move(name), .what = UnmappedClause{std::move(why)}});
}

std::vector<std::string> read_names(const Node& config, std::string_view key) {
    std::vector<std::string> names;
    for (const auto& value : read_list(config, key)) {
        if (const auto* text = value.if_string())
            names.push_back(*text);
        else
            config.at(key).fault("must be a list of strings in JSON");
    }
    return names;
}

Strategy read_strategy(const Node& policy) {
    static constexpr Word<Strategy> kStrategies[] = {{"UNANIMOUS", Strategy::kUnanimous},
                                                     {"AFFIRMATIVE", Strategy::kAffirmative},
                                                     {"CONSENSUS", Strategy::kConsensus}};
    return read_word(policy, "decisionStrategy", kStrategies, Strategy::kUnanimous);
}

PermissionPolicies::PermissionPolicies(const Node& settings, const Realm& realm) : realm_(realm) {
    for (const auto& node : settings.list("policies")) {
        const auto name = node.text("name");
        if (!nodes_.emplace(name, node).second)
            node.at("name").fault("the policy " + quoted(name) + " occurs twice");
        nodes_.emplace(node.text("id"), node);
    }
}

ClausePointer PermissionPolicies::find(const std::string& name, const Node& user) {
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
    const auto node = nodes_.find(name);
    if (node == nodes_.end()) {
        user.risk(quoted(user.text("name")) + " names a policy that is not there: " + quoted(name));
        return unmapped(name, "it is not there");
    }
    if (open_.size() >= kDeepest || !open_.insert(name).second) {
        user.risk("policy " + quoted(name) + " rests on itself, so no permission is given by it");
        return unmapped(name, "it rests on itself");
    }
    auto made = read(name, node->second);
    open_.erase(name);
    return known_[name] = std::move(made);
}

ClausePointer PermissionPolicies::read(const std::string& name, const Node& node) {
    static constexpr Word<bool> kLogics[] = {{"POSITIVE", false}, {"NEGATIVE", true}};
    Clause clause{.name = name, .negative = read_word(node, "logic", kLogics, false), .what = {}};
    const auto type = node.text("type");
    if (type != "aggregate") {
        clause.what = read_simple(node, type, realm_);
        warn(node, clause, realm_);
        return std::make_shared<const Clause>(std::move(clause));
    }
    AggregateClause all{.strategy = read_strategy(node), .parts = {}};
    std::size_t size = 1;
    for (const auto& part : read_names(node.at("config"), "applyPolicies")) {
        all.parts.push_back(find(part, node));
        const auto known = sizes_.find(part);
        size += known == sizes_.end() ? 1 : known->second;
    }
    sizes_[name] = size;
    if (size > kLargest) {
        node.risk("policy " + quoted(name) +
                  " rests on more than 1000 others, so no permission is given by it");
        return unmapped(name, "it rests on too many");
    }
    clause.what = std::move(all);
    return std::make_shared<const Clause>(std::move(clause));
}

}  // namespace cambist::representation
