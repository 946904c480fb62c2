// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "crypto/password.h"
#include "representation/complete.h"
#include "representation/objects.h"
#include "representation/password_json.h"
#include "representation/read_parts.h"
#include "representation/shape.h"

namespace cambist::representation {

namespace {

// What exports before Keycloak 8 wrote into members of their own.
KeycloakHash old_hash(const Node& node) {
    auto secret = json::Value::object();
    secret.set("value", node.text("hashedSaltedValue")).set("salt", node.text("salt"));
    auto data = json::Value::object();
    data.set("hashIterations", node.number("hashIterations", 1));
    data.set("algorithm", node.text("algorithm"));
    return {.secret_data = secret.to_text(), .credential_data = data.to_text()};
}

void read_hash(const Node& node, Credential& credential) {
    KeycloakHash texts{.secret_data = node.text("secretData"),
                       .credential_data = node.text("credentialData")};
    if (texts.secret_data == kMaskedSecret) {  // whoever applies the file knows the stored one
        credential.secret_data = texts.secret_data;
        return;
    }
    if (texts.secret_data.empty() && node.has("hashedSaltedValue")) texts = old_hash(node);
    // Ours is one line; a reader of the store should find one form only.
    if (texts.credential_data.empty() && crypto::parse_password_hash(texts.secret_data)) {
        credential.secret_data = texts.secret_data;
        return;
    }
    const auto hash = parse_keycloak_hash(texts);
    const auto usable =
        hash ? crypto::check_password_hash(*hash) : fail(ErrorCode::kConfigInvalid, "unknown form");
    if (usable) {
        credential.secret_data = crypto::to_text(*hash);
        return;
    }
    node.note("a password hash that can not be verified here (" + usable.error().hint +
              "): the user needs a new password");
    credential.secret_data = texts.secret_data;
    credential.credential_data = texts.credential_data;
}

void read_credential(const Node& node, User& user, std::vector<PlainPassword>& passwords) {
    Credential credential;
    credential.type = node.text("type", "password");
    const bool is_plain = node.has("value");
    if (is_plain && credential.type != "password")
        return node.fault("only a password can be given as a plain value");
    if (is_plain && node.text("value").empty()) return node.at("value").fault("is empty");
    if (is_plain) {
        const bool temporary = node.flag("temporary", false);
        const auto& hash = node.reading().options.hash_password;
        if (!hash) {
            passwords.push_back({.user = user.id,
                                 .password = std::make_shared<const Secret>(node.text("value")),
                                 .temporary = temporary});
            return;
        }
        auto made = hash(user, node.text("value"));
        if (!made) return node.fault("can not be hashed: " + made.error().describe());
        made->temporary = temporary;
        user.credentials.push_back(*std::move(made));
        return;
    }
    credential.id = node.text("id");
    credential.created_ms = node.number("createdDate", 0);
    credential.temporary = node.flag("temporary", false);
    credential.kept = kept_members(node.value(), kCredentialShape);
    if (credential.type == "password") {
        read_hash(node, credential);
    } else {
        if (credential.type == "otp")
            node.risk(
                "a one-time password can not be checked here: the user's password is not enough");
        else
            node.keep(topic::kFactors);
        credential.secret_data = node.text("secretData");
        credential.credential_data = node.text("credentialData");
    }
    if (credential.id.empty())
        credential.id = derived_id(user.id.text(), "credential", credential.secret_data);
    user.credentials.push_back(std::move(credential));
}

// A scope is not looked up: Keycloak also lists the client itself, and one that is gone grants
// nothing.
std::vector<UserConsent> read_consents(const Node& user) {
    std::vector<UserConsent> consents;
    Once once("consent to a client");
    for (const auto& node : user.list("clientConsents")) {
        UserConsent consent;
        consent.client = node.text("clientId");
        if (consent.client.empty()) {
            node.fault("a consent names no client", "add the key \"clientId\"");
            continue;
        }
        node.at("clientId").refer(Named::kClient, consent.client);
        consent.scopes = node.texts("grantedClientScopes");
        consent.created_ms = node.number("createdDate", 0);
        consent.updated_ms = node.number("lastUpdatedDate", 0);
        if (once.is_new(node, "clientId", consent.client)) consents.push_back(std::move(consent));
    }
    return consents;
}

}  // namespace

User read_user_node(const Node& node, std::string_view realm,
                    std::vector<PlainPassword>& passwords) {
    User user;
    user.service_account_of = ClientId(node.text("serviceAccountClientId"));
    if (!user.service_account_of.empty())
        node.at("serviceAccountClientId").refer(Named::kClient, user.service_account_of.text());
    // Keycloak stores both in lower case, so that each is found however it is written.
    user.username = to_lower_ascii(node.text("username"));
    user.email = to_lower_ascii(node.text("email"));
    if (user.username.empty()) node.fault("a user has no username", "add the key \"username\"");
    user.id = UserId(node.text("id", derived_id(realm, "user", user.username)));
    user.email_verified = node.flag("emailVerified", false);
    user.first_name = node.text("firstName");
    user.last_name = node.text("lastName");
    user.enabled = node.flag("enabled", true);
    user.created_ms = node.number("createdTimestamp", 0);
    user.not_before = node.number("notBefore", 0);
    user.attributes = node.texts_map("attributes");
    user.roles = read_role_names(node, "realmRoles", "clientRoles");
    for (const auto& [path, at] : node.text_nodes("groups")) {
        at.refer(Named::kGroup, path);
        user.groups.push_back(path);
    }
    user.required_actions = node.texts("requiredActions");
    user.consents = read_consents(node);
    user.kept = kept_members(node.value(), kUserShape);
    for (const auto& at : node.list("credentials")) read_credential(at, user, passwords);
    return user;
}

void read_users(const Node& realm, std::vector<User>& out, std::vector<PlainPassword>& passwords) {
    Once names("user");
    Once ids("user id");
    Once emails("e-mail address");
    const bool shared_emails = realm.flag("duplicateEmailsAllowed", false);
    for (const auto& node : realm.list("users")) {
        auto user = read_user_node(node, realm.text("realm"), passwords);
        if (user.username.empty() || !names.is_new(node, "username", user.username) ||
            !ids.is_new(node, "id", user.id.text()))
            continue;
        if (!user.email.empty() && !shared_emails) emails.is_new(node, "email", user.email);
        out.push_back(std::move(user));
    }
}

}  // namespace cambist::representation
