// SPDX-License-Identifier: Apache-2.0
#include "representation/complete.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/base64url.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "model/group_path.h"
#include "representation/builtin.h"

namespace cambist::representation {

namespace {

using json::Value;

// The member if it is of the kind, else an empty one in its place: a member of another kind was a
// fault of the shape already.
Value& object_at(Value& parent, std::string_view key) {
    if (const auto* present = parent.find(key); present == nullptr || !present->is_object())
        parent.set(std::string(key), Value::object());
    return *parent.find(key);
}

Value& array_at(Value& parent, std::string_view key) {
    if (const auto* present = parent.find(key); present == nullptr || !present->is_array())
        parent.set(std::string(key), Value::array());
    return *parent.find(key);
}

std::string text_at(const Value& parent, std::string_view key) {
    const auto* text = parent.find_string(key);
    return text == nullptr ? std::string() : *text;
}

bool flag_at(const Value& parent, std::string_view key) {
    const auto* flag = parent.find(key);
    return flag != nullptr && flag->if_bool().value_or(false);
}

void set_if_absent(Value& parent, std::string_view key, const Value& value) {
    if (parent.find(key) == nullptr) parent.set(std::string(key), value);
}

Value* find_named(Value& list, std::string_view key, std::string_view name) {
    for (auto& element : list.as_array()) {
        const auto* text = element.find_string(key);
        if (text != nullptr && *text == name) return &element;
    }
    return nullptr;
}

void push_if_absent(Value& texts, std::string_view text) {
    const auto has = std::ranges::any_of(texts.as_array(), [&](const Value& element) {
        const auto* known = element.if_string();
        return known != nullptr && *known == text;
    });
    if (!has) texts.push(Value(text));
}

// Appends the elements of `more` whose names `list` has not.
void add_missing(Value& list, const Value& more, std::string_view key) {
    for (const auto& element : more.as_array()) {
        if (find_named(list, key, text_at(element, key)) == nullptr) list.push(element);
    }
}

// One realm on its way to be complete.
class Completion {
  public:
    explicit Completion(Value& realm)
        : realm_(realm),
          builtin_(make_builtin_realm(text_at(realm, "realm"))),
          is_export_(realm.find("keycloakVersion") != nullptr) {}

    void run() {
        make_room();
        complete_settings();
        complete_scopes();
        complete_builtin_clients();
        complete_realm_roles();
        for (auto& client : array_at(realm_, "clients").as_array()) {
            if (client.is_object()) complete_client(client);
        }
    }

  private:
    // Growing an object moves its members, so all that are referred to below are made first.
    void make_room() {
        for (const auto* key : {"clients", "groups", "exchangeRules", "scopeMappings"})
            array_at(realm_, key);
        for (const auto* key : {"roles", "defaultRole", "clientScopeMappings"})
            object_at(realm_, key);
        array_at(object_at(realm_, "roles"), "realm");
        object_at(object_at(realm_, "roles"), "client");
    }
    void complete_settings();
    void complete_scopes();
    void complete_realm_roles();
    void complete_builtin_clients();
    void complete_client(Value& client);
    void complete_client_scopes(Value& client);
    void move_default_roles();
    Value& default_role();

