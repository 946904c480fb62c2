// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/error.h"

namespace cambist {

// What the operator can do about a cause (error_advice.def); docs/reference/errors.md lists all.
std::string_view advice_for(ErrorCode code);

}  // namespace cambist
