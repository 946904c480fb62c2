// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "json/parse.h"
#include "store/codec.h"
#include "store/fields.h"

namespace cambist::store {
namespace {

// A user has no bound in the model; this one only keeps a damaged row from costing everything.
constexpr json::Limits kUserLimits{.max_depth = 8, .max_bytes = 64UL * 1024 * 1024};

void write_attributes(json::Writer& writer, const Attributes& attributes) {
    if (attributes.empty()) return;
    writer.key("attributes").begin_object();
    for (const auto& [name, values] : attributes) {
        writer.key(is_valid_utf8(name) ? name : printable(name, name.size())).begin_array();
        for (const auto& value : values) write_text(writer, value);
        writer.end_array();
    }
    writer.end_object();
}

void write_roles(json::Writer& writer, const std::vector<RoleRef>& roles) {
    if (roles.empty()) return;
    writer.key("roles").begin_array();
    for (const auto& role : roles) {
        writer.begin_array();
        write_text(writer, role.client);
        write_text(writer, role.name);
        writer.end_array();
    }
    writer.end_array();
}

void write_credentials(json::Writer& writer, const std::vector<Credential>& credentials) {
    if (credentials.empty()) return;
    writer.key("credentials").begin_array();
    for (const auto& credential : credentials) {
        writer.begin_object();
        write_field(writer, "id", credential.id);
        write_field(writer, "type", credential.type);
        write_field(writer, "secretData", credential.secret_data);
        write_field(writer, "credentialData", credential.credential_data);
        write_field(writer, "created", credential.created_ms);
        write_flag(writer, "temporary", credential.temporary);
        write_field(writer, "kept", credential.kept);
        writer.end_object();
    }
    writer.end_array();
}

void write_consents(json::Writer& writer, const std::vector<UserConsent>& consents) {
    if (consents.empty()) return;
    writer.key("consents").begin_array();
    for (const auto& consent : consents) {
        writer.begin_object();
        write_field(writer, "client", consent.client);
        write_list(writer, "scopes", consent.scopes);
        write_field(writer, "created", consent.created_ms);
        write_field(writer, "updated", consent.updated_ms);
        writer.end_object();
    }
    writer.end_array();
}

void write_memberships(json::Writer& writer, const std::vector<Membership>& memberships) {
    if (memberships.empty()) return;
    writer.key("memberships").begin_array();
    for (const auto& membership : memberships) {
        writer.begin_object();
        write_field(writer, "organization", membership.organization);
        write_flag(writer, "managed", membership.managed);
        writer.end_object();
    }
    writer.end_array();
}

Attributes read_attributes(FieldReader& user) {
    Attributes attributes;
    const auto* object = user.find("attributes", json::Kind::kObject);
    if (object == nullptr) return attributes;
    FieldReader reader(*object);
    for (const auto& member : object->as_object()) attributes[member.key] = reader.list(member.key);
    if (reader.is_broken()) user.set_broken();
    return attributes;
}

std::vector<RoleRef> read_roles(FieldReader& user) {
    std::vector<RoleRef> roles;
    const auto* array = user.find("roles", json::Kind::kArray);
    if (array == nullptr) return roles;
    for (const auto& element : array->as_array()) {
        const auto* pair = element.if_array();
        if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() ||
            !(*pair)[1].is_string()) {
            user.set_broken();
            break;
        }
        roles.push_back({(*pair)[0].as_string(), (*pair)[1].as_string()});
    }
    return roles;
}

std::vector<Credential> read_credentials(FieldReader& user) {
    std::vector<Credential> credentials;
    const auto* array = user.find("credentials", json::Kind::kArray);
    if (array == nullptr) return credentials;
    for (const auto& element : array->as_array()) {
        FieldReader reader(element);
        credentials.push_back({.id = reader.text("id"),
                               .type = reader.text("type"),
                               .secret_data = reader.text("secretData"),
                               .credential_data = reader.text("credentialData"),
                               .created_ms = reader.number("created"),
                               .temporary = reader.flag("temporary"),
                               .kept = reader.text("kept")});
        if (reader.is_broken() || !element.is_object()) user.set_broken();
    }
    return credentials;
}

std::vector<UserConsent> read_consents(FieldReader& user) {
    std::vector<UserConsent> consents;
    const auto* array = user.find("consents", json::Kind::kArray);
    if (array == nullptr) return consents;
    for (const auto& element : array->as_array()) {
        FieldReader reader(element);
        consents.push_back({.client = reader.text("client"),
                            .scopes = reader.list("scopes"),
                            .created_ms = reader.number("created"),
                            .updated_ms = reader.number("updated")});
        if (reader.is_broken() || !element.is_object()) user.set_broken();
    }
    return consents;
}

std::vector<Membership> read_memberships(FieldReader& user) {
    std::vector<Membership> memberships;
    const auto* array = user.find("memberships", json::Kind::kArray);
    if (array == nullptr) return memberships;
    for (const auto& element : array->as_array()) {
        FieldReader reader(element);
        memberships.push_back(
            {.organization = reader.text("organization"), .managed = reader.flag("managed")});
        if (reader.is_broken() || !element.is_object()) user.set_broken();
    }
    return memberships;
}

}  // namespace

std::string normalized_name(std::string_view text) { return to_lower_ascii(text); }

User normalized(User user) {
    user.username = normalized_name(user.username);
    user.email = normalized_name(user.email);
    return user;
}

std::string render_user(const User& user) {
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    write_field(writer, "id", user.id.text());
    write_field(writer, "username", user.username);
    write_field(writer, "email", user.email);
    write_flag(writer, "emailVerified", user.email_verified);
    write_field(writer, "firstName", user.first_name);
    write_field(writer, "lastName", user.last_name);
    write_flag(writer, "enabled", user.enabled);
    write_field(writer, "created", user.created_ms);
    write_field(writer, "notBefore", user.not_before);
    write_attributes(writer, user.attributes);
    write_roles(writer, user.roles);
    write_list(writer, "groups", user.groups);
    write_memberships(writer, user.memberships);
    write_credentials(writer, user.credentials);
    write_list(writer, "requiredActions", user.required_actions);
    write_consents(writer, user.consents);
    write_field(writer, "serviceAccountOf", user.service_account_of.text());
    write_field(writer, "kept", user.kept);
    writer.end_object();
    return text;
}

Result<User> parse_user(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, kUserLimits, json::Positions::kNone));
    FieldReader reader(json);
    User user;
    user.id = UserId(reader.text("id"));
    user.username = reader.text("username");
    user.email = reader.text("email");
    user.email_verified = reader.flag("emailVerified");
    user.first_name = reader.text("firstName");
    user.last_name = reader.text("lastName");
    user.enabled = reader.flag("enabled");
    user.created_ms = reader.number("created");
    user.not_before = reader.number("notBefore");
    user.attributes = read_attributes(reader);
    user.roles = read_roles(reader);
    user.groups = reader.list("groups");
    user.memberships = read_memberships(reader);
    user.credentials = read_credentials(reader);
    user.required_actions = reader.list("requiredActions");
    user.consents = read_consents(reader);
    user.service_account_of = ClientId(reader.text("serviceAccountOf"));
    user.kept = reader.text("kept");
    if (reader.is_broken() || user.id.empty())
        return fail(ErrorCode::kParse, "a stored user is damaged");
    return user;
}

}  // namespace cambist::store
