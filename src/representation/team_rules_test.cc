// SPDX-License-Identifier: Apache-2.0
#include "representation/team_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cambist::representation {
namespace {

using testing::HasSubstr;
using testing::Not;

const SourceText kRealm{
    "realm: a\n"
    "clients: [{ clientId: orders }, { clientId: ledger },\n"
    "  { clientId: billing, attributes: { resource_url: 'https://b.example/' } }]\n"
    "exchangeRules: [{ id: first, owner: platform, effect: deny,\n"
    "  target: { audiences: [orders] } }]\n",
    "a.yaml"};

std::string deny(const std::string& rest) { return "{ id: r, effect: deny, " + rest + " }"; }

OwnedRules file_of(const std::string& owner, const std::string& rules) {
    return {.owner = owner,
            .source = {.text = "exchangeRules: [" + rules + "]\n",
                       .file_name = "a-rules-" + owner + ".yaml"}};
}

std::string faults(const std::vector<OwnedRules>& teams) {
    const auto outcome = read_realm_parts(kRealm, {}, teams, {});
    std::string all;
    for (const auto& fault : outcome.faults) all += describe(fault) + "\n";
    return all;
}

TEST(TeamRules, StandBehindThoseOfTheRealmAndBelongToTheirFilesOwner) {
    const std::vector teams{
        file_of("billing",
                deny("target: { audiences: [billing], resources: ['https://b.example/'] }")),
        file_of("ledger",
                "{ id: l, owner: ledger, effect: deny, target: { audiences: [ledger] } }")};
    const auto outcome = read_realm_parts(kRealm, {}, teams, {});
    ASSERT_TRUE(outcome.file) << faults(teams);
    const auto& rules = outcome.file->realm.rules;
    ASSERT_EQ(rules.size(), 3U);
    EXPECT_EQ(rules[0].owner, "platform");
    EXPECT_EQ(rules[1].owner, "billing");
    EXPECT_EQ(rules[2].owner, "ledger");
}

TEST(TeamRules, AreForTheirOwnTargetOnly) {
    EXPECT_THAT(
        faults({file_of("billing", deny("target: { audiences: [billing, ledger] }"))}),
        HasSubstr(
            "a-rules-billing.yaml:1:71: exchangeRules[0].target.audiences: is for \"ledger\""));
    for (const auto* target : {"target: {}", "target: { audiences: [] }", "enabled: true"})
        EXPECT_THAT(faults({file_of("billing", deny(target))}),
                    HasSubstr("a team's rule must name its target, \"billing\""))
            << target;
    EXPECT_THAT(faults({file_of("ledger", deny("target: { resources: ['https://b.example/'] }"))}),
                HasSubstr("is for \"https://b.example/\""));
    EXPECT_THAT(
        faults({file_of("billing", deny("owner: ledger, target: { audiences: [billing] }"))}),
        HasSubstr("the rule belongs to \"ledger\", and this is the file of \"billing\""));
}

TEST(TeamRules, TellTheFileAndPlaceOfAnyFault) {
    const auto told =
        faults({file_of("billing", deny("target: { audiences: [billing] }")),
                file_of("ledger", "{ id: l, efect: deny, target: { audiences: [ledger] } }")});
    EXPECT_THAT(told, HasSubstr("a-rules-ledger.yaml:1:26: exchangeRules[0].efect"));
    EXPECT_THAT(told, Not(HasSubstr("a-rules-billing")));
}

TEST(TeamRules, AFileOfRulesHoldsNothingElse) {
    const auto told = [](const std::string& text, const std::string& owner = "billing") {
        return faults({{.owner = owner, .source = {.text = text, .file_name = "t.yaml"}}});
    };
    EXPECT_THAT(told("clients: []\n"), HasSubstr("clients: does not belong into a file of rules"));
    EXPECT_THAT(told("realm: b\n"), HasSubstr("realm: is not the realm these rules belong to"));
    EXPECT_THAT(told("owner: ledger\n"), HasSubstr("owner: is not \"billing\""));
    EXPECT_THAT(told("exchangeRules: {}\n"), HasSubstr("exchangeRules: does not belong"));
    EXPECT_THAT(told("[1]\n"), HasSubstr("is no object"));
    EXPECT_THAT(told("exchangeRules: []\n", "nobody"), HasSubstr("no client of the realm"));
    EXPECT_EQ(told("realm: a\nowner: billing\nexchangeRules: []\n"), "");
}

}  // namespace
}  // namespace cambist::representation
