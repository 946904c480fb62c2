// SPDX-License-Identifier: Apache-2.0
#include "policy/subject_types.h"

#include "base/text.h"

namespace cambist::policy {
namespace {

constexpr TokenType kLast = TokenType::kCustom;
static_assert(static_cast<unsigned>(kLast) < 32);

std::uint32_t bit_of(TokenType type) { return 1U << static_cast<unsigned>(type); }

std::uint32_t types_in(const Rule& rule) {
    if (!rule.subject || rule.subject->token_types.empty()) return bit_of(TokenType::kAccessToken);
    std::uint32_t types = 0;
    for (const TokenType type : rule.subject->token_types) types |= bit_of(type);
    return types;
}

std::string names_in(std::uint32_t types) {
    std::vector<std::string> names;
    for (unsigned one = 0; one <= static_cast<unsigned>(kLast); ++one)
        if (const auto type = static_cast<TokenType>(one); (types & bit_of(type)) != 0)
            names.emplace_back(short_name_of(type));
    return join(names, ", ");
}

}  // namespace

SubjectTypes::SubjectTypes(const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
        if (rule.effect != Effect::kPermit) continue;
        const auto types = types_in(rule);
        if (!rule.requester || rule.requester->clients.empty()) {
            open_ |= types;
            continue;
        }
        for (const auto& client : rule.requester->clients) named_[client] |= types;
    }
}

Status SubjectTypes::check(const Client& requester, TokenType declared) const {
    const auto found = named_.find(requester.client_id.text());
    const auto taken = open_ | (found == named_.end() ? 0U : found->second);
    if ((taken & bit_of(declared)) != 0) return {};
    return fail(ErrorCode::kSubjectTypeNotAllowed,
                "The subject token was declared as '" + std::string(short_name_of(declared)) +
                    "', and the rules for '" + requester.client_id.text() + "' take " +
                    names_in(taken) + ". It was not looked at.");
}

}  // namespace cambist::policy