    Value& realm_;
    Value builtin_;
    bool is_export_;
};

void Completion::complete_settings() {
    for (const auto& member : builtin_.as_object()) {
        if (!member.value.is_array() && !member.value.is_object())
            set_if_absent(realm_, member.key, member.value);
    }
    // A file written for us starts with today's practice, an export goes on as it was.
    set_if_absent(realm_, "defaultSignatureAlgorithm", is_export_ ? "RS256" : "ES256");
    set_if_absent(realm_, "revokeRefreshToken", !is_export_);
    set_if_absent(realm_, "errorDialect", is_export_ ? "keycloak" : "strict");
}

void Completion::complete_scopes() {
    const bool has_scopes = realm_.find("clientScopes") != nullptr;
    auto& scopes = array_at(realm_, "clientScopes");
    const bool had_offline = find_named(scopes, "name", "offline_access") != nullptr;
    // An export lists all its scopes; some may have been removed on purpose.
    if (!is_export_ || !has_scopes) {
        add_missing(scopes, *builtin_.find("clientScopes"), "name");
        if (!had_offline)
            add_missing(array_at(realm_, "scopeMappings"), *builtin_.find("scopeMappings"),
                        "clientScope");
    }
    for (const auto* key : {"defaultDefaultClientScopes", "defaultOptionalClientScopes"}) {
        if (realm_.find(key) != nullptr) continue;
        auto names = Value::array();
        for (const auto& name : builtin_.find(key)->as_array()) {
            if (find_named(*realm_.find("clientScopes"), "name", name.as_string()) != nullptr)
                names.push(name);
        }
        realm_.set(key, std::move(names));
    }
}

Value& Completion::default_role() {
    const auto& builtin_roles = *builtin_.find("roles")->find("realm");
    auto& reference = object_at(realm_, "defaultRole");
    if (text_at(reference, "name").empty())
        reference.set("name", "default-roles-" + to_lower_ascii(text_at(realm_, "realm")));
    const auto name = text_at(reference, "name");
    if (find_named(array_at(object_at(realm_, "roles"), "realm"), "name", name) == nullptr) {
        auto role = builtin_roles.as_array().back();
        role.set("name", name);
        // An export may have removed some of the account client's roles.
        auto& account = array_at(object_at(object_at(realm_, "roles"), "client"), "account");
        std::erase_if(role.find("composites")->find("client")->find("account")->as_array(),
                      [&](const Value& wanted) {
                          return find_named(account, "name", wanted.as_string()) == nullptr;
                      });
        array_at(object_at(realm_, "roles"), "realm").push(std::move(role));
    }
    return *find_named(array_at(object_at(realm_, "roles"), "realm"), "name", name);
}

void Completion::complete_realm_roles() {
    auto& roles = array_at(object_at(realm_, "roles"), "realm");
    for (const auto& role : builtin_.find("roles")->find("realm")->as_array()) {
        const auto name = text_at(role, "name");
        const bool is_default_role = role.find("composites") != nullptr;
        if (!is_default_role && find_named(roles, "name", name) == nullptr) roles.push(role);
    }
    default_role();
    move_default_roles();
}

// Before Keycloak 13 there was a list in place of a composite role.
void Completion::move_default_roles() {
    if (const auto* names = realm_.find("defaultRoles"); names != nullptr && names->is_array()) {
        const auto moved = *names;
        auto& target = array_at(object_at(default_role(), "composites"), "realm");
        for (const auto& name : moved.as_array()) {
            if (name.is_string()) push_if_absent(target, name.as_string());
        }
        realm_.erase("defaultRoles");
    }
    for (auto& client : array_at(realm_, "clients").as_array()) {
        const auto* names = client.find("defaultRoles");
        if (names == nullptr || !names->is_array()) continue;
        auto& composites = object_at(default_role(), "composites");
        auto& target = array_at(object_at(composites, "client"), text_at(client, "clientId"));
        for (const auto& name : names->as_array()) {
            if (name.is_string()) push_if_absent(target, name.as_string());
        }
        client.erase("defaultRoles");
    }
}

void Completion::complete_builtin_clients() {
    auto& clients = array_at(realm_, "clients");
    auto& client_roles = object_at(object_at(realm_, "roles"), "client");
    // An export lists all its clients; some may have been removed on purpose.
    const bool is_whole = is_export_ && !clients.as_array().empty();
    for (const auto& client : builtin_.find("clients")->as_array()) {
        const auto id = text_at(client, "clientId");
        const bool was_there = find_named(clients, "clientId", id) != nullptr;
        if (!was_there && is_whole) continue;
        if (!was_there) clients.push(client);
        if (!was_there && id == "account-console") {
            auto& mappings = object_at(realm_, "clientScopeMappings");
            add_missing(array_at(mappings, "account"),
                        *builtin_.find("clientScopeMappings")->find("account"), "client");
        }
        const auto* roles = builtin_.find("roles")->find("client")->find(id);
        const bool lists_them = was_there && is_export_ && client_roles.find(id) != nullptr;
        if (roles != nullptr && !lists_them)
            add_missing(array_at(client_roles, id), *roles, "name");
    }
}

void Completion::complete_client(Value& client) {
    set_if_absent(client, "enabled", true);
    set_if_absent(client, "protocol", "openid-connect");
    set_if_absent(client, "clientAuthenticatorType", "client-secret");
    for (const auto* key : {"publicClient", "bearerOnly", "consentRequired", "implicitFlowEnabled",
                            "directAccessGrantsEnabled", "serviceAccountsEnabled"})
        set_if_absent(client, key, false);
    // Keycloak switches it on; a client that was written for us gets what it asks for.
    set_if_absent(client, "standardFlowEnabled", is_export_ && !flag_at(client, "bearerOnly"));
    set_if_absent(client, "fullScopeAllowed", !flag_at(client, "consentRequired"));
    complete_client_scopes(client);
}

void Completion::complete_client_scopes(Value& client) {
    const auto protocol = text_at(client, "protocol");
    auto& scopes = array_at(realm_, "clientScopes");
    const auto of_protocol = [&](std::string_view key) {
        auto names = Value::array();
        for (const auto& name : array_at(realm_, key).as_array()) {
            const auto* text = name.if_string();
            const auto* scope = text == nullptr ? nullptr : find_named(scopes, "name", *text);
            if (scope == nullptr) continue;
            const auto of_scope = text_at(*scope, "protocol");
            if ((of_scope.empty() ? "openid-connect" : of_scope) == protocol)
                names.push(Value(*text));
        }
        return names;
    };
    if (client.find("defaultClientScopes") == nullptr)
        client.set("defaultClientScopes", of_protocol("defaultDefaultClientScopes"));
    if (client.find("optionalClientScopes") == nullptr) {
        auto names = of_protocol("defaultOptionalClientScopes");
        // A scope is one or the other; what the file says of it goes first.
        const auto& given = array_at(client, "defaultClientScopes").as_array();
        std::erase_if(names.as_array(), [&](const Value& name) {
            return std::ranges::find(given, name) != given.end();
        });
        client.set("optionalClientScopes", std::move(names));
    }
    if (flag_at(client, "serviceAccountsEnabled") && !is_export_ && protocol == "openid-connect" &&
        find_named(scopes, "name", "service_account") != nullptr)
        push_if_absent(array_at(client, "defaultClientScopes"), "service_account");
}

void complete_list_ids(Value& list, std::string_view realm, std::string_view kind,
                       std::string_view key) {
    for (auto& element : list.as_array()) {
        if (!element.is_object()) continue;
        const auto name = text_at(element, key);
        if (text_at(element, "id").empty()) element.set("id", derived_id(realm, kind, name));
        if (auto* mappers = element.find("protocolMappers"); mappers && mappers->is_array())
            complete_list_ids(*mappers, realm, std::string(kind) + " " + name + " mapper", "name");
    }
}

void complete_groups(Value& list, std::string_view realm, const std::string& parent) {
    for (auto& group : list.as_array()) {
        if (!group.is_object()) continue;
        const auto path = child_path(parent, text_at(group, "name"));
        set_if_absent(group, "path", path);
        if (text_at(group, "id").empty()) group.set("id", derived_id(realm, "group", path));
        complete_groups(array_at(group, "subGroups"), realm, path);
    }
}

// As Keycloak: without an alias the name is one.
void complete_organizations(Value& list, std::string_view realm) {
    for (auto& organization : list.as_array()) {
        if (!organization.is_object()) continue;
        if (text_at(organization, "alias").empty())
            organization.set("alias", text_at(organization, "name"));
    }
    complete_list_ids(list, realm, "organization", "alias");
}

void sort_by(Value& list, std::string_view key) {
    std::ranges::sort(list.as_array(), [&](const Value& a, const Value& b) {
        return text_at(a, key) < text_at(b, key);
    });
}

void sort_texts(Value* list) {
    if (list == nullptr || !list->is_array()) return;
    std::ranges::sort(list->as_array(), {}, [](const Value& element) {
        const auto* text = element.if_string();
        return text == nullptr ? std::string_view() : std::string_view(*text);
    });
}

// Roles that something has are a set, which Keycloak writes in any order.
void sort_role_names(Value& owner, std::string_view realm_key, std::string_view client_key) {
    sort_texts(owner.find(realm_key));
    auto* clients = owner.find(client_key);
    if (clients == nullptr || !clients->is_object()) return;
    for (auto& client : clients->as_object()) sort_texts(&client.value);
}

void sort_roles(Value& list) {
    sort_by(list, "name");
    for (auto& role : list.as_array())
        if (auto* composites = role.find("composites"))
            sort_role_names(*composites, "realm", "client");
}

void sort_groups(Value& list) {
    sort_by(list, "name");
    for (auto& group : list.as_array()) {
        sort_role_names(group, "realmRoles", "clientRoles");
        sort_groups(array_at(group, "subGroups"));
    }
}

}  // namespace

std::string derived_id(std::string_view realm, std::string_view kind, std::string_view name) {
    static constexpr std::string_view kEnd("\0", 1);
    auto bytes = crypto::sha256({realm, kEnd, kind, kEnd, name}).substr(0, 16);
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | 0x80U);
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | 0x80U);
    const auto hex = hex_encode(bytes);
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
}

