// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/waiting.h"

namespace cambist {
namespace {

TEST(ErrorTable, EveryCodeAndEveryTextIsUsedOnce) {
    std::set<std::string_view> ids;
    std::set<std::string_view> texts;
    for (const auto& row : error_rows()) {
        EXPECT_TRUE(ids.insert(row.id).second) << row.id;
        EXPECT_TRUE(texts.insert(row.text).second) << row.text;
        EXPECT_EQ(printable(row.text, 500), row.text);
        EXPECT_EQ(&error_row(row.code), &row);
    }
}

TEST(ErrorTable, ANeutralRowIsNeutralItself) {
    for (const auto& row : error_rows())
        EXPECT_EQ(error_row(row.neutral).neutral, row.neutral) << row.id;
}

// RFC 4648 section 10, without padding.
TEST(Base64Url, FollowsTheVectorsOfRfc4648) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : cases) {
        EXPECT_EQ(base64url_encode(plain), encoded);
        EXPECT_EQ(base64url_decode(encoded), plain);
    }
}

TEST(Base64Url, RefusesWhatIsNotStrict) {
    for (const auto* text : {"Zg==", "Z", "Zh", "Zm9", "Zm 9v", "Zm9v\n", "Zm+v", "Zm/v", "Zm9v="})
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
}

TEST(Base64, NeedsItsPadding) {
    EXPECT_EQ(base64_encode("fo"), "Zm8=");
    EXPECT_EQ(base64_decode("Zm8="), "fo");
    EXPECT_EQ(base64_decode("Zm8"), std::nullopt);
}

TEST(Hex, GoesThereAndBack) {
    EXPECT_EQ(hex_encode("\x01\xff"), "01ff");
    EXPECT_EQ(hex_decode("01ff"), "\x01\xff");
    EXPECT_EQ(hex_decode("0g"), std::nullopt);
}

TEST(Scope, FollowsRfc6749Section33) {
    EXPECT_EQ(parse_scope("read write read"), (std::vector<std::string>{"read", "write"}));
    for (const auto* text : {"", " ", "read  write", "read\nwrite", "a\"b", "a\\b", " read"})
        EXPECT_EQ(parse_scope(text), std::nullopt) << text;
}

TEST(Nearest, FindsTheSlipOfThePenAndNothingFar) {
    EXPECT_EQ(nearest("clientID", {"clientId", "secret"}), "clientId");
    EXPECT_EQ(nearest("zzzzzzzz", {"clientId", "secret"}), std::nullopt);
}

TEST(Utf8, RefusesOverlongSurrogateAndCutForms) {
    EXPECT_TRUE(is_valid_utf8("gr\xc3\xbc\xc3\x9f"));
    for (const auto* text : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"})
        EXPECT_FALSE(is_valid_utf8(text));
}

TEST(Secret, ComparesByValueAndClones) {
    const Secret a("s3cret");
    EXPECT_EQ(a, a.clone());
    EXPECT_FALSE(a == Secret("other"));
}

TEST(Clock, PrintsIso8601) {
    EXPECT_EQ(to_iso8601(from_unix(0)), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(to_iso8601(from_unix(1709251199) + std::chrono::microseconds(1234)),
              "2024-02-29T23:59:59.001234Z");
    EXPECT_EQ(to_iso8601(from_unix(253402300799)), "9999-12-31T23:59:59.000000Z");
    EXPECT_EQ(to_iso8601(from_unix(-1)), "1969-12-31T23:59:59.000000Z");
}

TEST(Random, MakesIdsOfTheRightFormThatDiffer) {
    const SystemRandom random;
    EXPECT_EQ(make_uuid(random).size(), 36U);
    EXPECT_NE(make_uuid(random), make_uuid(random));
    EXPECT_EQ(make_ulid(random, 1).size(), 26U);
    EXPECT_LT(make_ulid(random, 1), make_ulid(random, 2));
    EXPECT_EQ(make_token(random, 32).size(), 43U);
}

TEST(Random, AForkedChildDoesNotRepeatItsParent) {
    const SystemRandom random;
    static_cast<void>(make_uuid(random));  // the pool is filled, and much of it unused
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto id = make_uuid(random);
        ::_exit(::write(ends[1], id.data(), id.size()) == 36 ? 0 : 1);
    }
    const auto mine = make_uuid(random);
    std::string its(36, '\0');
    EXPECT_EQ(::read(ends[0], its.data(), its.size()), 36);
    int status = 1;
    ::waitpid(child, &status, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_EQ(status, 0);
    EXPECT_NE(mine, its);
}

class CountingWatcher final : public WaitWatcher {
  public:
    void on_wait() noexcept override { ++waits_; }
    void on_go_on() noexcept override { ++returns_; }
    int waits() const { return waits_; }
    int returns() const { return returns_; }

  private:
    int waits_ = 0;
    int returns_ = 0;
};

TEST(Waiting, IsToldOnceAndOnlyWhileWatched) {
    CountingWatcher watcher;
    {
        const Waiting unwatched;
    }
    {
        const WatchWaits watch(watcher);
        {
            const Waiting outer;
            const Waiting inner;
            EXPECT_EQ(watcher.waits(), 1);
            EXPECT_EQ(watcher.returns(), 0);
        }
        EXPECT_EQ(watcher.returns(), 1);
        {
            const Waiting again;
        }
        EXPECT_EQ(watcher.waits(), 2);
    }
    {
        const Waiting unwatched;
    }
    EXPECT_EQ(watcher.waits(), 2);
    EXPECT_EQ(watcher.returns(), 2);
}

Result<int> half(int value) {
    if (value % 2 != 0) return fail(ErrorCode::kParse, "odd");
    return value / 2;
}
Result<int> quarter(int value) {
    CAMBIST_TRY(const auto once, half(value));
    CAMBIST_TRY(const auto twice, half(once));
    return twice;
}

TEST(Result, TryPassesTheFirstErrorOn) {
    EXPECT_EQ(*quarter(8), 2);
    EXPECT_EQ(quarter(6).error().hint, "odd");
    EXPECT_EQ(quarter(6).error().describe(), "TX-CFG-04 The text can not be read. (odd)");
}

}  // namespace
}  // namespace cambist
