// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "cli/commands.h"

namespace CLI {
class App;
}

namespace cambist::cli {

// The option --store.
void add_store(CLI::App& command, Secret& store);
// `realm` with its commands.
void add_realm(CLI::App& app, RealmOptions& options, std::function<int()>& chosen);
// The commands that read a realm file and no store.
void add_lint(CLI::App& app, LintOptions& options, std::function<int()>& chosen);
void add_reach(CLI::App& app, ReachOptions& options, std::function<int()>& chosen);
void add_report(CLI::App& app, ReportOptions& options, std::function<int()>& chosen);
// `issuer` with its two.
void add_issuer(CLI::App& app, IssuerAddOptions& add, IssuerTestOptions& test,
                std::function<int()>& chosen);

}  // namespace cambist::cli
