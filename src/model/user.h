// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/ids.h"
#include "model/organization.h"
#include "model/role.h"

namespace cambist {

// A stored credential in Keycloak's form: both data members are JSON texts that hold hash and salt,
// or our own Argon2id string in secret_data when credential_data is empty.
struct Credential {
    std::string id;
    std::string type = "password";
    std::string secret_data;
    std::string credential_data;
    std::int64_t created_ms = 0;
    bool temporary = false;
    std::string kept;  // JSON object of Keycloak's other members, exported again; or empty
    friend bool operator==(const Credential&, const Credential&) = default;
};

// What a user has agreed that a client may have: Keycloak's clientConsents. Scopes by name.
struct UserConsent {
    std::string client;
    std::vector<std::string> scopes;
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;
    friend bool operator==(const UserConsent&, const UserConsent&) = default;
};

// A user, or the service account of a client. A value.
struct User {
    UserId id;
    std::string username;
    std::string email;
    bool email_verified = false;
    std::string first_name;
    std::string last_name;
    bool enabled = true;
    std::int64_t created_ms = 0;
    std::int64_t not_before = 0;
    Attributes attributes;
    std::vector<RoleRef> roles;       // directly assigned
    std::vector<std::string> groups;  // paths
    std::vector<Membership> memberships;
    std::vector<Credential> credentials;
    std::vector<std::string> required_actions;
    std::vector<UserConsent> consents;
    ClientId service_account_of;  // empty for people
    std::string kept;             // as a credential's
    friend bool operator==(const User&, const User&) = default;
};

// A user with everything that follows from the realm: what rules select on and mappers read.
// Made by identity/; immutable and shared.
struct Identity {
    std::shared_ptr<const User> user;
    std::vector<RoleRef> roles;              // effective: composites, groups, default role; sorted
    std::vector<std::string> groups;         // paths the user is directly in; sorted
    std::vector<std::string> organizations;  // aliases of those the user is a member of; sorted
    std::vector<std::string> disabled_organizations{};  // the same of those that are disabled
    // Alias of the trusted issuer whose subject it is, without a user of ours in the store; or
    // empty.
    std::string issuer = {};
    std::string issuer_subject = {};  // who it is there
    // Of the log-in at that issuer, or of the token of another one that proved a user of ours.
    std::map<std::string, std::string> notes = {};
    bool has_role(const RoleRef& role) const;
    bool in_group(std::string_view path) const;  // directly or in a descendant of it
    bool is_service_account() const { return !user->service_account_of.empty(); }
};

}  // namespace cambist
