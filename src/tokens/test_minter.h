// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "tokens/minter.h"
#include "tokens/test_realm.h"
#include "trust/client_keys.h"

// Tokens that are made in the small realm, for the tests of this module only.
namespace cambist::tokens {

class MinterTest : public TestRealm {
  protected:
    PlanFacts plan(GrantType grant = GrantType::kTokenExchange) const {
        PlanFacts facts;
        facts.grant = grant;
        facts.realm = snapshot_.realm.get();
        facts.holder = &served("web");
        facts.requester = &served("web");
        facts.audience = {"api"};
        facts.audience_restricted = true;
        facts.scopes = {"openid", "orders"};
        facts.expires_at = kNow + 120;
        facts.id_token_expires_at = kNow + 60;
        facts.transient_session = true;
        return facts;
    }
    Parties parties() const {
        Parties made;
        made.subject = *identities_.find(*snapshot_.realm, snapshot_.version, UserId("u1"));
        made.session = session_;
        return made;
    }
    MintedToken mint(const PlanFacts& facts, const Parties& made) const {
        const auto minted =
            minter_.mint(snapshot_, make_plan(facts), made,
                         served(facts.requester->client_id.text()), from_unix(kNow));
        EXPECT_TRUE(minted.has_value()) << minted.error().describe();
        return minted.value_or(MintedToken{});
    }
    static json::Value claims_of(const std::string& text) {
        return jose::peek_compact(text)->claims;
    }

    trust::ClientKeys client_keys_{nullptr};
    Minter minter_{random_, client_keys_, box_};
};

}  // namespace cambist::tokens
