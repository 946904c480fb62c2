// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.h"

namespace cambist::app {

// Runs the gateway of an app in the browser until SIGTERM or SIGINT; SIGHUP reads its certificate
// again. Must be called before any other thread exists. Fails when it could not start.
Status run_gateway(const std::string& config_file);

}  // namespace cambist::app
