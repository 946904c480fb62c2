// SPDX-License-Identifier: Apache-2.0
#include "representation/read_issuers.h"

#include <algorithm>

#include "jose/algorithms.h"
#include "model/role.h"
#include "representation/durations.h"
#include "representation/issuer_keys.h"
#include "representation/objects.h"
#include "representation/placeholders.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

constexpr std::size_t kLongestAlias = 64;
// A replay is remembered for so long at most where nobody says.
constexpr Seconds kSingleUseLifetime{3600};

bool is_alias(std::string_view text) {
    return !text.empty() && text.size() <= kLongestAlias && text != "self" &&
           std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '-' || c == '_' || c == '.';
           });
}

std::optional<Seconds> read_span(const Node& owner, std::string_view key) {
    const auto text = owner.text(key);
    if (text.empty()) return std::nullopt;
    if (text == "0s") return Seconds(0);
    const auto span = parse_duration(text);
    if (!span)
        owner.at(key).fault("is no length of time: " + quoted(text), "write 90s, 5m, 1h30m or 2d");
    return span;
}

std::vector<std::string> texts_or_text(const Node& owner, std::string_view key) {
    const auto node = owner.at(key);
    if (node.present() && node.value().is_string()) return {node.value().as_string()};
    return owner.texts(key);
}

void refuse_pattern(const Node& node, const std::string& pattern) {
    if (pattern.empty()) node.fault("an empty pattern matches nothing", "remove it");
    if (pattern.contains("**"))
        node.fault("** matches nothing: one star stands for a part between '/', ':' and '@'",
                   "write one star for each part");
}

std::vector<ClaimTest> read_tests(const Node& owner, std::string_view key) {
    std::vector<ClaimTest> tests;
    const auto node = owner.at(key);
    if (!node.present()) return tests;
    for (const auto& [claim, at] : node.members()) {
        ClaimTest test{.claim = claim, .patterns = node.texts(claim)};
        if (test.patterns.empty()) at.fault("names no value", "write the values that may stand");
        for (const auto& [pattern, place] : node.text_nodes(claim)) refuse_pattern(place, pattern);
        tests.push_back(std::move(test));
    }
    return tests;
}

void read_uses(const Node& node, IssuerUses& uses) {
    if (!node.has("uses")) return;
    uses = {.subject = false};
    for (const auto& [name, at] : node.text_nodes("uses")) {
        if (name == "subject")
            uses.subject = true;
        else if (name == "actor")
            uses.actor = true;
        else if (name == "grant")
            uses.grant = true;
        else if (name == "client")
            uses.client = true;
        else
            at.fault("unknown use " + quoted(name), "it may be subject, actor, grant or client");
    }
    if (!uses.subject && !uses.actor && !uses.grant && !uses.client)
        node.at("uses").fault("is empty", "write [subject], or enabled: false");
}

// An absolute URI (RFC 8693 section 3) that is none of those we know.
bool is_custom_type(std::string_view name) {
    return name.contains(':') && !find_token_type(name) &&
           !name.starts_with("urn:ietf:params:oauth:token-type:") &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F; });
}

void read_types(const Node& node, TrustedIssuer& issuer) {
    for (const auto& [name, at] : node.text_nodes("tokenTypes")) {
        if (is_custom_type(name)) {
            const bool is_asked =
                issuer.kind == IssuerKind::kHook || issuer.kind == IssuerKind::kIntrospection;
            if (!is_asked)
                at.fault("a type of its own says nothing of how a token is proved",
                         "use kind: hook or introspection, or one of RFC 8693's types");
            issuer.custom_types.push_back(name);
            if (!issuer.takes(TokenType::kCustom)) issuer.token_types.push_back(TokenType::kCustom);
            continue;
        }
        const auto type = find_token_type_by_short_name(name);
        const bool is_foreign = type == TokenType::kAccessToken || type == TokenType::kIdToken ||
                                type == TokenType::kJwt || type == TokenType::kSaml2 ||
                                type == TokenType::kRefreshToken;
        if (!is_foreign)
            at.fault("unknown token type " + quoted(name),
                     "it may be access_token, id_token, jwt, saml2, refresh_token, or the URI of a "
                     "type of its own");
        else if (!issuer.takes(*type))
            issuer.token_types.push_back(*type);
    }
    if (node.has("tokenTypes") && issuer.token_types.empty())
        node.at("tokenTypes").fault("is empty", "name a type or remove the key");
}

