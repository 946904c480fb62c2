// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/pattern.h"
#include "base/secret.h"
#include "model/role.h"
#include "model/token_type.h"

// Whose tokens a realm takes besides its own, how they are proved, and who their subjects are here.
namespace cambist {

// How a token of the issuer is proved.
enum class IssuerKind : std::uint8_t {
    kJwt,            // by its signature alone
    kOidc,           // the same; an opaque access token at the userinfo endpoint
    kIntrospection,  // RFC 7662
    kHook,           // a server of the operator's says
    kLegacyRefresh,  // an old system's refresh token, used up there
    kSaml2,
    kKeycloakV1  // as kOidc, presented and answered as in Keycloak's legacy exchange
};
// What is known of an issuer's product beforehand: its keys, its claims, which ids of it can not be
// registered by somebody else later.
enum class IssuerPreset : std::uint8_t {
    kNone,
    kGoogle,
    kEntra,
    kGithubActions,
    kGitlab,
    kKubernetes,
    kKeycloak,
    kSpiffe
};
// kAudit: what the operator demands beyond signature, issuer, audience and times is looked at and
// recorded, and does not refuse.
enum class IssuerMode : std::uint8_t { kEnforce, kAudit };
// What a subject of the issuer's is here.
enum class BindingKind : std::uint8_t {
    kNone,       // nobody: refused
    kLink,       // the user that is linked to it
    kMatch,      // the same, or the one user that a claim points to
    kCreate,     // the same, or a new user
    kEphemeral,  // somebody without a user of ours
    kService     // a workload without a user of ours
};
// What a token of the issuer may be presented for.
struct IssuerUses {
    bool subject = true;  // token exchange
    bool actor = false;   // as actor token, and its act and may_act are believed
    bool grant = false;   // RFC 7523 section 2.1, RFC 7522 section 2.1
    bool client = false;  // a client proves with it who it is (RFC 7523 section 2.2)
};

// Where the keys are: one of the members is set, unless the kind needs none.
struct IssuerKeys {
    std::string discovery;  // an URL whose metadata names the key set
    std::string jwks_url;
    std::string jwks;  // inline: a JWK set; PEM keys and files were made into one
};

// A claim that must be there with a value that matches one of the patterns, all of it: `*` stands
// for one or more characters other than '/', ':' and '@'. Of a list one element must match.
struct ClaimTest {
    std::string claim;  // a path as in mappers: a dot leads into objects, "\." is a dot
    std::vector<std::string> patterns;
};

// "The user whose attribute is what the claim says."
struct ClaimMatch {
    std::string claim;
    std::string attribute;  // or username, email, id
};

struct UserBinding {
    BindingKind kind = BindingKind::kNone;
    // Who the subject is at the issuer: with the issuer's name the identity. "sub" unless the
    // product has something better.
    std::string subject_claim = "sub";
    std::vector<ClaimMatch> match;   // in order; the first that finds somebody counts
    bool auto_link = false;          // a match is written down, so that it stays the same user
    bool trust_email = false;        // an e-mail address counts without email_verified
    std::vector<ClaimTest> only_if;  // kCreate, kEphemeral, kService: who else is refused
    // Of new and of ephemeral users: a text with ${CLAIM.path} and ${ALIAS}.
    std::string username = "${ALIAS}.${CLAIM.sub}";
    std::map<std::string, std::string> attributes;  // attribute of the user -> claim
    std::vector<RoleRef> roles;                     // given to new, ephemeral and service subjects
    std::vector<std::string> groups;                // the same; paths
};

// When a mapper changes a user that is there already; a new one gets all that they say.
enum class MapperUpdate : std::uint8_t {
    kNever,
    kAlways,
    kOnlyTakes  // takes away what the token does not say any more, gives nothing
};

// One thing that claims make of their user: Keycloak's identity-provider mappers, and ours.
struct IssuerMapper {
    enum class Kind : std::uint8_t {
        kAttribute,  // of the user; email, firstName and lastName are his own
        kRole,
        kGroup,
        kNote,   // of the log-in, for mappers of tokens
        kNotes,  // the same for each test that holds: the claim under its own name
        kLocalUsername,
        kBrokerId,       // who the subject is there: with the issuer the identity
        kBrokerUsername  // what the link shows to people
    };
    // A claim that must say something: one of its values must be, or match, one of these.
    struct Test {
        std::vector<std::string> claims;  // paths; the values of all of them count
        std::vector<std::string> values;
        bool has_stars = false;                  // values are as in ClaimTest
        std::shared_ptr<const Pattern> pattern;  // a regular expression, in place of values
    };

