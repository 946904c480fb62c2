// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "representation/durations.h"
#include "representation/realm_file.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Replaces one part of a good rule.
struct Parts {
    std::string id = "r1";
    std::string head = "";
    std::string requester = "{ clients: [c] }";
    std::string subject = "{ users: { groups: [/staff] } }";
    std::string actor = "none";
    std::string target = "{ audiences: [c] }";
    std::string result = "{ mode: same-subject }";
    std::string tail = "";
};

std::string realm_with(const Parts& parts) {
    return "realm: a\nclients: [{ clientId: c, secret: s }]\ngroups: [{ name: staff }]\n"
           "exchangeRules:\n  - id: " +
           parts.id + "\n    owner: c\n" + parts.head + "    requester: " + parts.requester +
           "\n    subject: " + parts.subject + "\n    actor: " + parts.actor +
           "\n    target: " + parts.target + "\n" +
           (parts.result.empty() ? "" : "    result: " + parts.result + "\n") + parts.tail;
}

TEST(Rules, AreReadWithEveryField) {
    const auto outcome = read_realm_file(
        realm_with({.requester = "{ clients: [c], roles: [offline_access], groups: [/staff], "
                                 "authMethods: [private_key_jwt, client_secret_basic] }",
                    .subject = "{ tokenTypes: [access_token, id_token], issuers: [self], binding: "
                               "any, users: { users: [Ann], groups: [/staff], roles: "
                               "['account:view-profile'], attributes: { dept: [x] }, not: { roles: "
                               "[uma_authorization] } } }",
                    .target = "{ audiences: [c], resources: [https://c.example/] }",
                    .result = "{ mode: same-subject, tokenTypes: [access_token, refresh_token], "
                              "scopes: { allow: [profile, openid], beyondSubject: true }, "
                              "lifetime: 1h30m, extendTo: 2h, refresh: { kind: bounded, maxAge: "
                              "8h, maxUses: 10 }, claims: [email] }",
                    .tail = "    risk: { reason: why, expires: 2027-06-30 }\n"}),
        "r.yaml", {});
    ASSERT_EQ(all_of(outcome.faults), "");
    const auto& rule = outcome.file->realm.rules.at(0);
    EXPECT_EQ(rule.source, "exchangeRules[0]");
    EXPECT_THAT(rule.requester->auth_methods, ElementsAre(ClientAuthMethod::kPrivateKeyJwt,
                                                          ClientAuthMethod::kClientSecretBasic));
    EXPECT_EQ(rule.subject->binding, Binding::kAny);
    EXPECT_THAT(rule.subject->users->users, ElementsAre("ann"));
    EXPECT_THAT(rule.subject->users->except->roles, ElementsAre("uma_authorization"));
    EXPECT_THAT(rule.subject->token_types,
                ElementsAre(TokenType::kAccessToken, TokenType::kIdToken));
    EXPECT_THAT(rule.target->resources, ElementsAre("https://c.example/"));
    EXPECT_EQ(rule.result.lifetime, Seconds(5400));
    EXPECT_EQ(rule.result.extend_to, Seconds(7200));
    EXPECT_EQ(rule.result.refresh, RefreshKind::kBounded);
    EXPECT_EQ(rule.result.refresh_max_age, Seconds(28800));
    EXPECT_EQ(rule.result.refresh_max_uses, 10);
    EXPECT_EQ(rule.result.claims, ClaimsKind::kList);
    EXPECT_TRUE(rule.result.beyond_subject);
    EXPECT_EQ(rule.risk->expires_at, 1814400000);  // 2027-07-01T00:00:00Z
}

TEST(Rules, OfOtherModesAreRead) {
    const auto outcome =
        read_realm_file(realm_with({.actor = "{ clients: [c] }",
                                    .result = "{ mode: delegation, holder: target, perDay: 3, "
                                              "mayAct: { client: c } }"}),
                        "r.yaml", {});
    ASSERT_EQ(all_of(outcome.faults), "");
    const auto& rule = outcome.file->realm.rules.at(0);
    EXPECT_EQ(rule.actor->kind, ActorSelector::Kind::kSelected);
    EXPECT_EQ(rule.result.holder, Holder::kTarget);
    EXPECT_EQ(rule.result.per_day, 3);
    EXPECT_EQ(rule.result.may_act.client, "c");
}