void complete(Value& realm) { Completion(realm).run(); }

void complete_ids(Value& realm) {
    const auto name = text_at(realm, "realm");
    if (text_at(realm, "id").empty()) realm.set("id", derived_id(name, "realm", name));
    complete_list_ids(array_at(realm, "clients"), name, "client", "clientId");
    complete_list_ids(array_at(realm, "clientScopes"), name, "client-scope", "name");
    auto& roles = object_at(realm, "roles");
    complete_list_ids(array_at(roles, "realm"), name, "role", "name");
    for (auto& client : object_at(roles, "client").as_object()) {
        if (client.value.is_array())
            complete_list_ids(client.value, name, "role of " + client.key, "name");
    }
    complete_groups(array_at(realm, "groups"), name, "");
    if (auto* organizations = realm.find("organizations");
        organizations && organizations->is_array())
        complete_organizations(*organizations, name);
}

void make_canonical(Value& realm) {
    realm.erase("users");
    realm.erase("relations");
    sort_by(array_at(realm, "clients"), "clientId");
    sort_by(array_at(realm, "clientScopes"), "name");
    auto& roles = object_at(realm, "roles");
    sort_roles(array_at(roles, "realm"));
    auto& client_roles = object_at(roles, "client");
    std::erase_if(client_roles.as_object(), [](const json::Member& member) {
        return !member.value.is_array() || member.value.as_array().empty();
    });
    std::ranges::sort(client_roles.as_object(), {}, &json::Member::key);
    for (auto& client : client_roles.as_object()) sort_roles(client.value);
    sort_groups(array_at(realm, "groups"));
    if (auto* organizations = realm.find("organizations");
        organizations && organizations->is_array()) {
        for (auto& organization : organizations->as_array()) organization.erase("members");
        sort_by(*organizations, "alias");
    }
    array_at(realm, "exchangeRules");
}

}  // namespace cambist::representation
