// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "representation/fault.h"

namespace cambist::representation {

enum class Severity : std::uint8_t {
    kFault,  // the file is refused
    kRisk,   // the file is read, but ought to be mended
    kNote,
};
std::string_view name_of(Severity severity);  // "fault", "risk", "note"

struct Finding {
    Severity severity = Severity::kFault;
    Fault fault;
};
// "blog.json:3:7: risk: redirectUris: ..."
std::string describe(const Finding& finding);

// Everything to be said about a realm file, or about a single client as guides show it (told by its
// shape), in the order of the file. Reads no file and no environment: placeholders count as set.
std::vector<Finding> lint(std::string_view text, const std::string& file_name);

}  // namespace cambist::representation