TEST(Rules, KeepTheirOrder) {
    const auto outcome = read_realm_file(
        "realm: a\nexchangeRules:\n  - { id: z, owner: o, effect: deny }\n"
        "  - { id: b, owner: o, effect: deny }\n",
        "r.yaml", {});
    ASSERT_EQ(all_of(outcome.faults), "");
    EXPECT_EQ(outcome.file->realm.rules.at(0).id.text(), "z");
    EXPECT_FALSE(outcome.file->realm.rules.at(0).subject);
}

struct RuleCase {
    const char* name;
    Parts parts;
    const char* expected;  // the one fault, behind "r.yaml:line:column: "
};
void PrintTo(const RuleCase& test, std::ostream* out) { *out << realm_with(test.parts); }
class RuleFaults : public testing::TestWithParam<RuleCase> {};

TEST_P(RuleFaults, NameTheFieldAndTheMend) {
    const auto outcome = read_realm_file(realm_with(GetParam().parts), "r.yaml", {});
    ASSERT_EQ(outcome.faults.size(), 1U) << all_of(outcome.faults);
    EXPECT_GE(outcome.faults.front().line, 5U);
    EXPECT_THAT(describe(outcome.faults.front()), HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RuleFaults,
    testing::Values(
        RuleCase{"UnknownKey", {.head = "    efect: deny\n"}, "did you mean \"effect\"?"},
        RuleCase{"UnknownEffect", {.head = "    effect: alow\n"}, "effect: unknown value"},
        RuleCase{"UnknownClient",
                 {.requester = "{ clients: [d] }"},
                 "requester.clients[0]: the realm has no client \"d\""},
        RuleCase{"UnknownGroup",
                 {.subject = "{ users: { groups: [/stuff] } }"},
                 "did you mean \"/staff\"?"},
        RuleCase{"UnknownRoleWithin",
                 {.subject = "{ users: { groups: [/staff], not: { roles: [nope] } } }"},
                 "subject.users.not.roles[0]: the realm has no role \"nope\""},
        RuleCase{"UnknownScope",
                 {.result = "{ mode: same-subject, scopes: { allow: [profil] } }"},
                 "did you mean \"profile\"?"},
        RuleCase{"UnknownMode", {.result = "{ mode: same-subjekt }"}, "did you mean"},
        RuleCase{"NoMode", {.result = "{ lifetime: 5m }"}, "result: does not say its mode"},
        RuleCase{"UnknownBinding",
                 {.subject = "{ binding: loosely, users: { any: true } }"},
                 "subject.binding: unknown value \"loosely\"; it may be audience, azp, any"},
        RuleCase{"UnknownIssuer",
                 {.subject = "{ issuers: [partner], users: { any: true } }"},
                 "there is no trusted issuer \"partner\""},
        RuleCase{"UnknownTokenType",
                 {.result = "{ mode: same-subject, tokenTypes: [acess_token] }"},
                 "unknown token type"},
        RuleCase{"UnknownMethod",
                 {.requester = "{ clients: [c], authMethods: [basic] }"},
                 "unknown way to authenticate \"basic\""},
        RuleCase{"BadLifetime",
                 {.result = "{ mode: same-subject, lifetime: 5 minutes }"},
                 "is no length of time: \"5 minutes\"; write 90s, 5m, 1h30m or 2d"},
        RuleCase{"NoUses",
                 {.result = "{ mode: same-subject, refresh: { kind: bounded, maxUses: 0 } }"},
                 "refresh.maxUses: must be above zero"},
        RuleCase{"NegativeUses",
                 {.result = "{ mode: same-subject, refresh: { kind: bounded, maxUses: -1 } }"},
                 "refresh.maxUses: must not be negative"},
        RuleCase{"ShrinkingExtension",
                 {.result = "{ mode: same-subject, lifetime: 2h, extendTo: 1h }",
                  .tail = "    risk: { reason: x, expires: 2027-06-30 }\n"},
                 "extendTo: is shorter than lifetime"},
        RuleCase{"AnyWithoutRisk",
                 {.subject = "{ binding: any, users: { groups: [/staff] } }"},
                 "takes a risk (subject.binding any) that nobody states; add risk:"},
        RuleCase{"BeyondWithoutRisk",
                 {.result = "{ mode: same-subject, scopes: { allow: [profile], beyondSubject: true "
                            "} }"},
                 "takes a risk (result.scopes.beyondSubject)"},
        RuleCase{"ExtendWithoutRisk",
                 {.result = "{ mode: same-subject, extendTo: 1h }"},
                 "takes a risk (result.extendTo)"},
        RuleCase{"RiskWithoutReason",
                 {.tail = "    risk: { expires: 2027-06-30 }\n"},
                 "risk: a risk needs its reason"},
        RuleCase{"RiskWithoutEnd", {.tail = "    risk: { reason: x }\n"}, "a risk needs its end"},
        RuleCase{"RiskWithBadDate",
                 {.tail = "    risk: { reason: x, expires: 2027-02-30 }\n"},
                 "risk.expires: is no date: \"2027-02-30\""},
        RuleCase{"NakedSameSubject",
                 {.subject = "{ naked: true, users: { groups: [/staff] } }",
                  .tail = "    risk: { reason: x, expires: 2027-06-30 }\n"},
                 "only a switch-subject rule does without a token"},
        RuleCase{"ActorInSameSubject", {.actor = "required"}, "a same-subject rule has no actor"},
        RuleCase{"DelegationWithoutActor",
                 {.result = "{ mode: delegation }"},
                 "a delegation rule has no actor"},
        RuleCase{"HiddenDelegate",
                 {.actor = "required",
                  .result = "{ mode: delegation, hideActor: true }",
                  .tail = "    risk: { reason: x, expires: 2027-06-30 }\n"},
                 "a delegation shows who acts"},
        RuleCase{"SwitchWithoutActor",
                 {.result = "{ mode: switch-subject }"},
                 "a switch-subject rule does not say who acts"},
        RuleCase{"NakedWithActor",
                 {.subject = "{ naked: true, users: { groups: [/staff] } }",
                  .actor = "required",
                  .result = "{ mode: switch-subject }",
                  .tail = "    risk: { reason: x, expires: 2027-06-30 }\n"},
                 "without a subject token the requester itself acts"},
        RuleCase{"SwitchThatJoins",
                 {.actor = "required",
                  .result = "{ mode: switch-subject, refresh: bounded, session: join }"},
                 "another subject has no session to join"},
        RuleCase{"AdminsWithoutRisk",
                 {.subject = "{ admins: true, users: { any: true } }",
                  .actor = "required",
                  .result = "{ mode: switch-subject }"},
                 "takes a risk (subject.admins) that nobody states"},
        RuleCase{"TwoWhoMayAct",
                 {.result = "{ mode: same-subject, mayAct: { client: c, user: u } }"},
                 "mayAct: names 2 parties"},
        RuleCase{"EmergencyWithoutReason",
                 {.result = "{ mode: same-subject, lifetime: 5m }",
                  .tail = "    breakGlass: true\n    risk: { reason: x, expires: 2027-06-30 }\n"},
                 "breakGlass: an emergency needs a reason"},
        RuleCase{"EmergencyWithoutEnd",
                 {.result = "{ mode: same-subject }",
                  .tail = "    breakGlass: true\n    demands: [reason]\n"
                          "    risk: { reason: x, expires: 2027-06-30 }\n"},
                 "breakGlass: an emergency is short"},
        RuleCase{"DeviceSecretWithAnAccessToken",
                 {.subject = "{ binding: device-secret, users: { any: true } }"},
                 "a device secret comes with an ID token"},
        RuleCase{"NothingADay",
                 {.result = "{ mode: same-subject, perDay: 0 }"},
                 "perDay: must be above zero"},
        RuleCase{"DemandOfNothing",
                 {.tail = "    demands: [mood]\n"},
                 "nothing that a request says is called"},
        RuleCase{"SessionWithoutRefresh",
                 {.result = "{ mode: same-subject, session: create }"},
                 "session: create has no effect without a refresh token"},
        RuleCase{"OfflineWithoutRisk",
                 {.result = "{ mode: same-subject, refresh: offline }"},
                 "takes a risk (result.refresh offline) that nobody states"},
        RuleCase{"ConsumesWhatItDoesNotTake",
                 {.subject = "{ tokenTypes: [access_token], consumeRefreshToken: true, users: { "
                             "groups: [/staff] } }"},
                 "consumeRefreshToken: has no effect"},
        RuleCase{"OrganizationsThatAreOff",
                 {.head = "    effect: deny\n",
                  .subject = "{ users: { organizations: [x] } }",
                  .result = ""},
                 "organizations[0]: the realm has no organizations switched on"},
        RuleCase{"SameOrganizationWhereTheyAreOff",
                 {.head = "    effect: deny\n",
                  .subject = "{ users: { sameOrganization: true } }",
                  .result = ""},
                 "sameOrganization: the realm has no organizations switched on"},
        RuleCase{"OrganizationThatNobodyCanName",
                 {.head = "    demands: [organization]\n"},
                 "demands: lets no request name the organization that it demands"},
        RuleCase{"RelationWithoutActor",
                 {.subject = "{ users: { sameGroup: true } }"},
                 "sameGroup: compares the subject with an actor"},
        RuleCase{"GrantByNobody",
                 {.head = "    effect: deny\n",
                  .subject = "{ users: { grantedBy: manager } }",
                  .result = ""},
                 "only the subject can grant"},
        RuleCase{"RefreshTokenWithoutRefresh",
                 {.result = "{ mode: same-subject, tokenTypes: [refresh_token] }"},
                 "lists refresh_token, but refresh is none"},
        RuleCase{"DenialWithResult", {.head = "    effect: deny\n"}, "a denial has no result"},
        RuleCase{"PermitWithoutResult", {.result = ""}, "a permit has no result"},
        RuleCase{"RelativeResource",
                 {.target = "{ resources: [/x] }"},
                 "must be an absolute URI without a fragment"},
        RuleCase{"EmptyPart", {.subject = ""}, "subject: has no value"},
        RuleCase{"TwoOfOneId",
                 {.tail = "  - { id: r1, owner: o, effect: deny }\n"},
                 "the rule \"r1\" occurs twice"},
        RuleCase{"NoOwner", {.tail = "  - { id: r2, effect: deny }\n"}, "a rule has no owner"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Duration, IsWholeNumbersWithUnits) {
    EXPECT_EQ(parse_duration("90s"), Seconds(90));
    EXPECT_EQ(parse_duration("1h30m"), Seconds(5400));
    EXPECT_EQ(parse_duration("2d"), Seconds(172800));
    for (const auto* text : {"", "5", "m", "5x", "-5m", "0s", "1.5h", "5 m", "99999999999d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(EndDate, OfADayIsTheEndOfTheDay) {
    EXPECT_EQ(parse_end_date("1970-01-01"), 86400);
    EXPECT_EQ(parse_end_date("1970-01-01T00:00:10Z"), 10);
    EXPECT_TRUE(parse_end_date("2028-02-29"));
    for (const auto* text : {"", "2027-02-29", "2027-13-01", "2027-6-3", "27-06-30", "2027-06-30T",
                             "2027-06-30T24:00:00Z", "2027-06-30T12:00:00", "1969-12-31"})
        EXPECT_FALSE(parse_end_date(text)) << text;
}

}  // namespace
}  // namespace cambist::representation
