// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "model/client.h"
#include "model/ids.h"
#include "model/organization.h"
#include "model/role.h"
#include "model/rule.h"

namespace cambist {

struct LegacyPermissions;
struct TrustedIssuer;

// Life times of a realm; defaults are Keycloak's for a new realm.
struct Lifetimes {
    Seconds access_token{300};
    Seconds sso_session_idle{1800};
    Seconds sso_session_max{36000};
    Seconds client_session_idle{0};  // 0: as the SSO session
    Seconds client_session_max{0};
    Seconds offline_session_idle{2592000};
    Seconds offline_session_max{5184000};
    bool offline_session_max_enabled = false;
    Seconds client_offline_session_idle{0};  // 0: as the offline session
    Seconds client_offline_session_max{0};
};

// Lock-out after failed log-ins; Keycloak's fields of the same names.
struct BruteForce {
    bool enabled = false;
    bool permanent = false;
    std::int64_t failure_factor = 30;
    std::int64_t wait_increment_seconds = 60;
    std::int64_t max_failure_wait_seconds = 900;
    std::int64_t quick_login_check_ms = 1000;
    std::int64_t minimum_quick_login_wait_seconds = 60;
    std::int64_t max_delta_seconds = 43200;
};

enum class SslRequired : std::uint8_t { kNone, kExternal, kAll };
enum class ErrorDialect : std::uint8_t { kStrict, kKeycloak };
enum class KeyState : std::uint8_t { kActive, kPassive, kDisabled };

// A signing key that the realm file wants to have, without bringing it.
struct WantedKey {
    std::string name;
    std::string algorithm;
    KeyState state = KeyState::kActive;
    std::int64_t priority = 100;
    unsigned rsa_bits = 2048;
};

// A signing key that the realm file brings; the rest is generated.
struct ImportedKey {
    std::string name;
    std::string algorithm;
    KeyState state = KeyState::kActive;
    std::int64_t priority = 100;
    std::shared_ptr<const Secret> private_key_pem;
    std::string certificate_pem;
};

// A realm as configured. Built once, then shared as const; call index() after the last change.
struct Realm {
    std::string id;
    RealmName name;
    std::string display_name;
    bool enabled = true;
    SslRequired ssl_required = SslRequired::kExternal;
    std::int64_t not_before = 0;
    std::string signature_algorithm = "RS256";
    Lifetimes lifetimes;
    bool revoke_refresh_token = false;
    std::int64_t refresh_token_max_reuse = 0;
    bool login_with_email = true;
    bool duplicate_emails = false;
    BruteForce brute_force;
    ErrorDialect error_dialect = ErrorDialect::kStrict;
    std::int64_t max_chain_depth = 5;
    std::int64_t max_targets = 8;
    bool dpop_nonce = false;   // attribute cambist.dpop.nonce: proofs carry a nonce of ours
    std::string frontend_url;  // attribute frontendUrl: overrides the configured host name

    std::vector<Role> roles;
    RoleRef default_role;
    std::vector<Group> groups;
    std::vector<std::string> default_groups;
    std::vector<ClientScope> scopes;
    std::vector<std::string> default_scopes;  // given to new clients
    std::vector<std::string> optional_scopes;
    std::vector<Client> clients;
    std::vector<Rule> rules;
    std::shared_ptr<const LegacyPermissions> permissions;  // of Keycloak's legacy exchange, or null
    bool organizations_enabled = false;       // organizationsEnabled; else nobody is in any
    std::vector<Organization> organizations;  // by alias
    std::vector<std::shared_ptr<const TrustedIssuer>> issuers;  // by alias
    std::vector<ImportedKey> imported_keys;
    std::vector<WantedKey> wanted_keys;
    std::map<std::string, std::string> attributes;

    void index();
    const Client* find_client(std::string_view client_id) const;
    const ClientScope* find_scope(std::string_view scope) const;
    // The same for a scope as it is asked for: "process:7" is of the parameterized scope "process".
    const ClientScope* find_asked_scope(std::string_view scope) const;
    const Role* find_role(const RoleRef& role) const;
    const Group* find_group(std::string_view path) const;
    const Organization* find_organization(std::string_view alias) const;
    const TrustedIssuer* find_issuer(std::string_view alias) const;
    // Those that speak for this value of `iss`, in the order of their aliases: mostly one.
    std::vector<const TrustedIssuer*> issuers_of(std::string_view iss) const;
    // The client whose resource_url is this URI, or null.
    const Client* find_client_by_resource(std::string_view uri) const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    using Index = std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>>;
    Index client_index_;
    Index scope_index_;
    Index role_index_;
    Index group_index_;
    Index resource_index_;
    std::unordered_map<std::string, std::vector<std::size_t>, Hash, std::equal_to<>> iss_index_;
};

}  // namespace cambist
