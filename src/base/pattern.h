// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cambist {

// A regular expression of a configuration, in the part of Java's syntax that means the same here:
// no look-around, flags, references, possessive or named things. It is matched in time that grows
// with pattern times text, whatever it says. Immutable; any thread.
class Pattern {
  public:
    enum class Answer : std::uint8_t { kNo, kUnknown, kYes };

    // Fails with kParse, saying what it can not read.
    static Result<Pattern> compile(const std::string& text);
    // Does the whole text match, as Java's Matcher.matches()? Unknown for a text beyond 512 bytes
    // or with anything but printable ASCII, where the two languages differ.
    Answer matches(std::string_view text) const;

  private:
    struct Compiled;
    explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace cambist
