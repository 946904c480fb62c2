// SPDX-License-Identifier: Apache-2.0
#include "representation/user_json.h"

#include "crypto/password.h"
#include "representation/password_json.h"
#include "representation/read_parts.h"
#include "representation/shape.h"

namespace cambist::representation {

namespace {

using json::Value;

Value list_of(const std::vector<std::string>& texts) {
    auto list = Value::array();
    for (const auto& text : texts) list.push(text);
    return list;
}

void set_text(Value& object, std::string key, const std::string& text) {
    if (!text.empty()) object.set(std::move(key), text);
}

Value render_credential(const Credential& credential) {
    auto out = Value::object();
    set_text(out, "id", credential.id);
    out.set("type", credential.type);
    if (credential.created_ms != 0) out.set("createdDate", credential.created_ms);
    if (credential.temporary) out.set("temporary", true);
    KeycloakHash texts{.secret_data = credential.secret_data,
                       .credential_data = credential.credential_data};
    if (credential.type == "password" && texts.credential_data.empty()) {
        if (const auto hash = crypto::parse_password_hash(texts.secret_data))
            texts = render_keycloak_hash(*hash);
    }
    set_text(out, "secretData", texts.secret_data);
    set_text(out, "credentialData", texts.credential_data);
    put_kept(out, credential.kept);
    return out;
}

Value render_consent(const UserConsent& consent) {
    auto out = Value::object();
    out.set("clientId", consent.client).set("grantedClientScopes", list_of(consent.scopes));
    if (consent.created_ms != 0) out.set("createdDate", consent.created_ms);
    if (consent.updated_ms != 0) out.set("lastUpdatedDate", consent.updated_ms);
    return out;
}

void set_roles(Value& out, const std::vector<RoleRef>& roles) {
    auto realm_roles = Value::array();
    auto client_roles = Value::object();
    for (const auto& role : roles) {
        if (role.client.empty()) {
            realm_roles.push(role.name);
            continue;
        }
        if (client_roles.find(role.client) == nullptr)
            client_roles.set(role.client, Value::array());
        client_roles.find(role.client)->push(role.name);
    }
    out.set("realmRoles", std::move(realm_roles)).set("clientRoles", std::move(client_roles));
}

}  // namespace

Value render_user(const User& user) {
    auto out = Value::object();
    out.set("id", user.id.text()).set("username", user.username);
    set_text(out, "email", user.email);
    out.set("emailVerified", user.email_verified).set("enabled", user.enabled);
    set_text(out, "firstName", user.first_name);
    set_text(out, "lastName", user.last_name);
    if (user.created_ms != 0) out.set("createdTimestamp", user.created_ms);
    if (user.not_before != 0) out.set("notBefore", user.not_before);
    set_text(out, "serviceAccountClientId", user.service_account_of.text());
    auto attributes = Value::object();
    for (const auto& [name, values] : user.attributes) attributes.set(name, list_of(values));
    out.set("attributes", std::move(attributes));
    auto credentials = Value::array();
    for (const auto& credential : user.credentials) credentials.push(render_credential(credential));
    out.set("credentials", std::move(credentials));
    out.set("requiredActions", list_of(user.required_actions));
    if (!user.consents.empty()) {
        auto consents = Value::array();
        for (const auto& consent : user.consents) consents.push(render_consent(consent));
        out.set("clientConsents", std::move(consents));
    }
    set_roles(out, user.roles);
    out.set("groups", list_of(user.groups));
    put_kept(out, user.kept);
    return out;
}

Result<User> read_user(const Value& representation) {
    const Options options;
    Reading reading({}, options);
    auto shaped = representation;
    check_shape(shaped, kUserShape, {}, reading);
    std::vector<PlainPassword> passwords;
    const Node node(&shaped, {}, reading);
    auto user = read_user_node(node, {}, passwords);
    if (user.id.empty() || !node.has("id")) node.fault("a user has no id");
    if (!passwords.empty()) node.at("credentials").fault("holds a password in plain text");
    if (reading.has_faults()) {
        auto error = to_error(reading.take_faults());
        error.code = ErrorCode::kParse;
        return std::unexpected(std::move(error));
    }
    return user;
}

}  // namespace cambist::representation
