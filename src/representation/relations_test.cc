// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "representation/realm_file.h"
#include "representation/relation_json.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

constexpr std::string_view kSound = R"(
realm: a
clients: [{ clientId: desk }]
groups: [{ name: staff }]
relations:
  - kind: guardian
    actor: { user: Mum }
    subject: { user: kid }
    scopes: [read]
    audiences: [school]
    expires: 2031-05-04T10:00:00Z
  - { kind: support, actor: { group: /staff }, subject: { group: /staff } }
  - { kind: assistant, actor: { client: desk }, subject: { user: kid } }
)";

std::string faults_of(const std::string& relation) {
    const auto outcome = read_realm_file("realm: a\nrelations:\n  - " + relation + "\n", "r", {});
    return all_of(outcome.faults);
}

TEST(Relations, AreReadWithTheirUsersByName) {
    const auto outcome = read_realm_file(kSound, "r", {});
    ASSERT_TRUE(outcome.file) << all_of(outcome.faults);
    ASSERT_TRUE(outcome.file->relations);
    const auto& relations = *outcome.file->relations;
    ASSERT_EQ(relations.size(), 3U);
    EXPECT_EQ(relations[0].kind, "guardian");
    EXPECT_EQ(to_text(relations[0].actor), "user:mum");
    EXPECT_EQ(to_text(relations[0].subject), "user:kid");
    EXPECT_EQ(relations[0].scopes, std::vector<std::string>{"read"});
    EXPECT_EQ(relations[0].expires, 1935655200);
    EXPECT_EQ(to_text(relations[1].actor), "group:/staff");
    EXPECT_EQ(to_text(relations[2].actor), "client:desk");
}

TEST(Relations, AreNoPartOfTheRealmThatIsStored) {
    const auto outcome = read_realm_file(kSound, "r", {});
    ASSERT_TRUE(outcome.file);
    EXPECT_EQ(outcome.file->canonical.find("relations"), nullptr);
    const auto silent = read_realm_file("realm: a\n", "r", {});
    ASSERT_TRUE(silent.file);
    EXPECT_FALSE(silent.file->relations);
}

TEST(Relations, AreWrittenAsTheyAreRead) {
    const auto outcome = read_realm_file(kSound, "r", {});
    ASSERT_TRUE(outcome.file);
    EXPECT_EQ(render_relation(outcome.file->relations->front()).to_text(),
              R"({"kind":"guardian","actor":{"user":"mum"},"subject":{"user":"kid"},)"
              R"("scopes":["read"],"audiences":["school"],"expires":"2031-05-04T10:00:00Z"})");
}

struct RelationFault {
    const char* name;
    std::string relation;
    std::string expected;  // part of the faults
};
class RelationFaults : public testing::TestWithParam<RelationFault> {};

TEST_P(RelationFaults, AreNamed) {
    EXPECT_NE(faults_of(GetParam().relation).find(GetParam().expected), std::string::npos)
        << faults_of(GetParam().relation);
}

INSTANTIATE_TEST_SUITE_P(
    All, RelationFaults,
    testing::Values(
        RelationFault{"Grant", "{ kind: grant, actor: { user: a }, subject: { user: b } }",
                      "is what users make themselves"},
        RelationFault{"NoKind", "{ actor: { user: a }, subject: { user: b } }", "needs a kind"},
        RelationFault{"OddKind", "{ kind: 'a b', actor: { user: a }, subject: { user: b } }",
                      "needs a kind"},
        RelationFault{"NoActor", "{ kind: x, subject: { user: b } }", "has no actor"},
        RelationFault{"TwoActors",
                      "{ kind: x, actor: { user: a, group: /g }, subject: { user: b }}",
                      "must name one"},
        RelationFault{"Nobody", "{ kind: x, actor: { user: '' }, subject: { user: b } }",
                      "names nobody"},
        RelationFault{"ClientAsSubject",
                      "{ kind: x, actor: { user: a }, subject: { client: account } }",
                      "a client is nobody to become"},
        RelationFault{"Himself", "{ kind: x, actor: { user: a }, subject: { user: A } }",
                      "nobody stands in a relation to himself"},
        RelationFault{"UnknownGroup", "{ kind: x, actor: { group: /g }, subject: { user: b } }",
                      "the realm has no group"},
        RelationFault{"UnknownClient", "{ kind: x, actor: { client: c }, subject: { user: b } }",
                      "the realm has no client"},
        RelationFault{"NoDate",
                      "{ kind: x, actor: { user: a }, subject: { user: b }, expires: soon }",
                      "is no date"},
        RelationFault{"UnknownKey", "{ kind: x, actor: { user: a }, subject: { user: b }, til: x }",
                      "unknown key \"til\""},
        RelationFault{"Twice",
                      "{ kind: x, actor: { user: a }, subject: { user: b } }\n"
                      "  - { kind: x, actor: { user: a }, subject: { user: b }, scopes: [s] }",
                      "occurs twice"}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cambist::representation
