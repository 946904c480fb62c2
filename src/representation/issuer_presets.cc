// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "base/text.h"
#include "representation/read_issuers.h"

// What is known of a product beforehand. Names of repositories, accounts and projects can be given
// up and registered by somebody else; each preset therefore demands an id that can not.
namespace cambist::representation {

namespace {

void set_if_empty(std::vector<std::string>& list, std::vector<std::string> values) {
    if (list.empty()) list = std::move(values);
}

bool has_keys(const Node& node) { return node.has("keys"); }

const ClaimTest* find_test(const TrustedIssuer& issuer, std::string_view claim) {
    const auto found = std::ranges::find(issuer.require, claim, &ClaimTest::claim);
    return found == issuer.require.end() ? nullptr : &*found;
}

bool tests_one_of(const TrustedIssuer& issuer, std::initializer_list<std::string_view> claims) {
    return std::ranges::any_of(claims, [&](auto claim) { return find_test(issuer, claim); });
}

void demand_audience(const Node& node, std::string_view example) {
    if (!node.has("audience"))
        node.fault("does not say for whom the tokens are meant",
                   "add audience: " + std::string(example));
}

// A test on one of these, with whole values: a pattern would name what others can register.
void demand_pin(const Node& node, const TrustedIssuer& issuer,
                std::initializer_list<std::string_view> claims) {
    std::string names;
    for (const auto claim : claims) {
        names += (names.empty() ? "" : ", ") + std::string(claim);
        const auto* test = find_test(issuer, claim);
        if (test == nullptr) continue;
        if (std::ranges::any_of(test->patterns, [](const auto& p) { return p.contains('*'); }))
            node.at("require").fault(std::string(claim) + " must be a whole value, not a pattern");
        return;
    }
    node.fault("any account of this product could come: nothing pins whose tokens these are",
               "add require with one of " + names);
}

void apply_google(const Node& node, TrustedIssuer& issuer) {
    set_if_empty(issuer.issuers, {"https://accounts.google.com", "accounts.google.com"});
    set_if_empty(issuer.algorithms, {"RS256"});
    if (!has_keys(node)) issuer.keys.jwks_url = "https://www.googleapis.com/oauth2/v3/certs";
    if (issuer.token_types.empty()) issuer.token_types = {TokenType::kIdToken, TokenType::kJwt};
    demand_audience(node, "CLIENT-ID.apps.googleusercontent.com");
}

// The tenant's id is in the issuer and in `tid`; `oid` is the same for all applications of a
// tenant, where `sub` is another one for each. An application that did not ask for version 2 of
// access tokens is sent version 1, which has another issuer and the same keys.
void apply_entra(const Node& node, TrustedIssuer& issuer) {
    const auto& tenant = issuer.tenant;
    const bool is_id = tenant.size() == 36 && std::ranges::count(tenant, '-') == 4;
    if (!is_id) {
        (node.has("tenant") ? node.at("tenant") : node)
            .fault("preset entra needs the id of a tenant; names can change hands",
                   "add tenant: 00000000-0000-0000-0000-000000000000");
        return;
    }
    const auto base = "https://login.microsoftonline.com/" + tenant;
    set_if_empty(issuer.issuers, {base + "/v2.0", "https://sts.windows.net/" + tenant + "/"});
    set_if_empty(issuer.algorithms, {"RS256"});
    if (!has_keys(node)) issuer.keys.jwks_url = base + "/discovery/v2.0/keys";
    if (find_test(issuer, "tid") == nullptr)
        issuer.require.push_back({.claim = "tid", .patterns = {tenant}});
    if (issuer.binding.subject_claim.empty()) issuer.binding.subject_claim = "oid";
    demand_audience(node, "api://OUR-APPLICATION-ID");
}

void apply_github(const Node& node, TrustedIssuer& issuer) {
    set_if_empty(issuer.issuers, {"https://token.actions.githubusercontent.com"});
    set_if_empty(issuer.algorithms, {"RS256"});
    if (!has_keys(node) && !issuer.issuers.empty())
        issuer.keys.jwks_url = issuer.issuers.front() + "/.well-known/jwks";
    if (issuer.token_types.empty()) issuer.token_types = {TokenType::kIdToken, TokenType::kJwt};
    demand_audience(node, "self");
    for (const auto& audience : issuer.audience)
        if (audience.starts_with("https://github.com/"))
            node.at("audience")
                .fault("is what every job of that owner gets without asking",
                       "let the job ask for an audience of its own");
    demand_pin(node, issuer, {"repository_id", "repository_owner_id"});
    if (!tests_one_of(issuer, {"ref", "environment", "job_workflow_ref", "event_name", "sub"}))
        node.fault("a pull request of a stranger runs in the same repository",
                   "demand ref, environment, job_workflow_ref, event_name or sub as well");
}

void apply_gitlab(const Node& node, TrustedIssuer& issuer) {
    set_if_empty(issuer.issuers, {"https://gitlab.com"});
    set_if_empty(issuer.algorithms, {"RS256"});
    if (!has_keys(node) && !issuer.issuers.empty())
        issuer.keys.jwks_url = issuer.issuers.front() + "/oauth/discovery/keys";
    if (issuer.token_types.empty()) issuer.token_types = {TokenType::kIdToken, TokenType::kJwt};
    demand_audience(node, "self");
    demand_pin(node, issuer, {"project_id", "namespace_id"});
    if (!tests_one_of(issuer, {"ref", "ref_protected", "environment", "environment_protected",
                               "ci_config_ref_uri", "sub"}))
        node.fault("any branch of the project could come",
                   "demand ref_protected, ref, environment, ci_config_ref_uri or sub as well");
}

// The account's uid is another one when it is made anew under the same name. Tokens that are not
// bound to a pod (of a Secret) have no audience and no end, and lack these claims.
void apply_kubernetes(const Node& node, TrustedIssuer& issuer) {
    if (issuer.token_types.empty()) issuer.token_types = {TokenType::kJwt, TokenType::kAccessToken};
    if (issuer.binding.subject_claim.empty())
        issuer.binding.subject_claim = "kubernetes\\.io.serviceaccount.uid";
    demand_audience(node, "self");
    if (!issuer.uses.client && !tests_one_of(issuer, {"sub", "kubernetes\\.io.namespace",
                                                      "kubernetes\\.io.serviceaccount.name",
                                                      "kubernetes\\.io.serviceaccount.uid"}))
        node.fault("any pod of the cluster could come",
                   "add require: { sub: system:serviceaccount:NAMESPACE:NAME }");
}

void apply_keycloak(const Node& node, TrustedIssuer& issuer) {
    if (!has_keys(node) && !issuer.issuers.empty())
        issuer.keys.jwks_url = issuer.issuers.front() + "/protocol/openid-connect/certs";
}

bool is_trust_domain(std::string_view text) {
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

void apply_spiffe(const Node& node, TrustedIssuer& issuer) {
    const auto domain = node.text("trustDomain");
    if (!is_trust_domain(domain))
        (node.has("trustDomain") ? node.at("trustDomain") : node)
            .fault("preset spiffe needs a trust domain", "add trustDomain: example.org");
    if (node.has("issuer"))
        node.at("issuer").fault("a SPIFFE ID names its trust domain in sub; iss is not looked at",
                                "remove it");
    issuer.issuers = {"spiffe://" + domain};
    set_if_empty(issuer.algorithms,
                 {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"});
    if (std::ranges::find(issuer.algorithms, "EdDSA") != issuer.algorithms.end())
        node.at("algorithms").fault("a JWT-SVID is never signed with EdDSA");
    if (!has_keys(node))
        node.fault("does not say where the bundle of the trust domain is",
                   "add keys: { jwksUrl: https://... }");
    if (issuer.token_types.empty()) issuer.token_types = {TokenType::kJwt};
}

// What the tokens of these products say (their documentation), beside the registered claims. They
// may come to say more, so that a name which is none of them is a risk and no fault.
constexpr std::string_view kGithubClaims =
    "actor actor_id base_ref check_run_id enterprise enterprise_id environment "
    "environment_node_id event_name head_ref issuer_scope job_workflow_ref job_workflow_sha "
    "ref ref_protected ref_type repository repository_id repository_owner "
    "repository_owner_id repository_visibility run_attempt run_id run_number "
    "runner_environment sha workflow workflow_ref workflow_sha";
constexpr std::string_view kGitlabClaims =
    "ci_config_ref_uri ci_config_sha deployment_tier environment environment_action "
    "environment_protected groups_direct job_id job_namespace_id job_namespace_path "
    "job_project_id job_project_path job_source namespace_id namespace_path pipeline_id "
    "pipeline_source project_id project_path project_visibility ref ref_path ref_protected "
    "ref_type runner_environment runner_id sha user_access_level user_email user_id "
    "user_identities user_login";

std::vector<std::string_view> published_claims(IssuerPreset preset) {
    std::string_view rest = preset == IssuerPreset::kGithubActions ? kGithubClaims
                            : preset == IssuerPreset::kGitlab      ? kGitlabClaims
                                                                   : std::string_view();
    std::vector<std::string_view> names;
    while (!rest.empty()) {
        const auto end = std::min(rest.find(' '), rest.size());
        names.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return names;
}

constexpr std::array kRegistered{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};

// An organization may add claims of its own to GitHub's tokens, by its custom properties.
void check_claim_names(const Node& node, const TrustedIssuer& issuer) {
    const auto known = published_claims(issuer.preset);
    if (known.empty()) return;
    for (const auto& test : issuer.require) {
        const std::string_view claim = test.claim;
        if (std::ranges::find(known, claim) != known.end() ||
            std::ranges::find(kRegistered, claim) != kRegistered.end() ||
            claim.starts_with("repo_property_"))
            continue;
        const auto near = nearest(claim, known);
        node.at("require").risk("tokens of preset " + std::string(name_of(issuer.preset)) +
                                " are not known to have the claim " + quoted(test.claim) +
                                (near ? "; did you mean " + quoted(*near) + "?" : ""));
    }
}

void apply_product(const Node& node, TrustedIssuer& issuer) {
    switch (issuer.preset) {
        case IssuerPreset::kNone:
            return;
        case IssuerPreset::kGoogle:
            return apply_google(node, issuer);
        case IssuerPreset::kEntra:
            return apply_entra(node, issuer);
        case IssuerPreset::kGithubActions:
            return apply_github(node, issuer);
        case IssuerPreset::kGitlab:
            return apply_gitlab(node, issuer);
        case IssuerPreset::kKubernetes:
            return apply_kubernetes(node, issuer);
        case IssuerPreset::kKeycloak:
            return apply_keycloak(node, issuer);
        case IssuerPreset::kSpiffe:
            return apply_spiffe(node, issuer);
    }
}

bool is_provider(const TrustedIssuer& issuer) {
    return issuer.source.starts_with("identityProviders");
}

bool has_users(const TrustedIssuer& issuer) {
    return issuer.enabled && (issuer.binding.kind == BindingKind::kCreate ||
                              issuer.binding.kind == BindingKind::kMatch ||
                              issuer.binding.kind == BindingKind::kLink);
}

// Links stand under an entry's alias: by the other entry the same person is somebody else.
void report_shared(const Node& node, const TrustedIssuer& first, const TrustedIssuer& second) {
    if (!has_users(first) || !has_users(second)) return;
    node.risk("issuers " + quoted(first.alias) + " and " + quoted(second.alias) +
              " share a value of iss, and each has users and links of its own: whoever came by one "
              "is unknown to the other");
}

}  // namespace

void apply_preset(const Node& node, TrustedIssuer& issuer) {
    apply_product(node, issuer);
    check_claim_names(node, issuer);
}

void check_issuer_overlap(const Node& realm, const Realm& out) {
    const auto share = [](const auto& a, const auto& b) {
        return std::ranges::any_of(
            a, [&](const auto& one) { return std::ranges::find(b, one) != b.end(); });
    };
    const auto overlap = [&](const TrustedIssuer& a, const TrustedIssuer& b) {
        const bool by_use = (a.uses.subject && b.uses.subject) || (a.uses.actor && b.uses.actor) ||
                            (a.uses.grant && b.uses.grant) || (a.uses.client && b.uses.client);
        const bool by_client =
            a.clients.empty() || b.clients.empty() || share(a.clients, b.clients);
        return a.enabled && b.enabled && by_use && by_client && share(a.issuers, b.issuers) &&
               share(a.token_types, b.token_types);
    };
    const auto place_of = [&](const TrustedIssuer& issuer) {
        for (const auto* list : {"trustedIssuers", "identityProviders"})
            for (const auto& node : realm.list(list))
                if (node.path() == issuer.source) return node;
        return realm;
    };
    for (std::size_t i = 0; i < out.issuers.size(); ++i) {
        for (std::size_t j = i + 1; j < out.issuers.size(); ++j) {
            const auto& first = *out.issuers[i];
            const auto& second = *out.issuers[j];
            if (share(first.issuers, second.issuers))
                report_shared(place_of(second), first, second);
            if (!overlap(first, second)) continue;
            // Keycloak allows it; who presents a token says which is meant.
            if (is_provider(first) && is_provider(second)) {
                place_of(second).note("identity provider " + quoted(second.alias) +
                                      " speaks for the same issuer as " + quoted(first.alias) +
                                      ": requests must name one by subject_issuer");
                continue;
            }
            place_of(second).fault("speaks for the same issuer as " + quoted(first.alias) +
                                       ", and a token must have one meaning",
                                   "give them different token types, uses or clients");
        }
    }
}

}  // namespace cambist::representation