    Kind kind = Kind::kAttribute;
    std::string name;
    std::string type;  // "oidc-user-attribute-idp-mapper"; empty: one of ours
    MapperUpdate update = MapperUpdate::kNever;
    std::vector<Test> tests;  // all must hold; empty: it always counts
    std::string in_group;     // a path: it counts for those who are in it here; empty: for all
    // Of the user here: it counts for those who have one of the values of each.
    std::map<std::string, std::vector<std::string>> with_attributes;
    std::vector<std::string> claims;  // what kAttribute and kNote take their value from
    bool takes_first = false;         // of several values
    std::string value;                // in place of claims
    std::string target;               // attribute, note, or path of the group
    RoleRef role;
    std::string text;  // with ${CLAIM.path | lowercase}: the names
};

// What the issuer has to sign where an assertion comes inside a response.
enum class SamlSigned : std::uint8_t { kAssertion, kResponse, kBoth };

// What only assertions of SAML 2.0 have (IssuerKind::kSaml2).
struct SamlTerms {
    std::string metadata;  // inline: the XML that the identity provider publishes, with its keys
    // One of them must be the Recipient of the confirmation; empty: the realm's token endpoint.
    std::vector<std::string> recipients;
    // The Format of NameID, one for all subjects, so that no two look alike.
    std::string name_id_format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    bool accepts_responses = false;
    SamlSigned signed_part = SamlSigned::kAssertion;
    bool needs_login = false;  // an AuthnStatement must say how the subject logged in
    std::shared_ptr<const Secret> decryption_key;  // PEM, RSA; null: encrypted ones are not taken
    bool allows_cbc = false;                       // of AES, which does not notice changes
};

// What is called at the issuer, of the kinds that ask there.
struct IssuerEndpoints {
    std::string introspection;
    std::string userinfo;
    std::string token;
    std::string hook;
    std::string saml_metadata;
    std::string client_id;  // ours at the issuer
    std::shared_ptr<const Secret> client_secret;
};

struct TrustedIssuer {
    std::string alias;
    std::string display_name;
    bool enabled = true;
    IssuerKind kind = IssuerKind::kJwt;
    IssuerPreset preset = IssuerPreset::kNone;
    IssuerMode mode = IssuerMode::kEnforce;
    IssuerUses uses;
    // Exact values of `iss`; of SPIFFE "spiffe://TRUST-DOMAIN", which stands in `sub`.
    std::vector<std::string> issuers;
    IssuerKeys keys;
    std::vector<std::string> algorithms;  // JOSE names; never empty
    // One of them must be in `aud`; never empty. kOurselves, kRequester and kAnybody are words.
    std::vector<std::string> audience;
    // Those of `audience` that no assertion (grant, client) may be for.
    std::vector<std::string> subject_audience;
    std::vector<std::string> authorized_parties;  // of `azp` or `client_id`; empty: any
    std::vector<ClaimTest> require;
    std::vector<TokenType> token_types;
    // What its tokens are called that are none of RFC 8693's: kCustom is then among token_types.
    std::vector<std::string> custom_types;
    std::vector<std::string> header_types;  // of `typ` beside JWT, at+jwt and none
    Seconds clock_skew{30};
    std::optional<Seconds> max_age;       // since `iat`, which must then be there
    std::optional<Seconds> max_lifetime;  // from now to `exp`
    // Of assertions (IssuerUses::grant): since `iat`, or until `exp` where there is none.
    Seconds assertion_max_age{300};
    // By `jti`, which must then be there. Absent: assertions are, other tokens are not.
    std::optional<bool> single_use;
    // Scopes of ours that a token of the issuer brings along, and at most; empty: none.
    std::vector<std::string> scopes;
    std::map<std::string, std::vector<std::string>> scope_map;  // theirs -> ours
    std::vector<std::string> clients;  // who may present its tokens; empty: whom a rule selects
    std::string tenant;
    std::string organization;  // alias
    UserBinding binding;
    std::vector<IssuerMapper> mappers;  // in the order in which they count
    std::optional<std::int64_t> until;  // seconds since 1970: nothing of it is taken from then on
    IssuerEndpoints endpoints;
    SamlTerms saml;
    std::string source;    // "trustedIssuers[0]", or "identityProviders[2]"
    std::string unserved;  // why none of its tokens is taken; empty: they are

    // In `audience`: the issuer URL of this realm; the id of the client that presents the token.
    static constexpr std::string_view kOurselves = "self";
    static constexpr std::string_view kRequester = "requester";
    // Of kKeycloakV1: whoever the token is meant for, nobody looks.
    static constexpr std::string_view kAnybody = "any";

    bool takes(TokenType type) const;
    bool serves_client(std::string_view client_id) const;
};

std::string_view name_of(IssuerKind kind);      // "jwt", as the realm file spells it
std::string_view name_of(BindingKind binding);  // "link"
std::string_view name_of(IssuerPreset preset);  // "github-actions"; empty for none

// Whether all of `text` matches the pattern (ClaimTest).
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace cambist
