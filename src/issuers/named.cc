// SPDX-License-Identifier: Apache-2.0
#include "issuers/named.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "model/issuer.h"

namespace cambist::issuers {
namespace {

constexpr std::size_t kMostCompared = 100;

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

}  // namespace

bool is_called(const TrustedIssuer& issuer, std::string_view name) {
    return issuer.alias == name || std::ranges::find(issuer.issuers, name) != issuer.issuers.end();
}

std::string nearest_issuer(const Realm& realm, std::string_view named) {
    if (realm.issuers.size() > kMostCompared) return {};
    std::vector<std::string_view> known;
    for (const auto& issuer : realm.issuers) {
        known.emplace_back(issuer->alias);
        known.insert(known.end(), issuer->issuers.begin(), issuer->issuers.end());
    }
    const auto near = nearest(named, known);
    if (!near) return "none of the " + std::to_string(realm.issuers.size()) + " trusted is near";
    return "the nearest that is trusted is " + quoted(*near);
}

Status check_named(const Realm& realm, std::string_view named) {
    if (realm.find_issuer(named) != nullptr || !realm.issuers_of(named).empty()) return {};
    if (realm.issuers.empty())
        return fail(ErrorCode::kIssuerUnknown, "subject_issuer is " + quoted(named) +
                                                   ", and this realm trusts no issuer but itself");
    const auto near = nearest_issuer(realm, named);
    return fail(ErrorCode::kIssuerUnknown, "no trusted issuer has the alias or iss " +
                                               quoted(named) + " that subject_issuer names" +
                                               (near.empty() ? "" : "; " + near));
}

}  // namespace cambist::issuers
