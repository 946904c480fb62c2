// SPDX-License-Identifier: Apache-2.0
#include "endpoints/named.h"

#include "base/text.h"
#include "model/form.h"
#include "realms/bringing.h"

namespace cambist::endpoints {
namespace {

using Names = std::vector<std::string_view>;

// What each grant needs, in the order in which Keycloak looks.
Names required_by(std::optional<GrantType> grant) {
    if (!grant) return {"grant_type"};
    switch (*grant) {
        case GrantType::kTokenExchange:
            return {"subject_token", "subject_token_type"};
        case GrantType::kRefreshToken:
            return {"refresh_token"};
        case GrantType::kPassword:
            return {"username", "password"};
        case GrantType::kJwtBearer:
        case GrantType::kSaml2Bearer:
            return {"assertion"};
        default:
            return {};
    }
}

std::string first_missing(const Form& form, const Names& names) {
    for (const auto name : names)
        if (!form.has(name)) return std::string(name);
    return {};
}

// Keycloak's standard exchange declines the first two, in this order; the rest only we refuse.
std::string first_unsupported(const Form& form) {
    for (const std::string_view name :
         {"requested_issuer", "subject_issuer", "authorization_details", "refresh_token",
          "username", "password", "code", "code_verifier", "assertion", "device_code",
          "auth_req_id"})
        if (form.has(name) || form.has_empty(name)) return std::string(name);
    return {};
}

}  // namespace

Named named_in(std::string_view body, const exchange::Walk& walk) {
    Named named;
    if (walk.realm == nullptr || walk.realm->realm->error_dialect != ErrorDialect::kKeycloak)
        return named;
    const auto form = Form::parse(body);
    if (!form) return named;
    const auto grant = find_grant_type(form->find("grant_type").value_or(""));
    named.missing = first_missing(*form, required_by(grant));
    if (grant == GrantType::kTokenExchange) {
        named.unsupported = first_unsupported(*form);
        named.switches = form->has("requested_subject");
        // Keycloak's legacy exchange of tokens of an identity provider has texts of its own.
        named.brings_legacy = realms::names_legacy_issuer(
            *walk.realm->realm, form->find("subject_issuer").value_or(""));
        if (form->has("subject_issuer"))
            named.subject_issuer = walk.realm->realm->issuers.empty()
                                       ? Named::SubjectIssuer::kSentInVain
                                       : Named::SubjectIssuer::kSent;
    }
    named.scopes = form->find("scope").value_or("");
    named.targets = join(walk.refused_targets, ",");
    named.client = walk.unconsented.empty() ? walk.record.client : walk.unconsented;
    named.is_holder = walk.record.client == walk.record.subject_client;
    named.is_bound_by_dpop = walk.is_bound_by_dpop;
    named.subject_token_type = form->find("subject_token_type").value_or("");
    named.grant = form->find("grant_type").value_or("");
    return named;
}

}  // namespace cambist::endpoints
