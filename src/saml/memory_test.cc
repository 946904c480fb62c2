// SPDX-License-Identifier: Apache-2.0
// The library is denied one piece of memory after another: it then goes on with less of a document,
// and calls that well-formed. What was signed must be read whole, or not at all.
#include <gtest/gtest.h>
#include <libxml/xmlmemory.h>

#include <cstdlib>
#include <cstring>
#include <new>

#include "saml/test_assertion.h"
#include "saml/xml.h"

namespace cambist::saml::test {
namespace {

enum class Denial : std::uint8_t { kOnePiece, kAllFromThen };

// Of one piece, only what is asked for anew: version 2.9.14 itself falls over when the one growth
// of a parser's input is denied and all else is given. The library's allocator is one for the
// process; these tests are for one thread.
struct Scarcity {
    bool is_on = false;
    std::size_t pieces = 0;  // that are still given
    Denial denial = Denial::kOnePiece;
    std::size_t denied = 0;

    bool denies() {
        if (!is_on) return false;
        if (pieces > 0) {
            --pieces;
            return false;
        }
        if (denial == Denial::kOnePiece && denied > 0) return false;
        ++denied;
        return true;
    }
} scarcity;

void* allocate(std::size_t size) { return scarcity.denies() ? nullptr : std::malloc(size); }
void* reallocate(void* old, std::size_t size) {
    const bool is_spared = scarcity.denial == Denial::kOnePiece;
    return !is_spared && scarcity.denies() ? nullptr : std::realloc(old, size);
}
char* duplicate(const char* text) { return scarcity.denies() ? nullptr : strdup(text); }

class SamlMemory : public testing::TestWithParam<Denial> {
  protected:
    SamlMemory() {
        static_cast<void>(XmlDocument::parse("<a/>"));  // what the library keeps is made by then
        xmlMemSetup(&std::free, &allocate, &reallocate, &duplicate);
    }
    ~SamlMemory() override {
        scarcity = {};
        xmlMemSetup(&std::free, &std::malloc, &std::realloc, &strdup);
    }
    SamlMemory(const SamlMemory&) = delete;
    SamlMemory& operator=(const SamlMemory&) = delete;

    // Calls `read` with one piece more each time, until it has all that it asks for. What it gives
    // must be `whole`, or empty: a refusal.
    template <typename Read>
    void expect_all_or_nothing(const std::string& whole, const Read& read) {
        constexpr std::size_t kMost = 20'000;
        for (std::size_t pieces = 0; pieces < kMost; ++pieces) {
            scarcity = {.is_on = true, .pieces = pieces, .denial = GetParam(), .denied = 0};
            std::string given;
            try {
                given = read();
            } catch (const std::bad_alloc&) {
            }
            const bool was_denied = scarcity.denied > 0;
            scarcity = {};
            if (!was_denied) {
                EXPECT_EQ(given, whole);
                EXPECT_GT(pieces, 20U);
                return;
            }
            if (!given.empty()) {
                ASSERT_EQ(given, whole) << "after " << pieces << " pieces";
            }
        }
        FAIL() << "it never had enough";
    }
};

Parts much_said() {
    Parts parts;
    parts.conditions = replaced(parts.conditions, "</saml:Conditions>",
                                "<saml:OneTimeUse></saml:OneTimeUse></saml:Conditions>");
    return parts;
}

// Without `read`'s own memory being scarce.
std::string canonical_of(const XmlDocument& document) {
    scarcity.is_on = false;
    return document.canonical(document.root(), nullptr, {}).value();
}

std::string facts_of(const Result<AssertionFacts>& facts) {
    if (!facts) return {};
    std::string text = facts->id + " " + facts->name_id.value;
    for (const auto& audience : facts->audiences) text += " " + audience;
    return text + (facts->one_time_use ? " once " : " ") + to_iso8601(facts->expires_at);
}

TEST_P(SamlMemory, ADocumentIsReadWholeOrNotAtAll) {
    const auto text = much_said().text();
    expect_all_or_nothing(text, [&text]() -> std::string {
        const auto document = XmlDocument::parse(text);
        return document ? canonical_of(*document) : std::string();
    });
}

TEST_P(SamlMemory, ACanonicalFormIsWholeOrThereIsNone) {
    const auto text = much_said().text();
    const auto document = XmlDocument::parse(text);
    ASSERT_TRUE(document);
    expect_all_or_nothing(text, [&document] {
        return document->canonical(document->root(), nullptr, {}).value_or("");
    });
}

TEST_P(SamlMemory, ASignedAssertionSaysAllThatWasSigned) {
    const auto text = signed_assertion(much_said());
    const auto whole = facts_of(verify(text));
    ASSERT_NE(whole.find("once"), std::string::npos) << whole;
    expect_all_or_nothing(whole, [&text] { return facts_of(verify(text)); });
}

// A refusal would say that the assertion is bad; it is the machine.
TEST_P(SamlMemory, NobodyIsBlamedForIt) {
    const auto text = signed_assertion(much_said());
    for (const std::size_t pieces : {40U, 200U, 400U}) {
        scarcity = {.is_on = true, .pieces = pieces, .denial = GetParam(), .denied = 0};
        EXPECT_THROW(static_cast<void>(verify(text)), std::bad_alloc) << pieces;
        scarcity = {};
    }
}

INSTANTIATE_TEST_SUITE_P(Denied, SamlMemory,
                         testing::Values(Denial::kOnePiece, Denial::kAllFromThen),
                         [](const auto& denial) {
                             return denial.param == Denial::kOnePiece ? "OnePiece" : "AllFromThen";
                         });

}  // namespace
}  // namespace cambist::saml::test
