// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "cli/commands.h"

namespace CLI {
class App;
}

namespace cambist::cli {

// The command `issuer` with its two.
void add_issuer(CLI::App& app, IssuerAddOptions& add, IssuerTestOptions& test,
                std::function<int()>& chosen);

}  // namespace cambist::cli
