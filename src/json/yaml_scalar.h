// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/value.h"

namespace cambist::json {

// The value of a scalar by the core schema of YAML 1.2 section 10.3. `tag` is "?" (or empty) for
// a plain scalar, "!" for a quoted one, else an explicit tag. kParse with the reason in the hint,
// without a position.
Result<Value> resolve_yaml_scalar(const std::string& text, std::string_view tag);

}  // namespace cambist::json
