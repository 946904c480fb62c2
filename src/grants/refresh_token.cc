// SPDX-License-Identifier: Apache-2.0
#include "grants/grant.h"
#include "identity/origin.h"

namespace cambist::grants {
namespace {

// RFC 6749 section 6, RFC 9700 section 4.14. Everything the family rests on is looked at again:
// its session, its user, its client. The token itself is taken in the commit that records the
// issue, so that of two takers one wins and a crash loses nothing.
class RefreshTokenGrant final : public Grant {
  public:
    explicit RefreshTokenGrant(const Sources& sources) : sources_(sources) {}

    GrantType type() const override { return GrantType::kRefreshToken; }
    // RFC 8707 section 2.2: a refresh may ask for a part of the granted resources.
    std::vector<std::string_view> repeatable() const override { return {"resource"}; }
    std::vector<std::string_view> refused() const override {
        return {"audience", "authorization_details"};
    }

    Result<Evidence> prove(const TokenRequest& request, const AuthenticatedClient& client,
                           const realms::Snapshot& realm) const override {
        const auto token = request.form.find("refresh_token");
        if (!token)
            return std::unexpected(
                Error{ErrorCode::kMissingParameter, "Missing parameter: refresh_token.", {}, {}});
        CAMBIST_CHECK(check_owner(*token, client, realm));
        CAMBIST_TRY(auto found, sources_.families.find_usable(*realm.realm, *token, request.at));
        Evidence evidence;
        CAMBIST_TRY(evidence.subject,
                    sources_.identities.find(*realm.realm, realm.version, found.family.user));
        if (evidence.subject == nullptr || !evidence.subject->user->enabled)
            return fail(ErrorCode::kRefreshSubjectDisabled,
                        "the user of this refresh token is disabled or gone");
        if (found.family.created < realm.realm->not_before ||
            found.family.created < client.client().not_before ||
            found.family.created < evidence.subject->user->not_before)
            return fail(ErrorCode::kRefreshRevoked,
                        "issued before the not-before of the realm, the client or the user");
        CAMBIST_CHECK(sources_.tokens.check_actors(realm, found.family, request.at));
        if (!found.family.session.empty()) {
            CAMBIST_TRY(evidence.session, sources_.sessions.find_live(
                                              *realm.realm, found.family.session, request.at));
            if (!evidence.session)
                return fail(ErrorCode::kRefreshSessionEnded,
                            "session " + found.family.session.text() + " has ended");
        }
        CAMBIST_TRY(evidence.actor, actor_of(sources_, realm, found.family));
        evidence.subject = identity::with_notes(std::move(evidence.subject), found.family.notes);
        evidence.refresh_hash = std::move(found.hash);
        evidence.family = std::move(found.family);
        return evidence;
    }

  private:
    // Before find_usable(), which counts a second use as theft: another client's try must not be
    // able to end the family.
    Status check_owner(std::string_view token, const AuthenticatedClient& client,
                       const realms::Snapshot& realm) const {
        CAMBIST_TRY(const auto stored, sources_.families.find(*realm.realm, token));
        if (!stored)
            return fail(ErrorCode::kRefreshTokenInvalid,
                        sessions::looks_like_refresh_token(token)
                            ? "unknown, revoked or of another realm"
                            : "this does not look like a refresh token of this server");
        if (stored->family.client == client.client().client_id) return {};
        return fail(ErrorCode::kRefreshTokenOfAnotherClient,
                    "this refresh token belongs to '" + stored->family.client.text() +
                        "'; you are '" + client.client().client_id.text() +
                        "'. A refresh token can be used by the client that it was issued to only.");
    }

    Sources sources_;
};

}  // namespace

std::unique_ptr<Grant> make_refresh_token(const Sources& sources) {
    return std::make_unique<RefreshTokenGrant>(sources);
}

}  // namespace cambist::grants
