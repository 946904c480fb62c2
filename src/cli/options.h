// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cambist::cli {

// The command line. Exit codes: 0 done, 1 refused or false, 2 wrong use.
int run(int argc, char** argv);

}  // namespace cambist::cli
