// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <limits>
#include <thread>
#include <type_traits>

#include "base/text.h"

namespace cambist {
namespace {

class FixedClock final : public Clock {
  public:
    TimePoint now() const override { return from_unix(1763776111); }
};

// A pipe whose writing end is a log's; text() gives what was written so far and waits for nothing.
class Pipe {
  public:
    Pipe() {
        EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    }
    ~Pipe() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    int writer() const { return ends_[1]; }
    std::string text() const {
        std::string all;
        std::array<char, 4096> part{};
        for (ssize_t n = 0; (n = ::read(ends_[0], part.data(), part.size())) > 0;)
            all.append(part.data(), static_cast<std::size_t>(n));
        return all;
    }

  private:
    std::array<int, 2> ends_{};
};

constexpr std::string_view kTime = R"({"time":"2025-11-22T01:48:31.000000Z",)";

TEST(Log, WritesOneJsonObjectALine) {
    const FixedClock clock;
    const Pipe pipe;
    Log log(clock, pipe.writer());
    log.info("started", {{"port", 8443},
                         {"host", std::string("::1")},
                         {"tls", true},
                         {"ratio", 0.5},
                         {"bytes", std::uint64_t{18446744073709551615U}}});
    log.warn("plain");
    log.flush();
    EXPECT_EQ(pipe.text(),
              std::string(kTime) +
                  R"("level":"info","event":"started","port":8443,"host":"::1","tls":true,)"
                  R"("ratio":0.5,"bytes":18446744073709551615})"
                  "\n" +
                  std::string(kTime) + "\"level\":\"warn\",\"event\":\"plain\"}\n");
}

struct EscapeCase {
    std::string_view name;
    std::string_view text;
    std::string_view json;
};

class JsonString : public testing::TestWithParam<EscapeCase> {};

TEST_P(JsonString, IsEscapedAsRfc8259Section7Says) {
    std::string out;
    append_json_string(out, GetParam().text);
    EXPECT_EQ(out, GetParam().json);
}

using namespace std::string_view_literals;

INSTANTIATE_TEST_SUITE_P(
    Cases, JsonString,
    testing::Values(EscapeCase{"Plain", "abc", R"("abc")"}, EscapeCase{"Empty", "", R"("")"},
                    EscapeCase{"QuoteAndBackslash", R"(a"b\c)", R"("a\"b\\c")"},
                    EscapeCase{"LineEnds", "a\r\n\tb", R"("a\r\n\tb")"},
                    EscapeCase{"Nul", "a\0b"sv, R"("a\u0000b")"},
                    EscapeCase{"Delete", "\x7f", R"("\u007f")"},
                    EscapeCase{"Utf8IsKept", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
                               "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
                    EscapeCase{"LoneContinuation", "a\x80z", "\"a\xEF\xBF\xBDz\""},
                    EscapeCase{"CutSequence", "\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
                    EscapeCase{"Overlong", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
                    EscapeCase{"Surrogate", "\xED\xA0\x80",
                               "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Log, WritesNumbersThatJsonDoesNotHaveAsNull) {
    std::string line;
    LogField("x", std::numeric_limits<double>::infinity()).render(line);
    EXPECT_EQ(line, R"("x":null)");
}

TEST(Log, LeavesOutLinesBelowTheLevel) {
    const FixedClock clock;
    const Pipe pipe;
    Log log(clock, pipe.writer(), LogLevel::kWarn);
    log.info("quiet");
    EXPECT_FALSE(log.is_on(LogLevel::kInfo));
    log.set_level(LogLevel::kDebug);
    log.debug("loud");
    log.flush();
    const auto text = pipe.text();
    EXPECT_EQ(text.find("quiet"), std::string::npos);
    EXPECT_NE(text.find("loud"), std::string::npos);
}

TEST(Log, AnErrorIsWrittenWhenTheCallReturns) {
    const FixedClock clock;
    const Pipe pipe;
    Log log(clock, pipe.writer());
    log.error("bad");
    EXPECT_NE(pipe.text().find(R"("level":"error","event":"bad")"), std::string::npos);
}

TEST(Log, LinesOfManyThreadsAreNeverMixed) {
    const FixedClock clock;
    const Pipe pipe;
    {
        Log log(clock, pipe.writer());
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 100; ++i) log.info("line", {{"value", 1}});
            });
    }
    const auto text = pipe.text();
    const auto lines = split(text, '\n');
    ASSERT_EQ(lines.size(), 401U);  // the last one is the empty rest
    for (std::size_t i = 0; i < 400; ++i)
        EXPECT_EQ(lines[i], std::string(kTime) + R"("level":"info","event":"line","value":1})");
}

TEST(Log, ASlowReaderNeverHoldsUpTheWriter) {
    const FixedClock clock;
    const Pipe pipe;  // nobody reads: it takes 64 KiB
    std::string text;
    {
        Log log(clock, pipe.writer(), LogLevel::kInfo, /*buffer_bytes=*/4096);
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 10'000; ++i) log.info("flood", {{"text", std::string(100, 'x')}});
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
        // Now someone reads, so that the destructor finds room.
        for (int i = 0; i < 50; ++i) {
            text += pipe.text();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    text += pipe.text();
    EXPECT_NE(text.find(R"("event":"log.dropped","lines":)"), std::string::npos);
}

TEST(Log, ASecretDoesNotCompile) {
    static_assert(!std::is_constructible_v<LogField, std::string_view, const Secret&>);
    static_assert(!std::is_constructible_v<LogField, std::string_view, Secret>);
    static_assert(std::is_constructible_v<LogField, std::string_view, int>);
}

TEST(LogLevels, AreReadAsTheyAreWritten) {
    for (const auto level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError})
        EXPECT_EQ(parse_log_level(to_text(level)), level);
    EXPECT_EQ(parse_log_level("verbose"), std::nullopt);
}

}  // namespace
}  // namespace cambist
