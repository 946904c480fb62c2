// SPDX-License-Identifier: Apache-2.0
#include "tokens/login_claims.h"

#include <algorithm>

namespace cambist::tokens {

std::int64_t auth_time_of(const Parties& parties) {
    if (parties.subject_token) return parties.subject_token->auth_time;
    return parties.family ? parties.family->auth_time : 0;
}

std::string_view acr_of(const Parties& parties) {
    return parties.subject_token ? std::string_view(parties.subject_token->acr)
                                 : std::string_view();
}

void write_authentication(const Parties& parties, json::Writer& out) {
    const auto* session = session_of(parties);
    auto auth_time = auth_time_of(parties);
    std::string_view acr = acr_of(parties);
    if (auth_time == 0 && session != nullptr) auth_time = session->started;
    if (acr.empty() && session != nullptr) acr = session->acr;
    if (auth_time != 0) out.member("auth_time", auth_time);
    if (!acr.empty()) out.member("acr", acr);
}

void write_stated_methods(const Parties& parties, json::Writer& out) {
    constexpr std::string_view kStated = "amr:";
    const auto* session = session_of(parties);
    if (session == nullptr || !session->auth_method.starts_with(kStated)) return;
    out.key("amr").begin_array();
    std::string_view rest = std::string_view(session->auth_method).substr(kStated.size());
    while (!rest.empty()) {
        const auto end = std::min(rest.find(' '), rest.size());
        out.string(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    out.end_array();
}

}  // namespace cambist::tokens
