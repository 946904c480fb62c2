// SPDX-License-Identifier: Apache-2.0
#include "audit/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/display.h"
#include "audit/test_record.h"
#include "json/parse.h"

namespace cambist::audit {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Explain, TellsAnIssueFromRequestToToken) {
    EXPECT_EQ(explain_text(make_record()),
              "ISSUED  01HF7YAT00AAAAAAAAAAAAAAAA\n"
              "\n"
              "  when        2023-11-14T22:13:20.123456Z, 321 us, realm shop\n"
              "  client      orders-api (private_key_jwt)\n"
              "  from        192.0.2.7\n"
              "  asked       urn:ietf:params:oauth:grant-type:token-exchange for access_token\n"
              "  subject     ann (u1), vouched for by partner, by a token of web\n"
              "  actor       agent\n"
              "  target      billing-api, ledger, https://api.example.com/\n"
              "  scopes      invoice:read\n"
              "\n"
              "  \u2713 client    proved itself\n"
              "  \u2713 rules     orders-to-billing permits\n"
              "\n"
              "  rules       orders-to-billing\n"
              "  policy      7\n"
              "  token       access_token jti1, until 2023-11-14T22:18:20.000000Z\n"
              "  for         billing-api\n"
              "  with        invoice:read\n"
              "  acting      {\"sub\":\"agent\"}\n"
              "  refresh     a refresh token was given\n"
              "  tree        xid1\n"
              "  session     sid1\n");
}

TEST(Explain, TellsARefusalWithItsCauseWhatWasShownAndTheNextStep) {
    const auto text = explain_text(make_refusal());
    EXPECT_THAT(text, StartsWith("REFUSED 01HF7YAT00AAAAAAAAAAAAAAAA\n"));
    EXPECT_THAT(text, HasSubstr("\u2717 rules     no-admins denies\n"));
    EXPECT_THAT(text, HasSubstr("  why         TX-RUL-01 A rule denies this exchange.\n"));
    EXPECT_THAT(text, HasSubstr("  told        TX-TGT-01 "));
    EXPECT_THAT(text, HasSubstr("  next        rule no-admins denies; ask the owner"));
    EXPECT_THAT(text, HasSubstr("  do          A denial wins over every permit"));
    EXPECT_THAT(text, HasSubstr("  see         docs/reference/errors.md#tx-rul-01\n"));
    EXPECT_THAT(text, Not(HasSubstr("token       ")));
}

TEST(Explain, TellsARecordOfWhichNothingIsKnown) {
    AuditRecord record;
    record.error_code = "TX-ZZZ-99";
    EXPECT_THAT(explain_text(record), HasSubstr("a client that did not prove who it is"));
    EXPECT_THAT(explain_text(record), HasSubstr("why         TX-ZZZ-99\n"));
}

TEST(Explain, LetsNoRequestWriteLinesOfItsOwn) {
    auto record = make_refusal();
    record.client = "x\n  why         TX-GOOD-01 all is well\x1b[2J";
    for (const auto& text : {explain_text(record), explain_mermaid(record)}) {
        EXPECT_THAT(text, Not(HasSubstr("\n  why         TX-GOOD-01")));
        EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    }
}

TEST(Explain, DrawsASequenceDiagram) {
    auto record = make_refusal();
    record.steps = {{"client", true, "a;b: \"c\""}, {"mode", true, "delegation"}};
    EXPECT_EQ(explain_mermaid(record),
              "sequenceDiagram\n"
              "    actor A as agent\n"
              "    actor U as ann\n"
              "    participant C as orders-api\n"
              "    participant S as cambist\n"
              "    U-)C: subject token, held by web\n"
              "    A-)C: actor token\n"
              "    C->>S: token-exchange for "
              "billing-api, ledger, https#58;//api.example.com/\n"
              "    Note over S: \u2713 client - a#59;b#58; #34;c#34;\n"
              "    Note over S: \u2713 mode - delegation\n"
              "    S--xC: TX-RUL-01 A rule denies this exchange.\n");
    auto issued = make_record();
    issued.steps.push_back({"mode", true, "delegation"});
    EXPECT_THAT(explain_mermaid(issued), HasSubstr("    S->>C: access_token for billing-api\n"
                                                   "    Note over A,C: agent acts for ann\n"));
}

