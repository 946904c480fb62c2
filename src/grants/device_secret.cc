// SPDX-License-Identifier: Apache-2.0
#include "grants/device_secret.h"

#include <string>
#include <utility>

#include "base/secret.h"
#include "sessions/expiry.h"

namespace cambist::grants {
namespace {

Status check_form(const Form& form) {
    if (form.has("requested_subject") || form.has_empty("requested_subject"))
        return fail(ErrorCode::kParameterConflict,
                    "requested_subject can not be sent with a device secret");
    if (!form.has("actor_token"))
        return fail(ErrorCode::kMissingParameter, "actor_token was sent without a value");
    if (find_token_type(form.find("subject_token_type").value_or("")) == TokenType::kIdToken)
        return {};
    return fail(ErrorCode::kActorTypeUnsupported,
                "a device secret goes with an ID token of the log-in that gave it");
}

std::unexpected<Error> wrong(std::string_view why) {
    return fail(ErrorCode::kDeviceSecretWrong, std::string(why));
}

}  // namespace

Result<Evidence> prove_device(const Sources& sources, const TokenRequest& request,
                              const realms::Snapshot& realm) {
    CAMBIST_CHECK(check_form(request.form));
    CAMBIST_TRY(auto token, sources.tokens.verify_login(realm, *request.form.find("subject_token"),
                                                        request.at));
    const auto& facts = token.facts();
    Evidence evidence;
    CAMBIST_TRY(evidence.session,
                sources.sessions.find_live(*realm.realm, facts.session, request.at));
    if (!evidence.session || evidence.session->device_hash.empty() || facts.device_hash.empty())
        return wrong(
            "the ID token is of no log-in that gave a device secret: the first app logs in "
            "with scope=openid device_sso");
    const auto text = *request.form.find("actor_token");
    if (!sessions::looks_like_device_secret(text))
        return wrong("device secrets of this server begin with 'cds_', this text does not");
    // Both by their hashes, so that nothing is compared byte by byte that a thief could vary.
    const auto hash = sessions::hash_of_device_secret(text);
    if (!equal_in_constant_time(hash, evidence.session->device_hash) ||
        !equal_in_constant_time(hash, facts.device_hash))
        return wrong("it is not the one that came with this log-in");
    const auto end = sessions::device_secret_end(*realm.realm, *evidence.session);
    if (end <= to_unix(request.at))
        return fail(ErrorCode::kDeviceSecretExpired,
                    "it ended at " + to_iso8601(from_unix(end)) + ": let the user log in again");
    evidence.proves_device = true;
    evidence.subject = token.subject();
    evidence.subject_token = std::move(token);
    return evidence;
}

}  // namespace cambist::grants
