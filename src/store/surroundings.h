// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"

namespace cambist::store {

// What a backend uses of its surroundings; all of it must outlive the store.
struct Surroundings {
    const Clock& clock;
    const Random& random;
    Log& log;
    Metrics& metrics;
};

}  // namespace cambist::store
