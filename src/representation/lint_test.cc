// SPDX-License-Identifier: Apache-2.0
#include "representation/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using testing::HasSubstr;

std::string all(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) text += describe(finding) + "\n";
    return text;
}

std::vector<Finding> lint_file(const std::string& name) {
    return lint(read_repository_file("tests/data/realms/" + name), name);
}

std::size_t count(const std::vector<Finding>& findings, Severity severity) {
    return static_cast<std::size_t>(std::ranges::count(findings, severity, &Finding::severity));
}

TEST(GuideClient, HasSevenKeysTwiceEachWithItsLine) {
    const auto findings = lint_file("guide-client.json");
    EXPECT_EQ(count(findings, Severity::kFault), 8U) << all(findings);
    const auto text = all(findings);
    const std::vector<std::pair<std::string, int>> duplicates{{"baseUrl", 42},
                                                              {"rootUrl", 43},
                                                              {"adminUrl", 44},
                                                              {"surrogateAuthRequired", 45},
                                                              {"fullScopeAllowed", 46},
                                                              {"clientAuthenticatorType", 47},
                                                              {"optionalClientScopes", 48}};
    for (const auto& [key, line] : duplicates)
        EXPECT_THAT(text, HasSubstr("guide-client.json:" + std::to_string(line) +
                                    ":3: fault: " + key + ": "));
    EXPECT_THAT(text, HasSubstr("first at line"));
}

TEST(GuideClient, HasEveryRiskNamedWithItsMend) {
    const auto text = all(lint_file("guide-client.json"));
    for (const auto* expected :
         {"redirectUris[0]: sends codes and tokens to any site",
          "redirectUris[1]: a grant type is no redirect URI: here it enables nothing; remove it; "
          "to "
          "enable the exchange, set the attribute \"standard.token.exchange.enabled\"",
          "webOrigins[0]: lets scripts", "standardFlowEnabled: a client that only exchanges",
          "directAccessGrantsEnabled: the client sees", "enables nothing: it is not the switch",
          "secret: a secret in the file"})
        EXPECT_THAT(text, HasSubstr(expected));
}

TEST(GuideClient, IsAcceptedOnceMended) {
    const auto findings = lint_file("guide-client-mended.json");
    EXPECT_TRUE(findings.empty()) << all(findings);
    const auto client = read_repository_file("tests/data/realms/guide-client-mended.json");
    const auto realm = lint("{\"realm\": \"a\", \"clients\": [" + client + "]}", "realm.json");
    EXPECT_EQ(count(realm, Severity::kFault) + count(realm, Severity::kRisk), 0U) << all(realm);
}

TEST(GuideClient, IsRefusedAsPartOfARealm) {
    const auto client = read_repository_file("tests/data/realms/guide-client.json");
    const auto findings = lint("{\"realm\": \"a\", \"clients\": [" + client + "]}", "realm.json");
    EXPECT_EQ(count(findings, Severity::kFault), 8U) << all(findings);
}

TEST(LintOfAMapper, NamesAnAudienceThatIsNoClient) {
    const auto text =
        all(lint("realm: a\n"
                 "clients:\n"
                 "  - clientId: billing\n"
                 "    protocolMappers:\n"
                 "      - name: aud\n"
                 "        protocolMapper: oidc-audience-mapper\n"
                 "        config: { included.client.audience: biling }\n",
                 "a.yaml"));
    EXPECT_THAT(text, HasSubstr("a.yaml:7:45: fault: "));
    EXPECT_THAT(text, HasSubstr("\"biling\""));
    EXPECT_THAT(text, HasSubstr("\"billing\""));
}

TEST(LintOfTheDemo, NamesItsSecretsAndNothingThatIsRefused) {
    const auto findings = lint(read_repository_file("examples/demo-realm.yaml"), "demo.yaml");
    EXPECT_EQ(count(findings, Severity::kFault), 0U) << all(findings);
    const auto text = all(findings);
    EXPECT_THAT(text, HasSubstr("users[0].credentials[0].value: a secret in the file"));
    EXPECT_THAT(text, HasSubstr("clients[0].directAccessGrantsEnabled: the client sees"));
}

struct RiskCase {
    const char* name;
    std::string rule;
    const char* expected;
};
void PrintTo(const RiskCase& test, std::ostream* out) { *out << test.rule; }
class RuleRisks : public testing::TestWithParam<RiskCase> {};

TEST_P(RuleRisks, AreNamedEvenWhenStated) {
    const auto findings = lint(
        "realm: a\nclients: [{ clientId: c, secret: \"${S}\" }]\nexchangeRules:\n  - { id: r, "
        "owner: o, target: { audiences: [c] }, risk: { reason: x, expires: 2027-06-30 }, " +
            GetParam().rule + " }\n",
        "r.yaml");
    EXPECT_EQ(count(findings, Severity::kFault), 0U) << all(findings);
    EXPECT_THAT(all(findings), HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RuleRisks,
    testing::Values(
        RiskCase{"AnyBinding", "subject: { binding: any }, result: { mode: same-subject }",
                 "binding: whoever gets hold of a token"},
        RiskCase{"WeakerBinding", "subject: { binding: azp }, result: { mode: same-subject }",
                 "binding: weaker than audience"},
        RiskCase{"AnyRequester", "requester: { any: true }, result: { mode: same-subject }",
                 "selects every client"},
        RiskCase{"AnyUser", "subject: { users: { any: true } }, result: { mode: same-subject }",
                 "selects every user"},
        RiskCase{"Beyond", "result: { mode: same-subject, scopes: { beyondSubject: true } }",
                 "beyondSubject: grants more"},
        RiskCase{"Extend", "result: { mode: same-subject, extendTo: 1h }",
                 "may outlive the subject token"},
        RiskCase{"Naked", "subject: { naked: true }, result: { mode: switch-subject }",
                 "without any token"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Lint, FindsRisksBesideFaults) {
    const auto findings = lint(
        "realm: a\nclients:\n  - clientId: c\n    enabeld: 1\n    secret: literal\n", "r.yaml");
    EXPECT_EQ(
        all(findings),
        "r.yaml:4:5: fault: clients[0].enabeld: unknown key \"enabeld\"; did you mean "
        "\"enabled\"?\n"
        "r.yaml:5:13: risk: clients[0].secret: a secret in the file ends up wherever the file "
        "goes; write ${NAME} and set the environment variable\n");
}

TEST(Lint, TellsAPublicClientThatItsSwitchIsOfNoUse) {
    const auto findings = lint(
        "clientId: c\npublicClient: true\nattributes: { standard.token.exchange.enabled: true }\n",
        "c.yaml");
    EXPECT_THAT(all(findings), HasSubstr("a public client can not exchange by this switch"));
}

TEST(Lint, NamesThePlaceOfBrokenText) {
    const auto findings = lint("{\"clientId\": }", "c.json");
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings.front().fault.line, 1U);
}

}  // namespace
}  // namespace cambist::representation
