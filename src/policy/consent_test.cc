// SPDX-License-Identifier: Apache-2.0
#include "policy/consent.h"

#include <gmock/gmock.h>

#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

UserConsent given_to(std::string client, std::int64_t created_ms = 0) {
    UserConsent consent;
    consent.client = std::move(client);
    consent.created_ms = created_ms;
    return consent;
}

class Consent : public PolicyTest {
  protected:
    Consent() {
        add(orders_to_billing());
        ask_consent("orders-api", {"invoice:read", "profile", "hidden"});
        realm.scopes.back().display_on_consent_screen = false;
        plan.scopes = {"openid", "invoice:read"};
        plan.client_scopes = {"profile", "hidden", "invoice:read"};
    }
    std::vector<std::string> missing() {
        const Facts given = facts();
        plan.holder = given.requester;
        return missing_consents(given, plan);
    }
    std::string where() {
        const auto decision = decide();
        return decision.refusal ? decision.refusal->interaction_uri : "permitted";
    }

    PlanFacts plan;
};

TEST_F(Consent, IsNeededForEveryShownScopeOfTheTokenAndNoOther) {
    EXPECT_THAT(missing(), ElementsAre("invoice:read", "profile"));
    consent("orders-api", {"profile"});
    EXPECT_THAT(missing(), ElementsAre("invoice:read"));
    consent("orders-api", {"profile", "invoice:read"});
    EXPECT_THAT(missing(), IsEmpty());
}

TEST_F(Consent, IsNotNeededByAClientThatDoesNotAskForIt) {
    client("orders-api").consent_required = false;
    EXPECT_THAT(missing(), IsEmpty());
}

TEST_F(Consent, ToOneClientIsNoneToAnother) {
    consent("billing-api", {"profile", "invoice:read"});
    EXPECT_THAT(missing(), ElementsAre("invoice:read", "profile"));
}

TEST_F(Consent, IsGivenAtTheAddressOfTheClientTheRealmOrTheClientsOwnOrHere) {
    const auto here = std::string(facts().issuer) + "/account/applications/orders-api/consent";
    EXPECT_EQ(where(), here);
    client("orders-api").root_url = "https://orders.example";
    client("orders-api").base_url = "/app";
    EXPECT_EQ(where(), "https://orders.example/app");
    realm.attributes["cambist.consent.url"] = "https://id.example/c?client={client_id}&s={scope}";
    EXPECT_EQ(where(), "https://id.example/c?client=orders-api&s=invoice%3Aread");
    client("orders-api").attributes["cambist.consent.url"] = "javascript:alert(1)";
    EXPECT_EQ(where(), here);
}

TEST_F(Consent, IsWhatThePlanRestsOn) {
    consent("orders-api", {"profile", "invoice:read"});
    const auto decision = decide();
    ASSERT_TRUE(decision.plan);
    EXPECT_THAT(decision.plan->facts().rests_on,
                ElementsAre(consent_id(facts().subject->user->id, given_to("orders-api"))));
}

TEST_F(Consent, OfOneUserIsNotNamedAsAnothersOrAsALaterOne) {
    EXPECT_NE(consent_id(UserId("a"), given_to("b:c")), consent_id(UserId("a:b"), given_to("c")));
    EXPECT_NE(consent_id(UserId("a"), given_to("b", 1)), consent_id(UserId("a"), given_to("b", 2)));
}

}  // namespace
}  // namespace cambist::policy
