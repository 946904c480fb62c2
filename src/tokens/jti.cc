// SPDX-License-Identifier: Apache-2.0
#include "tokens/jti.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "claims/claims.h"

namespace cambist::tokens {
namespace {

constexpr std::size_t kPrefix = 6;

using Words = std::pair<std::string_view, std::string_view>;
constexpr std::array<Words, 6> kSessions{{{"on", "online session"},
                                          {"of", "offline session"},
                                          {"tr", "no session"},
                                          {"nt", "transient in an online session"},
                                          {"ft", "transient in an offline session"},
                                          {"un", "unknown session"}}};
constexpr std::array<Words, 3> kTokens{
    {{"rt", "regular"}, {"lt", "lightweight"}, {"mt", "minimal claims"}}};
constexpr std::array<Words, 9> kGrants{{{"ac", "authorization code"},
                                        {"cc", "client credentials"},
                                        {"ro", "password"},
                                        {"rt", "refresh"},
                                        {"te", "token exchange"},
                                        {"ag", "JWT grant"},
                                        {"dc", "device code"},
                                        {"ci", "CIBA"},
                                        {"na", "unknown grant"}}};

std::string_view words_of(std::span<const Words> table, std::string_view letters) {
    const auto found = std::ranges::find(table, letters, &Words::first);
    return found == table.end() ? std::string_view() : found->second;
}

std::string_view letters_of(GrantType grant) {
    switch (grant) {
        case GrantType::kTokenExchange:
            return "te";
        case GrantType::kClientCredentials:
            return "cc";
        case GrantType::kRefreshToken:
            return "rt";
        case GrantType::kPassword:
            return "ro";
        case GrantType::kJwtBearer:
        case GrantType::kSaml2Bearer:
            return "ag";
    }
    return "na";
}

std::string_view session_letters(const PlanFacts& plan, const Parties& parties) {
    if (!parties.session) return "tr";
    if (parties.session->offline) return plan.transient_session ? "ft" : "of";
    return plan.transient_session ? "nt" : "on";
}

std::string_view prefix_of(std::string_view jti) {
    return jti.find(':') == kPrefix ? jti.substr(0, kPrefix) : std::string_view();
}

}  // namespace

bool is_lightweight(const realms::Snapshot& realm, const PlanFacts& plan) {
    return plan.claims == ClaimsKind::kFull && realm.claims->is_lightweight(*plan.holder);
}

std::string jti_prefix(const realms::Snapshot& realm, const PlanFacts& plan,
                       const Parties& parties) {
    std::string prefix(session_letters(plan, parties));
    prefix += plan.claims != ClaimsKind::kFull ? "mt" : is_lightweight(realm, plan) ? "lt" : "rt";
    prefix += letters_of(plan.grant);
    return prefix;
}

JtiToken token_of_jti(std::string_view jti) {
    const auto prefix = prefix_of(jti);
    if (prefix.empty()) return JtiToken::kUnknown;
    const auto letters = prefix.substr(2, 2);
    if (letters == "rt") return JtiToken::kRegular;
    if (letters == "lt") return JtiToken::kLightweight;
    return letters == "mt" ? JtiToken::kMinimal : JtiToken::kUnknown;
}

bool is_exchanged(std::string_view jti) {
    const auto prefix = prefix_of(jti);
    return !prefix.empty() && prefix.substr(4, 2) == letters_of(GrantType::kTokenExchange);
}

std::string explain_jti(std::string_view jti) {
    const auto prefix = prefix_of(jti);
    if (prefix.empty()) return {};
    const auto grant = words_of(kGrants, prefix.substr(4, 2));
    const auto session = words_of(kSessions, prefix.substr(0, 2));
    const auto token = words_of(kTokens, prefix.substr(2, 2));
    if (grant.empty() || session.empty() || token.empty()) return {};
    return std::string(grant) + ", " + std::string(session) + ", " + std::string(token);
}

}  // namespace cambist::tokens
