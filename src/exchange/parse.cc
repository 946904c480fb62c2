// SPDX-License-Identifier: Apache-2.0
#include "exchange/parse.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/base64url.h"
#include "base/text.h"
#include "exchange/parameters.h"

namespace cambist::exchange {
namespace {

constexpr std::size_t kMaxParameterBytes = 4096;
constexpr std::size_t kMaxTokenBytes = 16UL * 1024;
constexpr std::size_t kMaxSamlBytes = 48UL * 1024;
constexpr std::size_t kMaxNoteBytes = 512;  // kept in the audit trail
constexpr std::size_t kMaxScopes = 100;
constexpr std::size_t kMaxTargets = 64;  // the realm's own bound is lower

std::unexpected<Error> missing(std::string_view name) {
    return std::unexpected(Error{
        ErrorCode::kMissingParameter, "Missing parameter: " + std::string(name) + ".", {}, {}});
}

// The body's media type is compared without parameters and case (RFC 9110 section 8.3.1).
Status check_content_type(std::string_view content_type) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    if (to_lower_ascii(type) == "application/x-www-form-urlencoded") return {};
    return fail(ErrorCode::kContentTypeWrong, "got '" + printable(type) + "'");
}

Result<GrantType> parse_grant_type(const Form& form) {
    const auto value = form.find("grant_type");
    if (!value) return missing("grant_type");
    const auto grant = find_grant_type(*value);
    if (grant) return *grant;
    std::vector<std::string_view> names;
    for (const auto type :
         {GrantType::kTokenExchange, GrantType::kClientCredentials, GrantType::kRefreshToken,
          GrantType::kPassword, GrantType::kJwtBearer, GrantType::kSaml2Bearer})
        names.push_back(name_of(type));
    const auto near = nearest(*value, names);
    Error error{ErrorCode::kGrantTypeUnsupported, {}, "got '" + printable(*value) + "'", {}};
    // Our own word, so that it may be shown before anybody has said who he is.
    if (near)
        error.safe = "This grant type is not supported. Did you mean " + std::string(*near) + "?";
    return std::unexpected(std::move(error));
}

std::unexpected<Error> not_served(std::string_view name, const grants::Grant& grant) {
    return std::unexpected(
        Error{ErrorCode::kParameterNotSupported,
              "Parameter " + std::string(name) + " can not be honoured for grant type " +
                  std::string(name_of(grant.type())) + ", so the request is refused.",
              {},
              {}});
}

bool holds_a_token(std::string_view name) {
    return name.ends_with("_token") || name == "client_assertion" || name == "assertion";
}

// An assertion of SAML is XML with a signature and a certificate in it, and then base64url.
bool holds_saml(const Form& form, std::string_view name) {
    if (name == "assertion") return form.find("grant_type") == name_of(GrantType::kSaml2Bearer);
    return name == "subject_token" && form.find("subject_token_type") == urn_of(TokenType::kSaml2);
}

Status check_lengths(const Form& form) {
    for (const auto& [name, value] : form.fields()) {
        const bool is_note = name == "reason" || name == "ticket";
        const auto limit = holds_saml(form, name) ? kMaxSamlBytes
                           : holds_a_token(name)  ? kMaxTokenBytes
                           : is_note              ? kMaxNoteBytes
                                                  : kMaxParameterBytes;
        if (value.size() > limit)
            return fail(name == "subject_token" ? ErrorCode::kSubjectTokenTooLong
                                                : ErrorCode::kParameterTooLong,
                        "parameter '" + printable(name, 60) + "' is longer than " +
                            std::to_string(limit) + " bytes");
    }
    return {};
}

Status check_names(const Form& form, const grants::Grant& grant, ErrorDialect dialect) {
    const auto repeatable = grant.repeatable();
    if (const auto repeated = form.find_repeated(repeatable))
        return fail(ErrorCode::kDuplicateParameter,
                    "parameter '" + printable(*repeated, 60) + "' occurs more than once");
    // RFC 8693 section 2.1: an actor token and its type are sent together or not at all.
    if (form.has("actor_token") != form.has("actor_token_type"))
        return fail(ErrorCode::kUnpairedParameter,
                    "actor_token and actor_token_type must come together");
    for (const auto name : grant.refused())
        if (form.has(name)) return not_served(name, grant);
    for (const auto& [name, value] : form.fields()) {
        const auto* owned = find_owned(name);
        // Without a value it asks for nothing (RFC 6749 section 3.2); known clients send all names
        // that they have with every grant.
        if (owned == nullptr || owned->grant == grant.type() || value.empty()) continue;
        // Both grants of RFC 7521 section 4.1 have it.
        const bool is_assertion = name == "assertion" && grant.type() == GrantType::kSaml2Bearer;
        const bool is_left = owned->ignored_by_keycloak && dialect == ErrorDialect::kKeycloak;
        if (!is_assertion && !is_left) return not_served(owned->name, grant);
    }
    return {};
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end > 0) words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

constexpr std::array<std::string_view, 6> kOfHandOffs{
    "code_challenge", "code_challenge_method", "origin", "redirect_uri", "acr", "amr"};

// RFC 7636 with S256 alone: a challenge that is the verifier protects nothing.
Result<HandOffTerms> parse_hand_off(const Form& form) {
    constexpr std::size_t kChallengeBytes = 43;
    HandOffTerms terms;
    terms.challenge = form.find("code_challenge").value_or("");
    if (terms.challenge.empty()) return missing("code_challenge");
    if (form.find("code_challenge_method").value_or("") != "S256")
        return fail(ErrorCode::kHandOffTerms, "code_challenge_method must be S256");
    if (terms.challenge.size() != kChallengeBytes || !base64url_decode(terms.challenge))
        return fail(ErrorCode::kHandOffTerms,
                    "code_challenge is no base64url of a SHA-256 (43 characters)");
    terms.origin = form.find("origin").value_or("");
    terms.redirect_uri = form.find("redirect_uri").value_or("");
    terms.acr = form.find("acr").value_or("");
    terms.amr = words_of(form.find("amr").value_or(""));
    return terms;
}

// Where no hand-off is made they would ask for something and be ignored; redirect_uri is sent with
// a hand-off that is redeemed, too.
Status check_hand_off_parameters(const Form& form) {
    const bool redeems =
        find_token_type(form.find("subject_token_type").value_or("")) == TokenType::kHandOff;
    for (const auto name : kOfHandOffs) {
        if (form.has(name) && !(redeems && name == "redirect_uri"))
            return fail(ErrorCode::kParameterNotSupported,
                        std::string(name) + " is for requested_token_type=" +
                            std::string(urn_of(TokenType::kHandOff)) + " only");
    }
    if (form.has("code_verifier") && !redeems)
        return fail(ErrorCode::kParameterNotSupported,
                    "code_verifier is for redeeming a hand-off only");
    return {};
}

Result<Wanted> parse_wanted(const Form& form, GrantType grant) {
    Wanted wanted;
    for (const auto value : form.all("audience")) wanted.audiences.emplace_back(value);
    for (const auto value : form.all("resource")) {
        if (!is_resource_uri(value))
            return fail(ErrorCode::kResourceMalformed, "got '" + printable(value) + "'");
        wanted.resources.emplace_back(value);
    }
    if (wanted.audiences.size() + wanted.resources.size() > kMaxTargets)
        return fail(ErrorCode::kTooManyTargets,
                    "at most " + std::to_string(kMaxTargets) + " targets in one request");
    if (const auto scope = form.find("scope")) {
        auto scopes = parse_scope(*scope);
        if (!scopes || scopes->size() > kMaxScopes)
            return fail(ErrorCode::kScopeMalformed,
                        "scopes are separated by one space (RFC 6749 section 3.3), at most " +
                            std::to_string(kMaxScopes));
        wanted.scopes = *std::move(scopes);
        wanted.has_scope = true;
    }
    // Without it another token would come of the exchange; other grants have no such parameter.
    if (grant == GrantType::kTokenExchange && form.has_empty("organization"))
        return fail(ErrorCode::kMissingParameter, "organization was sent without a value");
    wanted.organization = form.find("organization").value_or("");
    // It becomes a part of the scope.
    if (const auto words = parse_scope(wanted.organization);
        !wanted.organization.empty() && (!words || words->size() != 1))
        return fail(ErrorCode::kOrganizationUnknown,
                    "no organization has the alias '" + printable(wanted.organization) + "'");
    wanted.requested_subject = form.find("requested_subject").value_or("");
    wanted.reason = form.find("reason").value_or("");
    wanted.ticket = form.find("ticket").value_or("");
    if (const auto type = form.find("requested_token_type")) {
        wanted.token_type = find_token_type(*type);
        if (!wanted.token_type)
            return fail(ErrorCode::kRequestedTypeUnsupported, "got '" + printable(*type) + "'");
    }
    if (wanted.token_type == TokenType::kHandOff) {
        CAMBIST_TRY(wanted.hand_off, parse_hand_off(form));
    } else if (form.find("grant_type") == name_of(GrantType::kTokenExchange)) {
        CAMBIST_CHECK(check_hand_off_parameters(form));
    }
    // The same target twice asks for nothing more.
    for (auto* list : {&wanted.audiences, &wanted.resources}) {
        std::vector<std::string> once;
        for (auto& value : *list)
            if (std::ranges::find(once, value) == once.end()) once.push_back(std::move(value));
        *list = std::move(once);
    }
    return wanted;
}

}  // namespace

Result<TokenRequest> parse_token_request(const Incoming& incoming, const grants::Grants& grants,
                                         ErrorDialect dialect) {
    CAMBIST_CHECK(check_content_type(incoming.content_type));
    CAMBIST_TRY(auto form, Form::parse(incoming.body));
    CAMBIST_TRY(const auto type, parse_grant_type(form));
    const auto* grant = grants.find(type);
    if (grant == nullptr) return fail(ErrorCode::kGrantTypeUnsupported, std::string(name_of(type)));
    CAMBIST_CHECK(check_lengths(form));
    CAMBIST_CHECK(check_names(form, *grant, dialect));
    CAMBIST_TRY(auto wanted, parse_wanted(form, type));
    return TokenRequest{incoming.trace,  incoming.at,     type,
                        std::move(form), incoming.caller, std::move(wanted)};
}

}  // namespace cambist::exchange