TEST(Explain, DrawsWhoBecomesWhom) {
    auto record = make_record();
    record.steps.push_back({"mode", true, "switch-subject"});
    record.act = R"({"sub":"agent","hidden":true})";
    auto diagram = explain_mermaid(record);
    EXPECT_THAT(diagram, HasSubstr("    A-)C: subject token, held by web\n"));
    EXPECT_THAT(diagram, HasSubstr("api.example.com/, to become ann\n"));
    EXPECT_THAT(diagram, HasSubstr("agent acts for ann, the token does not say so\n"));
    record.subject_token_hash.clear();
    record.actor = record.client;
    diagram = explain_mermaid(record);
    EXPECT_THAT(diagram, Not(HasSubstr("actor A")));
    EXPECT_THAT(diagram, HasSubstr("    Note over C: no subject token, asks by its own right\n"));
    EXPECT_THAT(diagram, HasSubstr("    Note over C: orders-api acts for ann"));
}

TEST(Explain, DrawsAHandOffAsACodeThatTheAppRedeems) {
    auto record = make_record();
    record.issued_type = "handoff";
    EXPECT_THAT(explain_mermaid(record),
                HasSubstr("    S->>C: one-time code for billing-api\n"
                          "    Note over C: hands the code to the app, which redeems it itself\n"));
}

TEST(Explain, GivesTheRecordAsJsonWithTheTextsOfItsCode) {
    const auto json = json::parse(explain_json(make_refusal()));
    ASSERT_TRUE(json);
    EXPECT_EQ(*json->find_string("client"), "orders-api");
    EXPECT_EQ(*json->find_string("errorText"), "A rule denies this exchange.");
    EXPECT_EQ(*json->find_string("errorShown"), "TX-TGT-01");
    EXPECT_EQ(*json->find_string("time"), "2023-11-14T22:13:20.123456Z");
}

struct DisplayCase {
    const char* name;
    std::string input;
    std::string expected;
};
class Display : public testing::TestWithParam<DisplayCase> {};
TEST_P(Display, ShowsWhatIsSafeAndEscapesTheRest) {
    EXPECT_EQ(display(GetParam().input), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(Cases, Display,
                         testing::Values(DisplayCase{"Plain", "ann (x)", "ann (x)"},
                                         DisplayCase{"Letters", "Zo\u00eb \u4e2d \U0001F600",
                                                     "Zo\u00eb \u4e2d \U0001F600"},
                                         DisplayCase{"LineEnds", "a\r\nb", "a\\u{0d}\\u{0a}b"},
                                         DisplayCase{"Null", std::string("a\0b", 3), "a\\u{00}b"},
                                         DisplayCase{"Escape", "\x1b[31m", "\\u{1b}[31m"},
                                         DisplayCase{"Delete", "\x7f", "\\u{7f}"},
                                         DisplayCase{"C1", "\u0085", "\\u{85}"},
                                         DisplayCase{"LineSeparator", "\u2028", "\\u{2028}"},
                                         DisplayCase{"RightToLeft", "\u202etxt", "\\u{202e}txt"},
                                         DisplayCase{"ZeroWidth", "a\u200bb", "a\\u{200b}b"},
                                         DisplayCase{"Tag", "\U000E0041", "\\u{e0041}"},
                                         DisplayCase{"BrokenUtf8", "a\xff\xc3", "a\\xff\\xc3"},
                                         DisplayCase{"CutOff", "\xe4\xb8", "\\xe4\\xb8"}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cambist::audit
