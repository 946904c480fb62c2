// SPDX-License-Identifier: Apache-2.0
#include "representation/realm_file.h"

#include <algorithm>
#include <set>

#include "base/text.h"

#include "representation/complete.h"
#include "representation/dangling.h"
#include "representation/group_paths.h"
#include "representation/issuer_keys.h"
#include "representation/placeholders.h"
#include "representation/read_parts.h"
#include "representation/risks.h"
#include "representation/shape.h"
#include "representation/source.h"
#include "representation/team_rules.h"

namespace cambist::representation {

namespace {

void sort_parts(Realm& realm) {
    std::ranges::sort(realm.clients, {}, &Client::client_id);
    std::ranges::sort(realm.scopes, {}, &ClientScope::name);
    std::ranges::sort(realm.roles, {}, &Role::ref);
    std::ranges::sort(realm.groups, {}, &Group::path);
}

Realm read_model(const Node& root) {
    Realm realm;
    read_settings(root, realm);
    read_roles(root, realm);
    read_groups(root, realm);
    read_scopes(root, realm);
    read_clients(root, realm);
    read_scope_mappings(root, realm);
    read_keys(root, realm);
    read_organizations(root, realm);
    read_issuers(root, realm);  // looks organizations up
    sort_parts(realm);
    realm.index();
    read_rules(root, realm);  // looks clients and issuers up
    read_permissions(root, realm);
    return realm;
}

// Every client with a service account has a user that stands for it.
void add_service_accounts(const Realm& realm, std::vector<User>& users) {
    std::set<ClientId> there;
    for (const auto& user : users) there.insert(user.service_account_of);
    for (const auto& client : realm.clients) {
        if (!client.service_accounts || !client.is_confidential()) continue;
        if (there.contains(client.client_id)) continue;
        User user;
        user.username = "service-account-" + to_lower_ascii(client.client_id.text());
        user.id = UserId(derived_id(realm.name.text(), "user", user.username));
        user.service_account_of = client.client_id;
        users.push_back(std::move(user));
    }
}

ReadOutcome read(json::Value representation, Reading& reading) {
    // What was stored has been filled in before, and what came out of that is meant literally.
    if (reading.options.complete) fill_placeholders(representation, {}, reading);
    reading.is_export = representation.find("keycloakVersion") != nullptr;
    check_shape(representation, kRealmShape, {}, reading);
    if (!representation.is_object()) return {.file = std::nullopt, .faults = reading.take_faults()};
    const bool is_new = reading.options.complete;
    if (reading.is_export) escape_group_paths(representation);
    if (is_new) {
        inline_key_files(representation, reading);
        complete(representation);
    }
    complete_ids(representation);
    RealmFile file;
    const Node root(&representation, {}, reading);
    file.realm = read_model(root);
    read_users(root, file.users, file.passwords);
    file.members = read_members(root);
    file.relations = read_relations(root);
    if (is_new) add_service_accounts(file.realm, file.users);
    for (auto& user : file.users) give_memberships(file.members, user);
    check_references(file.realm, reading);
    if (reading.is_export) {
        drop_dangling(file.realm);
        report_risks(root, file.realm);
    }
    if (reading.has_faults()) return {.file = std::nullopt, .faults = reading.take_faults()};
    file.report = reading.take_notes();
    make_canonical(representation);
    file.canonical = std::move(representation);
    return {.file = std::move(file), .faults = {}};
}

// The users of one more file go behind those that are there.
void add_users(json::Value& realm, json::Value part, const std::string& file, Reading& reading) {
    const auto fault = [&](json::Position position, const std::string& path, std::string message) {
        reading.fault_in(file, position, path, std::move(message));
    };
    if (!part.is_object()) return fault({}, {}, "is no object with the key \"users\"");
    for (auto& member : part.as_object()) {
        if (member.key == "realm") {
            if (!realm.find("realm") || member.value != *realm.find("realm"))
                fault(member.value.position(), "realm", "is not the realm these users belong to");
            continue;
        }
        if (member.key != "users" && member.key != "federatedUsers") {
            fault(member.position, member.key, "does not belong into a file of users");
            continue;
        }
        if (!member.value.is_array()) {
            fault(member.value.position(), member.key, "must be a list");
            continue;
        }
        if (const auto* list = realm.find(member.key); list == nullptr || !list->is_array())
            realm.set(member.key, json::Value::array());
        auto& list = realm.find(member.key)->as_array();
        if (member.key == "users") reading.begin_users(list.size(), file);
        for (auto& user : member.value.as_array()) list.push_back(std::move(user));
    }
}

}  // namespace

ReadOutcome read_realm_parts(const SourceText& realm, std::span<const SourceText> users,
                             const Options& options) {
    return read_realm_parts(realm, users, {}, options);
}

ReadOutcome read_realm_parts(const SourceText& realm, std::span<const SourceText> users,
                             std::span<const OwnedRules> rules, const Options& options) {
    Reading reading(realm.file_name, options);
    auto value = parse_source(realm.text, realm.file_name, reading);
    if (!value || !value->is_object()) return read_realm_file(realm.text, realm.file_name, options);
    for (const auto& source : users) {
        Reading part_reading(source.file_name, options);
        auto part = parse_source(source.text, source.file_name, part_reading);
        for (auto& fault : part_reading.take_faults()) reading.take_over(std::move(fault));
        if (part) add_users(*value, *std::move(part), source.file_name, reading);
    }
    TeamRules teams(*value, reading);
    for (const auto& owned : rules) {
        Reading part_reading(owned.source.file_name, options);
        auto part = parse_source(owned.source.text, owned.source.file_name, part_reading);
        for (auto& fault : part_reading.take_faults()) reading.take_over(std::move(fault));
        if (part) teams.add(*std::move(part), owned);
    }
    auto outcome = read(*std::move(value), reading);
    for (auto& fault : outcome.faults) teams.place(fault);
    return outcome;
}

ReadOutcome read_realm_file(std::string_view text, const std::string& file_name,
                            const Options& options) {
    Reading reading(file_name, options);
    auto value = parse_source(text, file_name, reading);
    if (!value) return {.file = std::nullopt, .faults = reading.take_faults()};
    return read(*std::move(value), reading);
}

ReadOutcome read_realm(json::Value representation, const std::string& file_name,
                       const Options& options) {
    Reading reading(file_name, options);
    return read(std::move(representation), reading);
}

}  // namespace cambist::representation
