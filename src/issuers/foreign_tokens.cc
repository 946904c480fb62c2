// SPDX-License-Identifier: Apache-2.0
#include "issuers/foreign_tokens.h"

#include "issuers/mappers.h"
#include "realms/bringing.h"

namespace cambist::issuers {

Result<VerifiedToken> ForeignTokens::verify(const realms::Snapshot& realm,
                                            const PresentedToken& presented, TimePoint now) const {
    if (presented.declared == TokenType::kSaml2 && saml_ != nullptr) {
        CAMBIST_TRY(auto assertion, check_saml(realm, *saml_, presented, now));
        return bind(realm, std::move(assertion), now);
    }
    const auto* asked = asked_ == nullptr ? nullptr : AskedTokens::find(realm, presented, now);
    if (asked != nullptr) CAMBIST_CHECK(check_brought(realm, *asked, presented, now));
    CAMBIST_TRY(auto token, asked != nullptr ? asked_->check(realm, *asked, presented, now)
                                             : check_foreign(realm, keys_, presented, now));
    return bind(realm, std::move(token), now);
}

// Before anybody is asked: it may use the token up, and shows it to somebody.
Status ForeignTokens::check_brought(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                                    const PresentedToken& presented, TimePoint now) const {
    using enum Brought;
    const auto as = presented.use == Use::kActor   ? kActor
                    : presented.use == Use::kGrant ? kAssertion
                                                   : kSubject;
    return realms::check_may_bring(realm, binder_.identities(), presented.client, issuer.alias, as,
                                   now);
}

Result<VerifiedToken> ForeignTokens::bind(const realms::Snapshot& realm, CheckedForeign token,
                                          TimePoint now) const {
    CAMBIST_CHECK(name_subject(token));
    CAMBIST_TRY(auto bound, binder_.bind(realm, token, now));
    auto& facts = token.facts;
    facts.subject = bound.who->user->id;
    if (revocations_.size() > 0) {
        // Nobody of ours acts in it: links of other issuers are history.
        if (const auto covered = revocations_.covers(realm.realm->name.text(), facts, {}))
            return fail(ErrorCode::kSubjectTokenRevoked,
                        "revoked by " + sessions::describe(*covered));
    }
    token.foreign.new_user = std::move(bound.new_user);
    token.foreign.new_link = std::move(bound.new_link);
    if (bound.change) {
        token.foreign.changed_user = facts.subject;
        token.foreign.change = *std::move(bound.change);
    }
    facts.foreign = std::make_shared<const ForeignFacts>(std::move(token.foreign));
    return VerifiedToken(VerifiedToken::Proof(), std::move(facts), std::move(bound.who));
}

}  // namespace cambist::issuers