std::vector<TokenType> usual_types(IssuerKind kind) {
    switch (kind) {
        case IssuerKind::kJwt:
        case IssuerKind::kOidc:
        case IssuerKind::kKeycloakV1:
            return {TokenType::kAccessToken, TokenType::kIdToken, TokenType::kJwt};
        case IssuerKind::kIntrospection:
        case IssuerKind::kHook:
            return {TokenType::kAccessToken};
        case IssuerKind::kLegacyRefresh:
            return {TokenType::kRefreshToken};
        case IssuerKind::kSaml2:
            return {TokenType::kSaml2};
    }
    return {};
}

void read_algorithms(const Node& node, TrustedIssuer& issuer) {
    for (const auto& [name, at] : node.text_nodes("algorithms")) {
        if (jose::find_algorithm(name) == nullptr)
            at.fault("no asymmetric signature algorithm: " + quoted(name),
                     "it may be RS, PS or ES with 256, 384 or 512, or EdDSA");
        issuer.algorithms.push_back(name);
    }
    if (node.has("algorithms") && issuer.algorithms.empty())
        node.at("algorithms").fault("is empty", "name one or remove the key");
}

std::vector<RoleRef> read_role_texts(const Node& binding) {
    std::vector<RoleRef> roles;
    for (const auto& [name, at] : binding.text_nodes("roles")) {
        at.refer_role(parse_role_ref(name));
        roles.push_back(parse_role_ref(name));
    }
    return roles;
}

void check_binding(const Node& node, const UserBinding& binding) {
    const auto only_for = [&](const char* key, std::initializer_list<BindingKind> kinds,
                              const char* which) {
        if (node.has(key) && std::ranges::find(kinds, binding.kind) == kinds.end())
            node.at(key).fault("has no effect with kind " + std::string(name_of(binding.kind)),
                               "remove it, or write kind: " + std::string(which));
    };
    using enum BindingKind;
    only_for("match", {kMatch, kCreate}, "match");
    only_for("autoLink", {kMatch, kCreate}, "match");
    only_for("onlyIf", {kCreate, kEphemeral, kService}, "create");
    only_for("username", {kCreate, kEphemeral, kService}, "create");
    only_for("attributes", {kCreate, kEphemeral, kService}, "create");
    only_for("roles", {kCreate, kEphemeral, kService}, "create");
    only_for("groups", {kCreate, kEphemeral, kService}, "create");
    if (binding.kind == kMatch && binding.match.empty())
        node.fault("does not say what is matched",
                   "add match: [{ claim: email, attribute: email }]");
}

UserBinding read_binding(const Node& issuer) {
    static constexpr Word<BindingKind> kKinds[] = {
        {"none", BindingKind::kNone},           {"link", BindingKind::kLink},
        {"match", BindingKind::kMatch},         {"create", BindingKind::kCreate},
        {"ephemeral", BindingKind::kEphemeral}, {"service", BindingKind::kService}};
    UserBinding binding;
    binding.subject_claim.clear();  // filled in by the preset, or with sub
    const auto node = issuer.at("binding");
    if (!node.present()) return binding;
    if (!node.value().is_object()) {
        binding.kind = read_word(issuer, "binding", kKinds, BindingKind::kNone);
        if (binding.kind == BindingKind::kMatch) check_binding(node, binding);
        return binding;
    }
    binding.kind = read_word(node, "kind", kKinds, BindingKind::kNone);
    if (!node.has("kind")) node.fault("does not say its kind", "add kind: link");
    binding.subject_claim = node.text("subjectClaim");
    for (const auto& one : node.list("match")) {
        ClaimMatch match{.claim = one.text("claim"), .attribute = one.text("attribute")};
        if (match.claim.empty() || match.attribute.empty())
            one.fault("needs claim and attribute", "write { claim: email, attribute: email }");
        binding.match.push_back(std::move(match));
    }
    binding.auto_link = node.flag("autoLink", false);
    binding.trust_email = node.flag("trustEmail", false);
    binding.only_if = read_tests(node, "onlyIf");
    binding.username = node.text("username", binding.username);
    binding.attributes = node.text_map("attributes");
    binding.roles = read_role_texts(node);
    for (const auto& [path, at] : node.text_nodes("groups")) {
        at.refer(Named::kGroup, path);
        binding.groups.push_back(path);
    }
    check_binding(node, binding);
    return binding;
}

