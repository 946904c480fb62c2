// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/secret.h"

namespace cambist {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

std::string_view to_text(LogLevel level);
// "debug", "info", "warn", "error".
std::optional<LogLevel> parse_log_level(std::string_view text);

// One named value of a log line. It views its text: use it within the call only. A Secret does not
// compile.
class LogField {
  public:
    LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
    LogField(std::string_view key, const char* value)
        : key_(key), value_(std::string_view(value)) {}
    LogField(std::string_view key, const std::string& value)
        : key_(key), value_(std::string_view(value)) {}
    LogField(std::string_view key, std::same_as<bool> auto value) : key_(key), value_(value) {}
    template <std::signed_integral T>
    LogField(std::string_view key, T value) : key_(key), value_(std::int64_t{value}) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    LogField(std::string_view key, T value) : key_(key), value_(std::uint64_t{value}) {}
    LogField(std::string_view key, std::floating_point auto value)
        : key_(key), value_(static_cast<double>(value)) {}
    LogField(std::string_view key, const Secret& value) = delete;

    void render(std::string& line) const;

  private:
    std::string_view key_;
    std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value_;
};

// Structured log: one JSON object a line, {"time","level","event",…fields}. A line is put into a
// bounded buffer and written by a thread of its own, so that a slow reader of the log never holds
// up a request; lines beyond the bound are dropped, counted, and the count is logged. An error
// line is waited for. All member functions may be called from any thread.
class Log {
  public:
    using Fields = std::initializer_list<LogField>;

    // Writes to an open file descriptor that it does not own; 2 is the standard error stream.
    explicit Log(const Clock& clock, int descriptor = 2, LogLevel least = LogLevel::kInfo,
                 std::size_t buffer_bytes = 1024UL * 1024);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();  // writes what is left

    void debug(std::string_view event, Fields fields = {}) {
        write(LogLevel::kDebug, event, fields);
    }
    void info(std::string_view event, Fields fields = {}) { write(LogLevel::kInfo, event, fields); }
    void warn(std::string_view event, Fields fields = {}) { write(LogLevel::kWarn, event, fields); }
    void error(std::string_view event, Fields fields = {}) {
        write(LogLevel::kError, event, fields);
    }
    bool is_on(LogLevel level) const;
    // Changes the least level that is written.
    void set_level(LogLevel least);
    // Waits until every line so far is written, at most a second.
    void flush();

  private:
    struct Parts;
    void write(LogLevel level, std::string_view event, Fields fields);
    std::unique_ptr<Parts> parts_;
};

// Appends `text` as a JSON string with its quotes: control characters escaped, bytes that are no
// UTF-8 replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace cambist
