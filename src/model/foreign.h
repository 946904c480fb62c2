// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.h"
#include "model/user.h"

// What a request brings along when it comes with a token of a trusted issuer.
namespace cambist {

// That a subject of a trusted issuer is a user of ours: Keycloak's federatedIdentities. Issuer and
// subject are the identity.
struct FederatedIdentity {
    std::string issuer;   // alias
    std::string subject;  // who it is there
    UserId user;
    std::string username;         // there, for people to read; or empty
    std::int64_t created_ms = 0;  // 0: not known
    friend bool operator==(const FederatedIdentity&, const FederatedIdentity&) = default;
};

// What a token makes of a user of ours who was there before it (IssuerMapper).
struct UserChange {
    std::vector<RoleRef> gives;
    std::vector<RoleRef> takes;
    std::vector<std::string> joins;  // paths of groups
    std::vector<std::string> leaves;
    Attributes attributes;  // an empty list: there is none any more
    std::optional<std::string> username;
    std::optional<std::string> email;
    bool email_verified = false;
    std::optional<std::string> first_name;
    std::optional<std::string> last_name;
    friend bool operator==(const UserChange&, const UserChange&) = default;
};
// What is so already stays as it is.
void apply(const UserChange& change, User& user);

// What verification found out beside the facts that every token has, and what is to be written with
// the issue, in its transaction.
struct ForeignFacts {
    std::string alias;    // of the trusted issuer
    std::string subject;  // who it is there
    // Scopes that nothing which comes of the token may go beyond; absent: what a rule allows.
    std::optional<std::vector<std::string>> ceiling;
    std::string one_time;             // to be taken with the issue; empty: nothing
    std::int64_t one_time_until = 0;  // seconds since 1970
    std::optional<User> new_user;
    std::optional<FederatedIdentity> new_link;
    std::optional<UserId> changed_user;  // whom `change` changes, once the issue is recorded
    UserChange change;
    std::vector<std::string> objections;  // IssuerMode::kAudit: what would have refused it
};

}  // namespace cambist