IssuerEndpoints read_endpoints(const Node& node) {
    IssuerEndpoints out;
    const auto url = [&](std::string_view key) {
        auto text = node.text(key);
        if (!text.empty() && !is_fetchable(text) && !has_placeholder(text))
            node.at(key).fault("is no URL to call", "write https://...");
        return text;
    };
    out.introspection = url("introspection");
    out.userinfo = url("userinfo");
    out.token = url("token");
    out.hook = url("hook");
    out.saml_metadata = url("samlMetadata");
    out.client_id = node.text("clientId");
    if (auto secret = node.text("clientSecret"); !secret.empty() && secret != kMaskedSecret)
        out.client_secret = std::make_shared<const Secret>(std::move(secret));
    return out;
}

void read_kind(const Node& node, TrustedIssuer& issuer) {
    static constexpr Word<IssuerKind> kKinds[] = {{"jwt", IssuerKind::kJwt},
                                                  {"oidc", IssuerKind::kOidc},
                                                  {"introspection", IssuerKind::kIntrospection},
                                                  {"hook", IssuerKind::kHook},
                                                  {"legacy-refresh", IssuerKind::kLegacyRefresh},
                                                  {"keycloak-v1", IssuerKind::kKeycloakV1},
                                                  {"saml2", IssuerKind::kSaml2}};
    static constexpr Word<IssuerPreset> kPresets[] = {
        {"google", IssuerPreset::kGoogle},         {"entra", IssuerPreset::kEntra},
        {"gitlab", IssuerPreset::kGitlab},         {"github-actions", IssuerPreset::kGithubActions},
        {"kubernetes", IssuerPreset::kKubernetes}, {"keycloak", IssuerPreset::kKeycloak},
        {"spiffe", IssuerPreset::kSpiffe}};
    static constexpr Word<IssuerMode> kModes[] = {{"enforce", IssuerMode::kEnforce},
                                                  {"audit", IssuerMode::kAudit}};
    issuer.kind = read_word(node, "kind", kKinds, IssuerKind::kJwt);
    issuer.preset = read_word(node, "preset", kPresets, IssuerPreset::kNone);
    issuer.mode = read_word(node, "mode", kModes, IssuerMode::kEnforce);
    const bool has_jwts = issuer.kind == IssuerKind::kJwt || issuer.kind == IssuerKind::kOidc ||
                          issuer.kind == IssuerKind::kKeycloakV1;
    if (issuer.preset != IssuerPreset::kNone && !has_jwts)
        node.at("preset").fault("is about JWTs, and the kind is another one", "remove one of them");
}

void read_limits(const Node& node, TrustedIssuer& issuer) {
    issuer.clock_skew = read_span(node, "clockSkew").value_or(issuer.clock_skew);
    issuer.max_age = read_span(node, "maxAge");
    issuer.max_lifetime = read_span(node, "maxLifetime");
    issuer.assertion_max_age =
        read_span(node, "assertionMaxAge").value_or(issuer.assertion_max_age);
    static constexpr Seconds kMostSkew{300};
    if (issuer.clock_skew > kMostSkew)
        node.at("clockSkew").fault("is more than five minutes", "let both sides set their clocks");
    if (node.has("singleUse")) issuer.single_use = node.flag("singleUse", true);
    if (issuer.single_use == true && !issuer.max_lifetime) issuer.max_lifetime = kSingleUseLifetime;
}

// What is said of it in the file, before anything is filled in.
void read_members(const Node& node, TrustedIssuer& issuer) {
    issuer.display_name = node.text("displayName");
    issuer.enabled = node.flag("enabled", true);
    issuer.source = node.path();
    read_kind(node, issuer);
    read_uses(node, issuer.uses);
    issuer.issuers = texts_or_text(node, "issuer");
    issuer.keys = read_issuer_keys(node.at("keys"));
    read_algorithms(node, issuer);
    issuer.audience = texts_or_text(node, "audience");
    issuer.authorized_parties = node.texts("authorizedParties");
    issuer.require = read_tests(node, "require");
    read_types(node, issuer);
    issuer.header_types = node.texts("headerTypes");
    read_limits(node, issuer);
    for (const auto& [name, at] : node.text_nodes("scopes")) {
        if (name != "openid") at.refer(Named::kScope, name);
        issuer.scopes.push_back(name);
    }
    const auto map = node.at("scopeMap");
    if (map.present())
        for (const auto& [theirs, at] : map.members()) {
            for (const auto& [ours, place] : map.text_nodes(theirs))
                place.refer(Named::kScope, ours);
            issuer.scope_map[theirs] = map.texts(theirs);
        }
    for (const auto& [name, at] : node.text_nodes("clients")) {
        at.refer(Named::kClient, name);
        issuer.clients.push_back(name);
    }
    issuer.tenant = node.text("tenant");
    issuer.organization = node.text("organization");
    issuer.binding = read_binding(node);
    issuer.endpoints = read_endpoints(node.at("endpoints"));
    read_saml(node, issuer);
    if (const auto end = node.text("until"); !end.empty()) {
        issuer.until = parse_end_date(end);
        if (!issuer.until)
            node.at("until").fault("is no date: " + quoted(end),
                                   "write 2027-06-30 or 2027-06-30T12:00:00Z");
    } else if (issuer.kind == IssuerKind::kLegacyRefresh) {
        // So long each of its tokens must be remembered that was exchanged.
        node.fault("takes refresh tokens of an older system without an end",
                   "add until: the day when the last one has moved");
    }
}

