// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace cambist {

void assertion_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "bug: %s does not hold at %s:%d\n", condition, file, line);
    std::abort();
}

}  // namespace cambist
