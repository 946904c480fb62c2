// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace cambist::exchange {

// The text with everything that looks like a token of ours or a JWT replaced by "(a token)".
// Clients put tokens into the wrong parameter; what is recorded of a request must not keep them
// alive.
std::string without_tokens(std::string_view text);

}  // namespace cambist::exchange
