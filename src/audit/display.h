// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cambist::audit {

// Text that came from outside, safe to show on a terminal or in a log: control characters (C0, C1,
// DEL), line and paragraph separators and what sets the direction of writing become \u{...}, bytes
// that are no UTF-8 become \x...
std::string display(std::string_view text);
// "a, b, c"
std::string display(const std::vector<std::string>& texts);

}  // namespace cambist::audit
