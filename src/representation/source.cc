// SPDX-License-Identifier: Apache-2.0
#include "representation/source.h"

#include <charconv>

#include "base/text.h"
#include "json/parse.h"
#include "json/yaml.h"

namespace cambist::representation {

namespace {

bool is_json(std::string_view text, std::string_view file_name) {
    if (file_name.ends_with(".json")) return true;
    if (file_name.ends_with(".yaml") || file_name.ends_with(".yml")) return false;
    return trim(text).starts_with('{');
}

// The parsers put "line 3, column 14" into the hint.
json::Position position_in(std::string_view hint) {
    const auto number_after = [&](std::string_view word) {
        std::uint32_t number = 0;
        if (const auto at = hint.find(word); at != std::string_view::npos)
            std::from_chars(hint.data() + at + word.size(), hint.data() + hint.size(), number);
        return number;
    };
    return {.line = number_after("line "), .column = number_after("column ")};
}

}  // namespace

std::optional<json::Value> parse_source(std::string_view text, const std::string& file_name,
                                        Reading& reading) {
    std::vector<json::Fault> faults;
    const bool json = is_json(text, file_name);
    auto value = json ? json::parse_all_faults(text, json::kConfigLimits, faults)
                      : json::parse_yaml(text, json::kConfigLimits, faults);
    for (auto& fault : faults)
        reading.fault(fault.position, std::move(fault.key), std::move(fault.text),
                      "keep one of them");
    if (!value) {
        const auto& hint = value.error().hint;
        reading.fault(position_in(hint), {},
                      "is no " + std::string(json ? "JSON" : "YAML") + ": " + hint);
        return std::nullopt;
    }
    return *std::move(value);
}

}  // namespace cambist::representation
