// SPDX-License-Identifier: Apache-2.0
// Inside json/ only: where simdjson is seen.
#pragma once
#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/parse.h"
#include "json/value.h"

namespace cambist::json {

// What an error of simdjson's means to the author of the text.
std::string describe(simdjson::error_code code);

// Turns byte offsets that only grow into lines and columns, in one pass over the text.
class LineCursor {
  public:
    explicit LineCursor(std::string_view text) : text_(text) {}
    Position at(std::size_t offset);

  private:
    std::string_view text_;
    std::size_t offset_ = 0;
    Position position_{1, 1};
};

// Walks one document to its end and builds the Value. One use each.
class Walk {
  public:
    // `text` is the padded copy that the document points into. `faults` may be nullptr: then a
    // duplicate key ends the walk.
    Walk(std::string_view text, std::size_t max_depth, Positions positions,
         std::vector<Fault>* faults)
        : text_(text),
          max_depth_(max_depth),
          positions_(positions),
          faults_(faults),
          cursor_(text) {}

    // False when the text is wrong; then error() and error_position() say how.
    bool run(simdjson::ondemand::document& document, Value& out);
    const std::string& error() const { return error_; }
    Position error_position() const { return error_position_; }
    bool is_duplicate() const { return is_duplicate_; }

  private:
    template <class Node>
    bool walk(Node&& node, std::size_t depth, Value& out);
    template <class Node>
    bool walk_scalar(Node&& node, simdjson::ondemand::json_type type, std::string_view token,
                     Value& out);
    bool walk_array(simdjson::ondemand::array array, std::size_t depth, Value& out);
    bool walk_object(simdjson::ondemand::object object, std::size_t depth, Value& out);
    bool check_duplicates(Object& object);
    bool refuse_duplicate(const Member& first, const Member& second);
    bool refuse(std::string what);
    bool refuse(simdjson::error_code code);
    std::size_t offset_of(const char* place) const;
    Position here(const char* place);

    std::string_view text_;
    std::size_t max_depth_;
    Positions positions_;
    std::vector<Fault>* faults_;
    LineCursor cursor_;
    simdjson::ondemand::document* document_ = nullptr;
    const char* last_ = nullptr;  // the token the walk has come to
    std::string error_;
    Position error_position_;
    bool is_duplicate_ = false;
};

}  // namespace cambist::json
