// SPDX-License-Identifier: Apache-2.0
#include "base/pattern.h"

#include <algorithm>
#include <regex>

namespace cambist {
namespace {

constexpr std::size_t kLongest = 512;

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Error refuse(const std::string& what) {
    return {.code = ErrorCode::kParse, .safe = {}, .hint = what, .detail = {}};
}

// What one character after a backslash means the same in Java and in ECMAScript.
bool is_known_escape(char c) {
    static constexpr std::string_view kClasses = "dDwWsSbB";
    static constexpr std::string_view kPunctuation = R"(\.^$|?*+()[]{}/-)";
    return kClasses.contains(c) || kPunctuation.contains(c);
}

// Reads a pattern once, to refuse what the two languages read differently.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Status check() {
        for (; at_ < text_.size(); ++at_) CAMBIST_CHECK(in_class_ ? check_class() : check_plain());
        return {};
    }

  private:
    char next() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\0'; }

    Status check_escape() {
        if (!is_known_escape(next()))
            return std::unexpected(refuse(std::string("\\") + next() + " is not served"));
        ++at_;
        return {};
    }
    Status check_class() {
        const char c = text_[at_];
        if (c == '\\') return check_escape();
        if (c == '[') return std::unexpected(refuse("a class within a class is not served"));
        if (c == '&' && next() == '&')
            return std::unexpected(refuse("an intersection of classes is not served"));
        // As the first in its class Java takes ']' for itself.
        if (c == ']' && at_ == first_in_class_)
            return std::unexpected(refuse("write \\] for a bracket in a class"));
        if (c == ']') in_class_ = false;
        return {};
    }
    Status check_plain() {
        const char c = text_[at_];
        if (c == '\\') return check_escape();
        if (c == '[') {
            in_class_ = true;
            if (next() == '^') ++at_;
            first_in_class_ = at_ + 1;
        }
        if (c == '(' && next() == '?' && text_.substr(at_, 3) != "(?:")
            return std::unexpected(refuse("(? is not served, but for (?:"));
        const bool repeats = c == '*' || c == '+' || c == '?' || c == '}';
        if (repeats && next() == '+')
            return std::unexpected(refuse("possessive repetition is not served"));
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool in_class_ = false;
    std::size_t first_in_class_ = 0;
};

}  // namespace

struct Pattern::Compiled {
    std::regex expression;
};

Result<Pattern> Pattern::compile(const std::string& text) {
    if (text.size() > kLongest) return std::unexpected(refuse("it is longer than 512 bytes"));
    if (!is_printable(text)) return std::unexpected(refuse("it is not all printable ASCII"));
    CAMBIST_CHECK(Reader(text).check());
    // Thompson's way of matching: back-tracking would let a name take for ever. It is the
    // library's own extension, and costs the references that are refused above.
    constexpr auto kHow = std::regex::ECMAScript | std::regex_constants::__polynomial;
    try {
        return Pattern(std::make_shared<const Compiled>(Compiled{std::regex(text, kHow)}));
    } catch (const std::regex_error& error) {
        return std::unexpected(refuse(std::string("it can not be read: ") + error.what()));
    }
}

Pattern::Answer Pattern::matches(std::string_view text) const {
    if (text.size() > kLongest || !is_printable(text)) return Answer::kUnknown;
    try {
        return std::regex_match(text.begin(), text.end(), compiled_->expression) ? Answer::kYes
                                                                                 : Answer::kNo;
    } catch (const std::regex_error&) {
        return Answer::kUnknown;
    }
}

}  // namespace cambist
