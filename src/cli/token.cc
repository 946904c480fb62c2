// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>
#include <iterator>

#include "base/text.h"
#include "cli/commands.h"
#include "tokens/inspect.h"

namespace cambist::cli {

int inspect_token(const std::string& token, bool json) {
    std::string text = token;
    if (token == "-")
        text.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
    const auto inspection = tokens::inspect(trim(text), SystemClock().now());
    fmt::print("{}\n",
               json ? tokens::to_json(inspection).to_pretty_text() : tokens::to_text(inspection));
    return kDone;
}

}  // namespace cambist::cli
