// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/parse.h"
#include "json/value.h"

namespace cambist::json {

// One YAML document as a Value, for files an operator wrote, never for network input. Plain scalars
// follow the core schema of YAML 1.2 (null, true, false, integers, floats; yes, no, on and off are
// strings), quoted ones are strings. Anchors and aliases work within a bound on nodes; merge keys
// and tags other than the core ones are refused. Duplicate keys and keys that are no scalars go to
// `faults`. Fails with kParse; the hint says line, column and what is wrong. Thread-safe.
Result<Value> parse_yaml(std::string_view text, const Limits& limits, std::vector<Fault>& faults);

// The value as a YAML document in block style, with a line end: parse_yaml() gives it back.
std::string to_yaml(const Value& value);

}  // namespace cambist::json