// What Keycloak's legacy exchange does where nobody says: a new subject becomes a user.
void fill_in_legacy(const Node& node, TrustedIssuer& issuer, bool has_keys) {
    if (!node.has("binding")) issuer.binding.kind = BindingKind::kCreate;
    if (!node.at("binding").has("username")) issuer.binding.username.clear();
    const auto& ends = issuer.endpoints;
    if (!has_keys && ends.userinfo.empty() && !issuer.issuers.empty() &&
        is_fetchable(issuer.issuers.front()))
        issuer.keys.discovery = issuer.issuers.front();
    else if (!has_keys && ends.userinfo.empty())
        node.fault("says neither where its keys nor where its user information is",
                   "add keys: { jwksUrl: https://... }, or endpoints: { userinfo: https://... }");
    const bool is_for_anybody =
        std::ranges::find(issuer.audience, TrustedIssuer::kAnybody) != issuer.audience.end();
    if (is_for_anybody)
        node.at("audience")
            .risk("issuer " + quoted(issuer.alias) +
                  " takes tokens that it gave to any client for any use, as "
                  "Keycloak's legacy exchange does: whoever gets one of them gets in");
    else if (!ends.userinfo.empty() && ends.introspection.empty())
        node.note("issuer " + quoted(issuer.alias) +
                  ": user information seldom says for whom a token is, so that opaque ones are "
                  "refused: add endpoints.introspection, or audience: any, which is a risk");
}

void fill_in(const Node& node, TrustedIssuer& issuer) {
    if (issuer.token_types.empty()) issuer.token_types = usual_types(issuer.kind);
    if (issuer.algorithms.empty()) issuer.algorithms = all_algorithms();
    if (issuer.binding.subject_claim.empty()) issuer.binding.subject_claim = "sub";
    if (!node.has("audience") && issuer.audience.empty())
        issuer.audience = {std::string(TrustedIssuer::kOurselves)};
    const bool has_keys = node.has("keys") || !issuer.keys.discovery.empty() ||
                          !issuer.keys.jwks_url.empty() || !issuer.keys.jwks.empty();
    if (issuer.kind == IssuerKind::kSaml2) return check_saml_keys(node, issuer);
    const bool needs_keys = issuer.kind == IssuerKind::kJwt || issuer.kind == IssuerKind::kOidc;
    if (issuer.kind == IssuerKind::kKeycloakV1) return fill_in_legacy(node, issuer, has_keys);
    if (has_keys || !needs_keys || issuer.issuers.empty()) return;
    if (is_fetchable(issuer.issuers.front()))
        issuer.keys.discovery = issuer.issuers.front();
    else
        node.fault("does not say where its keys are",
                   "add keys: { jwksUrl: https://... }, or discovery, jwks, pem or file");
}

// Who somebody is is the entry's alias and his subject: the same subject of two issuers of one
// entry is one user.
void check_names(const Node& node, const TrustedIssuer& issuer) {
    const bool is_known =
        issuer.preset == IssuerPreset::kGoogle || issuer.preset == IssuerPreset::kEntra;
    if (issuer.issuers.size() > 1 && !is_known)
        node.at("issuer").risk("issuer " + quoted(issuer.alias) +
                               " has several names: a subject of one is the same user as that of "
                               "another; if they are different issuers, write an entry for each");
}

