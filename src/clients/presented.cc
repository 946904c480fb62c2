// SPDX-License-Identifier: Apache-2.0
#include "clients/presented.h"

#include "base/base64url.h"
#include "base/text.h"
#include "jose/jws.h"

namespace cambist::clients {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view kSpiffeType = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";
constexpr std::string_view kSpiffe = "spiffe://";

std::string text_at(const json::Value& claims, std::string_view name) {
    const auto* text = claims.find_string(name);
    return text == nullptr ? std::string() : *text;
}

// RFC 7617 with RFC 6749 section 2.3.1: base64 of form-encoded id ":" form-encoded secret.
Result<Presented> parse_basic(std::string_view authorization) {
    const auto space = authorization.find(' ');
    const auto scheme = to_lower_ascii(authorization.substr(0, space));
    if (scheme != "basic" || space == std::string_view::npos)
        return fail(ErrorCode::kAuthorizationHeaderMalformed,
                    "the token endpoint understands the Basic scheme only");
    const auto decoded = base64_decode(trim(authorization.substr(space)));
    const auto colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return fail(ErrorCode::kAuthorizationHeaderMalformed,
                    "expected base64 of client_id:client_secret, each form-encoded");
    const std::string_view pair = *decoded;
    const auto id = form_decode(pair.substr(0, colon));
    const auto secret = form_decode(pair.substr(colon + 1));
    if (!id || !secret || id->empty())
        return fail(ErrorCode::kAuthorizationHeaderMalformed,
                    "client_id and client_secret must be form-encoded (RFC 6749 section 2.3.1)");
    return Presented{ClientId(*id), ClientAuthMethod::kClientSecretBasic, Secret(*secret), {}};
}

Result<Presented> parse_assertion(const Form& form) {
    const auto type = form.find("client_assertion_type");
    const auto assertion = form.find("client_assertion");
    if (!type || !assertion)
        return fail(ErrorCode::kUnpairedParameter,
                    "client_assertion and client_assertion_type must come together");
    if (*type != kAssertionType && *type != kSpiffeType)
        return fail(ErrorCode::kClientAssertionInvalid,
                    "client_assertion_type must be " + std::string(kAssertionType));
    const auto peeked = jose::peek_compact(*assertion);
    if (!peeked)
        return fail(ErrorCode::kClientAssertionInvalid, "the client_assertion is no JWT",
                    peeked.error().describe());
    const auto* subject = peeked->claims.find_string("sub");
    if (subject == nullptr || subject->empty())
        return fail(ErrorCode::kClientAssertionInvalid, "the client_assertion has no sub claim");
    // RFC 7523 section 3: of a client's own assertion iss is the client.
    const auto issuer = text_at(peeked->claims, "iss");
    const bool is_svid = subject->starts_with(kSpiffe);
    if (is_svid || (!issuer.empty() && issuer != *subject)) {
        Presented foreign{ClientId(std::string(form.find("client_id").value_or(""))),
                          ClientAuthMethod::kPrivateKeyJwt,
                          {},
                          std::string(*assertion)};
        foreign.is_foreign = true;
        foreign.foreign_issuer = issuer;
        foreign.foreign_subject = *subject;
        return foreign;
    }
    if (*type == kSpiffeType)
        return fail(ErrorCode::kClientAssertionInvalid, "sub is no SPIFFE ID");
    // Which of both it is meant to be; the client's registration decides whether it may be that.
    const bool by_secret = peeked->header.alg.starts_with("HS");
    return Presented{
        ClientId(*subject),
        by_secret ? ClientAuthMethod::kClientSecretJwt : ClientAuthMethod::kPrivateKeyJwt,
        {},
        std::string(*assertion)};
}

}  // namespace

Result<Presented> parse_presented(const Form& form, const Caller& caller) {
    const bool by_header = !caller.authorization.empty();
    const bool by_form = form.has("client_secret");
    const bool by_assertion = form.has("client_assertion") || form.has("client_assertion_type");
    if (by_header + by_form + by_assertion > 1)
        return fail(ErrorCode::kClientAuthenticatedTwice,
                    "send one of: Authorization header, client_secret, client_assertion");
    const auto client_id = form.find("client_id");
    auto presented = [&]() -> Result<Presented> {
        if (by_header) return parse_basic(caller.authorization);
        if (by_assertion) return parse_assertion(form);
        if (!client_id)
            return fail(ErrorCode::kClientCredentialsMissing,
                        "send client_id with client_secret, an Authorization header, or a "
                        "client_assertion");
        const ClientId id(*client_id);
        if (by_form)
            return Presented{
                id, ClientAuthMethod::kClientSecretPost, Secret(*form.find("client_secret")), {}};
        return Presented{id, ClientAuthMethod::kNone, {}, {}};
    }();
    if (presented && client_id && *client_id != presented->client_id.text())
        return fail(ErrorCode::kClientIdMismatch,
                    "client_id and the credentials must name the same client");
    return presented;
}

std::optional<ClientId> named_client(const Form& form, const Caller& caller) {
    const auto presented = parse_presented(form, caller);
    if (presented && !presented->client_id.text().empty()) return presented->client_id;
    if (const auto id = form.find("client_id")) return ClientId(*id);
    return std::nullopt;
}

}  // namespace cambist::clients
