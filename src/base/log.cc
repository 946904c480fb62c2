// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <iterator>
#include <thread>

#include "base/gather.h"
#include "base/guarded.h"
#include "base/plain_run.h"

namespace cambist {

namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};

// The length of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7), or 0.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const auto follows = [&](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool beyond = first == 0xF4 && byte(1) > 0x8F;
        return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

void append_escaped(std::string& out, unsigned char byte) {
    switch (byte) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    }
}

// Everything, unless the reader of the log is gone or has been slow for too long.
bool write_all(int descriptor, std::string_view bytes) {
    constexpr int kPatienceMs = 1000;
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd ready{descriptor, POLLOUT, 0};
            if (::poll(&ready, 1, kPatienceMs) == 0) return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string_view to_text(LogLevel level) { return kLevels.at(static_cast<std::size_t>(level)); }

std::optional<LogLevel> parse_log_level(std::string_view text) {
    for (std::size_t i = 0; i < kLevels.size(); ++i)
        if (kLevels.at(i) == text) return static_cast<LogLevel>(i);
    return std::nullopt;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t plain = plain_run(text);
        while (plain < text.size() && is_plain(static_cast<unsigned char>(text[plain]))) ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto first = static_cast<unsigned char>(text.front());
        const auto length = utf8_length(text);
        if (first < 0x80) {
            append_escaped(out, first);
        } else if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void LogField::render(std::string& line) const {
    append_json_string(line, key_);
    line += ':';
    const auto end = std::back_inserter(line);
    if (const auto* text = std::get_if<std::string_view>(&value_)) {
        append_json_string(line, *text);
    } else if (const auto* flag = std::get_if<bool>(&value_)) {
        line += *flag ? "true" : "false";
    } else if (const auto* integer = std::get_if<std::int64_t>(&value_)) {
        fmt::format_to(end, "{}", *integer);
    } else if (const auto* natural = std::get_if<std::uint64_t>(&value_)) {
        fmt::format_to(end, "{}", *natural);
    } else if (const double number = std::get<double>(value_); std::isfinite(number)) {
        fmt::format_to(end, "{}", number);
    } else {
        line += "null";  // JSON has no infinities
    }
}

namespace {
// How long a line may wait for others to be written with.
constexpr std::chrono::milliseconds kGather{5};
}  // namespace

struct Log::Parts {
    struct Queue {
        std::string lines;
        std::uint64_t dropped = 0;
        bool writing = false;
        bool closing = false;
        bool idle() const { return lines.empty() && dropped == 0 && !writing; }
    };

    const Clock& clock;
    const int descriptor;
    const std::size_t bound;
    std::atomic<LogLevel> least;
    Guarded<Queue> queue;
    std::thread writer;

    Parts(const Clock& time, int to, LogLevel level, std::size_t bytes)
        : clock(time), descriptor(to), bound(bytes), least(level) {}

    std::string head(LogLevel level, std::string_view event) const {
        std::string line;
        line.reserve(768);  // most lines are shorter
        line += R"({"time":")";
        line += to_iso8601(clock.now());
        line += R"(","level":")";
        line += to_text(level);
        line += R"(","event":)";
        append_json_string(line, event);
        return line;
    }

    // Writes until closed and empty. The two strings change places, so nothing is allocated.
    void run() const {
        gather_always();
        std::string batch;
        for (;;) {
            std::uint64_t dropped = 0;
            const bool closing = queue.wait(
                [](const Queue& q) { return q.closing || !q.lines.empty() || q.dropped > 0; },
                [](Queue& q) { return q.closing; });
            // Under load more lines are on their way; asleep here, no line wakes this thread.
            if (!closing) std::this_thread::sleep_for(kGather);
            const bool go_on = queue.with([&](Queue& q) {
                batch.clear();
                batch.swap(q.lines);
                dropped = std::exchange(q.dropped, 0);
                q.writing = !batch.empty() || dropped > 0;
                return q.writing;
            });
            if (!go_on) return;
            if (dropped > 0) {
                batch += head(LogLevel::kWarn, "log.dropped");
                fmt::format_to(std::back_inserter(batch), ",\"lines\":{}}}\n", dropped);
            }
            // A log that can not be written has nowhere to say so; the process goes on.
            static_cast<void>(write_all(descriptor, batch));
            queue.change([](Queue& q) { q.writing = false; });
        }
    }
};

Log::Log(const Clock& clock, int descriptor, LogLevel least, std::size_t buffer_bytes)
    : parts_(std::make_unique<Parts>(clock, descriptor, least, buffer_bytes)) {
    parts_->writer = std::thread([parts = parts_.get()] { parts->run(); });
}

Log::~Log() {
    parts_->queue.change([](auto& queue) { queue.closing = true; });
    parts_->writer.join();
}

bool Log::is_on(LogLevel level) const {
    return level >= parts_->least.load(std::memory_order_relaxed);
}

void Log::set_level(LogLevel least) { parts_->least.store(least, std::memory_order_relaxed); }

void Log::flush() {
    parts_->queue.wait_for(
        std::chrono::seconds(1), [](const auto& queue) { return queue.idle(); }, [](auto&) {});
}

void Log::write(LogLevel level, std::string_view event, Fields fields) {
    if (!is_on(level)) return;
    std::string line = parts_->head(level, event);
    for (const auto& field : fields) {
        line += ',';
        field.render(line);
    }
    line += "}\n";
    parts_->queue.change([&](auto& queue) {
        if (queue.lines.size() + line.size() > parts_->bound) {
            ++queue.dropped;
        } else {
            queue.lines += line;
        }
    });
    if (level == LogLevel::kError) flush();
}

}  // namespace cambist