void check(const Node& node, const TrustedIssuer& issuer, const Realm& realm) {
    if (issuer.issuers.empty()) node.fault("names no issuer", "add issuer: the value of iss");
    for (const auto& iss : issuer.issuers)
        if (iss.empty()) node.at("issuer").fault("is empty", "write the value of iss");
    if (issuer.audience.empty() || std::ranges::find(issuer.audience, "") != issuer.audience.end())
        node.at("audience")
            .fault("a token must be meant for somebody",
                   "write self (this realm's issuer), requester, or the value that stands in aud");
    const bool is_for_anybody =
        std::ranges::find(issuer.audience, TrustedIssuer::kAnybody) != issuer.audience.end();
    if (is_for_anybody && (issuer.kind != IssuerKind::kKeycloakV1 || issuer.audience.size() > 1))
        node.at("audience")
            .fault("any is for kind keycloak-v1, and stands alone",
                   "write self (this realm's issuer), requester, or the value that stands in aud");
    check_names(node, issuer);
    if (!issuer.tenant.empty() && issuer.preset != IssuerPreset::kEntra)
        node.at("tenant").fault("belongs to preset entra", "demand a claim with require");
    if (node.has("trustDomain") && issuer.preset != IssuerPreset::kSpiffe)
        node.at("trustDomain").fault("belongs to preset spiffe", "remove it");
    if (!issuer.organization.empty() && realm.find_organization(issuer.organization) == nullptr)
        node.at("organization").fault("there is no organization " + quoted(issuer.organization));
    if (issuer.uses.client && issuer.uses.subject && issuer.binding.kind != BindingKind::kNone &&
        node.has("singleUse") && issuer.single_use == false)
        node.at("uses").note("a token proves a client and is a subject token as well");
}

// A service account's name is anybody's who makes it anew; its uid is another one then.
void report_unpinned(const Node& realm, const Client& client, const TrustedIssuer& issuer) {
    constexpr std::string_view kUid = "kubernetes\\.io.serviceaccount.uid";
    if (issuer.preset != IssuerPreset::kKubernetes ||
        client.attributes.contains("cambist.jwt.credential.id") ||
        std::ranges::find(issuer.require, kUid, &ClaimTest::claim) != issuer.require.end())
        return;
    for (const auto& node : realm.list("clients"))
        if (node.text("clientId") == client.client_id.text())
            node.at("attributes")
                .at("jwt.credential.sub")
                .risk("client " + quoted(client.client_id.text()) +
                      " is whoever makes a service account of this name: write its uid in the "
                      "attribute cambist.jwt.credential.id");
}

}  // namespace

void check_federated_clients(const Node& realm, const Realm& out) {
    for (const auto& client : out.clients) {
        if (client.authenticator != ClientAuthenticator::kFederatedJwt ||
            client.federated_issuer.empty())
            continue;
        const auto found = std::ranges::find_if(
            out.issuers, [&](const auto& one) { return one->alias == client.federated_issuer; });
        if (found != out.issuers.end() && (*found)->uses.client) {
            report_unpinned(realm, client, **found);
            continue;
        }
        for (const auto& node : realm.list("clients"))
            if (node.text("clientId") == client.client_id.text())
                node.at("attributes")
                    .at("jwt.credential.issuer")
                    .fault_unless_export(
                        found == out.issuers.end()
                            ? "there is no trusted issuer " + quoted(client.federated_issuer)
                            : "issuer " + quoted(client.federated_issuer) +
                                  " is not trusted to prove clients",
                        "add it to trustedIssuers with uses: [client]",
                        "the client can not authenticate");
    }
}

std::vector<std::string> all_algorithms() {
    std::vector<std::string> names;
    for (const auto& row : jose::algorithms()) names.emplace_back(row.name);
    return names;
}

void read_issuers(const Node& realm, Realm& out) {
    Once once("trusted issuer");
    for (const auto& node : realm.list("trustedIssuers")) {
        if (!node.value().is_object()) continue;
        TrustedIssuer issuer;
        issuer.alias = node.text("alias");
        if (!is_alias(issuer.alias)) {
            (node.has("alias") ? node.at("alias") : node)
                .fault("an issuer needs an alias of letters, digits, dots, dashes and underscores",
                       "add alias: the name that rules use; self is this realm");
            continue;
        }
        if (!once.is_new(node, "alias", issuer.alias)) continue;
        read_members(node, issuer);
        apply_preset(node, issuer);
        fill_in(node, issuer);
        read_issuer_mappers(realm, node, out, issuer);
        check(node, issuer, out);
        out.issuers.push_back(std::make_shared<const TrustedIssuer>(std::move(issuer)));
    }
    read_identity_providers(realm, out);
    keep_other_mappers(realm, out);
    std::ranges::sort(out.issuers, {}, [](const auto& one) { return one->alias; });
    check_issuer_overlap(realm, out);
    check_federated_clients(realm, out);
}

}  // namespace cambist::representation
