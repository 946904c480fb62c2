// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "config/settings.h"

namespace cambist::app {

// Runs the server until SIGTERM or SIGINT; SIGHUP reads certificates, audit file and realm files
// again. Must be called before any other thread exists. Fails when it could not start.
Status serve(const config::Settings& settings);

}  // namespace cambist::app
