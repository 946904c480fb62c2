// SPDX-License-Identifier: Apache-2.0
#include "grants/hand_off.h"

#include <utility>

#include "base/secret.h"
#include "crypto/digest.h"

namespace cambist::grants {
namespace {

// RFC 7636 section 4.1.
bool is_verifier(std::string_view text) {
    constexpr std::size_t kMin = 43;
    constexpr std::size_t kMax = 128;
    constexpr std::string_view kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    return text.size() >= kMin && text.size() <= kMax &&
           text.find_first_not_of(kAllowed) == std::string_view::npos;
}

Status check_terms(const HandOffTerms& terms, const TokenRequest& request) {
    const auto verifier = request.form.find("code_verifier");
    if (!verifier)
        return std::unexpected(
            Error{ErrorCode::kMissingParameter, "Missing parameter: code_verifier.", {}, {}});
    if (!is_verifier(*verifier) ||
        !equal_in_constant_time(crypto::sha256_base64url(*verifier), terms.challenge))
        return fail(ErrorCode::kHandOffNotProved,
                    "the SHA-256 of code_verifier is not its code_challenge");
    if (!terms.origin.empty() && terms.origin != request.caller.origin)
        return fail(ErrorCode::kHandOffNotProved, "it is bound to the origin '" + terms.origin +
                                                      "', and the request comes from '" +
                                                      request.caller.origin + "'");
    if (terms.redirect_uri != request.form.find("redirect_uri").value_or(""))
        return fail(ErrorCode::kHandOffNotProved,
                    "it is bound to the redirect_uri '" + terms.redirect_uri + "'");
    return {};
}

// RFC 6749 sections 4.1.2 and 10.5: a code that comes twice is refused, and what it gave should
// end, since one of the two who had it had no right to it. But the code alone proves nothing: it
// passes through a page or a link, and without its verifier nobody could have redeemed it. Whoever
// holds but the code must not be able to log the user out, so only who could have redeemed it ends
// anything: its own client, with the verifier. To anybody else a spent code reads as a fresh one.
std::unexpected<Error> second_use(const Sources& sources, const realms::Snapshot& realm,
                                  const std::string& hash, TimePoint now) {
    const auto ended = sources.hand_offs.revoke(*realm.realm, hash, now);
    if (!ended) return std::unexpected(ended.error());
    return fail(ErrorCode::kHandOffTaken,
                "it comes a second time, so one of the two had no right to it: all that it gave is "
                "revoked");
}

}  // namespace

Result<Evidence> redeem_hand_off(const Sources& sources, const TokenRequest& request,
                                 const AuthenticatedClient& client, const realms::Snapshot& realm) {
    for (const auto* name : {"requested_subject", "actor_token", "organization"})
        if (request.form.has(name) || request.form.has_empty(name))
            return fail(ErrorCode::kParameterConflict,
                        std::string(name) + " can not be sent with a hand-off");
    CAMBIST_TRY(auto found, sources.hand_offs.find(
                                *realm.realm, *request.form.find("subject_token"), request.at));
    auto& family = found.handed.family;
    const auto& requester = client.client().client_id;
    if (family.client != requester)
        return fail(
            ErrorCode::kHandOffOfAnotherClient,
            "it is for '" + family.client.text() + "', and you are '" + requester.text() + "'");
    CAMBIST_CHECK(check_terms(found.handed.terms, request));
    if (found.is_taken) return second_use(sources, realm, found.hash, request.at);
    // What it rests on is still there: subject, session, actors, and nothing of it was revoked.
    CAMBIST_TRY(const auto token,
                sources.tokens.verify_family(realm, family, found.hash, request.at));
    Evidence evidence;
    evidence.subject = token.subject();
    if (!family.session.empty()) {
        CAMBIST_TRY(evidence.session,
                    sources.sessions.find_live(*realm.realm, family.session, request.at));
    }
    CAMBIST_TRY(evidence.actor, actor_of(sources, realm, family));
    evidence.handed = std::move(found.handed);
    evidence.hand_off_hash = std::move(found.hash);
    return evidence;
}

Result<std::shared_ptr<const Identity>> actor_of(const Sources& sources,
                                                 const realms::Snapshot& realm,
                                                 const RefreshFamily& family) {
    CAMBIST_TRY(const auto actors, tokens::read_actors(family.act));
    if (actors.empty() || actors.front().sub == actors.front().client_id) return nullptr;
    return sources.identities.find(*realm.realm, realm.version, UserId(actors.front().sub));
}

}  // namespace cambist::grants
