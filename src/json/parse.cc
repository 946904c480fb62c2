// SPDX-License-Identifier: Apache-2.0
#include "json/parse.h"

#include <cstring>
#include <memory>

#include "base/text.h"
#include "json/plain_reader.h"
#include "json/simdjson_walk.h"

namespace cambist::json {

namespace {

// What a thread keeps between two texts: simdjson's tables, and the padded copy it reads from.
class Scratch {
  public:
    std::string_view copy_padded(std::string_view text) {
        const auto needed = text.size() + simdjson::SIMDJSON_PADDING;
        if (buffer_.size() < needed) buffer_.resize(std::max<std::size_t>(needed, 4096));
        if (!text.empty()) std::memcpy(buffer_.data(), text.data(), text.size());
        std::memset(buffer_.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
        return {buffer_.data(), text.size()};
    }
    std::size_t capacity() const { return buffer_.size(); }
    simdjson::ondemand::parser& parser() { return *parser_; }
    // A realm file is read once; its megabytes are not kept.
    void shrink() {
        if (buffer_.size() <= kKeptBytes) return;
        buffer_ = {};
        parser_ = std::make_unique<simdjson::ondemand::parser>();
    }

  private:
    static constexpr std::size_t kKeptBytes = 1024UL * 1024;
    std::vector<char> buffer_;
    std::unique_ptr<simdjson::ondemand::parser> parser_ =
        std::make_unique<simdjson::ondemand::parser>();
};

Scratch& scratch() {
    thread_local Scratch instance;
    return instance;
}

std::unexpected<Error> refuse(Position position, std::string_view what) {
    return fail(ErrorCode::kParse, describe(position) + ": " + std::string(what));
}

// Where the first character stands that is no UTF-8.
std::size_t find_invalid_utf8(std::string_view text) {
    std::size_t good = 0;
    std::size_t bad = text.size();
    while (bad - good > 1) {
        // Between two characters, so that a cut character does not count as a wrong one.
        auto middle = good + (bad - good) / 2;
        while (middle > good && (static_cast<unsigned char>(text[middle]) & 0xC0U) == 0x80U)
            --middle;
        if (middle == good) break;
        if (is_valid_utf8(text.substr(good, middle - good))) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    return good;
}

// Where simdjson stopped before it came to the walk.
Position locate(std::string_view text, simdjson::error_code code) {
    if (code == simdjson::UTF8_ERROR) return position_of(text, find_invalid_utf8(text));
    bool quoted = false;
    std::size_t opened = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
            opened = i;
        } else if (quoted && static_cast<unsigned char>(text[i]) < 0x20) {
            return position_of(text, i);
        }
    }
    return position_of(text, quoted ? opened : text.size());
}

struct Reading {
    Limits limits;
    Positions positions;
    std::vector<Fault>* faults;
};

Result<Value> read_padded(std::string_view padded, const Reading& reading, bool& duplicate) {
    simdjson::ondemand::document document;
    if (const auto code = scratch().parser().iterate(padded, scratch().capacity()).get(document))
        return refuse(locate(padded, code), describe(code));
    Walk walk(padded, reading.limits.max_depth, reading.positions, reading.faults);
    Value value;
    if (walk.run(document, value)) return value;
    duplicate = walk.is_duplicate();
    return refuse(walk.error_position(), walk.error());
}

// simdjson 3.0 takes some words and blanks behind them for no document; objects and lists it does.
std::string_view without_blanks_behind_word(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto first = text.find_first_not_of(kBlanks);
    const bool is_word =
        first != std::string_view::npos && text[first] != '{' && text[first] != '[';
    return is_word ? text.substr(0, text.find_last_not_of(kBlanks) + 1) : text;
}

Result<Value> read(std::string_view text, const Reading& reading) {
    if (text.size() > reading.limits.max_bytes)
        return fail(ErrorCode::kParse, "the text has more than " +
                                           std::to_string(reading.limits.max_bytes) + " bytes");
    if (reading.positions == Positions::kNone) {
        Value plain;
        if (read_plain(text, reading.limits.max_depth, plain)) return plain;
    }
    if (text.starts_with("\xEF\xBB\xBF"))
        return refuse({1, 1}, "the text begins with a byte order mark");
    const auto padded = scratch().copy_padded(without_blanks_behind_word(text));
    bool duplicate = false;
    auto value = read_padded(padded, reading, duplicate);
    // Without positions the place of a duplicate key is not known: look again, with them.
    if (duplicate && reading.positions == Positions::kNone)
        value =
            read_padded(padded, {reading.limits, Positions::kLineAndColumn, nullptr}, duplicate);
    scratch().shrink();
    return value;
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset) {
    return LineCursor(text).at(offset);
}

Result<Value> parse(std::string_view text, const Limits& limits, Positions positions) {
    return read(text, {limits, positions, nullptr});
}

Result<Value> parse_all_faults(std::string_view text, const Limits& limits,
                               std::vector<Fault>& faults) {
    return read(text, {limits, Positions::kLineAndColumn, &faults});
}

}  // namespace cambist::json
