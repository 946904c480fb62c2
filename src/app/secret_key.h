// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "config/settings.h"
#include "crypto/secret_box.h"

namespace cambist::app {

// The key that seals secrets at rest: from CAMBIST_SECRET_KEY, else from the configured files, else
// (--dev only) from a file beside the database that is made when it is missing.
Result<crypto::SecretBox> open_secret_box(const config::Settings& settings, const Random& random,
                                          Log& log);

}  // namespace cambist::app
