// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

int main(int argc, char** argv) { return cambist::cli::run(argc, argv); }
