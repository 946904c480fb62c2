// SPDX-License-Identifier: Apache-2.0
#include "identity/requested.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace cambist::identity {
namespace {

constexpr std::size_t kMaxBytes = 255;

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

Identities::Found by_email(const Identities& identities, const Realm& realm,
                           std::string_view email) {
    CAMBIST_TRY(const auto found, identities.find_by_email(realm, email));
    if (found.size() > 1)
        return fail(ErrorCode::kRequestedSubjectAmbiguous,
                    std::to_string(found.size()) + " users have the e-mail address " +
                        quoted(email) + "; send username: or id:");
    return found.empty() ? nullptr : found.front();
}

// Support staff know the name, programs the id. Who is called as another is numbered is neither.
Identities::Found by_name_or_id(const Identities& identities, const Realm& realm,
                                std::int64_t realm_version, std::string_view value) {
    CAMBIST_TRY(auto by_name, identities.find_by_username(realm, value));
    CAMBIST_TRY(auto by_id, identities.find(realm, realm_version, UserId(std::string(value))));
    if (by_name != nullptr && by_id != nullptr && by_name->user->id != by_id->user->id)
        return fail(ErrorCode::kRequestedSubjectAmbiguous,
                    quoted(value) +
                        " is the name of one user and the id of another; send "
                        "username: or id: before it");
    return by_name != nullptr ? by_name : by_id;
}

Identities::Found look_up(const Identities& identities, const Realm& realm,
                          std::int64_t realm_version, std::string_view requested) {
    const auto colon = requested.find(':');
    const auto kind =
        colon == std::string_view::npos ? std::string_view() : requested.substr(0, colon);
    const auto value = requested.substr(colon == std::string_view::npos ? 0 : colon + 1);
    if (kind == "username") return identities.find_by_username(realm, value);
    if (kind == "id") return identities.find(realm, realm_version, UserId(std::string(value)));
    if (kind == "email") return by_email(identities, realm, value);
    return by_name_or_id(identities, realm, realm_version, requested);
}

}  // namespace

Identities::Found find_requested(const Identities& identities, const Realm& realm,
                                 std::int64_t realm_version, std::string_view requested) {
    if (requested.empty() || requested.ends_with(':') || requested.size() > kMaxBytes)
        return fail(ErrorCode::kRequestedSubjectMalformed, requested.size() > kMaxBytes
                                                               ? "it is longer than any name"
                                                               : "it has no value");
    CAMBIST_TRY(auto found, look_up(identities, realm, realm_version, requested));
    if (found == nullptr || found->is_service_account())
        return fail(ErrorCode::kRequestedSubjectUnknown,
                    found == nullptr ? "no user is " + quoted(requested)
                                     : quoted(requested) + " is a service account");
    if (!found->user->enabled)
        return fail(ErrorCode::kRequestedSubjectDisabled, quoted(requested) + " is disabled");
    return found;
}

}  // namespace cambist::identity
