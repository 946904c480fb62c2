// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/flow.h"

namespace cambist::policy {

// How far a decision came, for `explain`.
struct Trace {
    std::vector<Reason> reasons;
    std::vector<TraceStep> steps;

    void pass(std::string_view stage, std::string text) {
        steps.push_back({std::string(stage), true, std::move(text)});
    }
    void refuse(const Error& error);
};

// The stage of the decision at which this refusal falls: "binding", "rules", "scopes", ...
std::string_view stage_of(ErrorCode code);

// "'a', 'b'"; "nothing" when empty.
std::string quoted(const std::vector<std::string>& names);
std::string quoted(std::string_view name);

}  // namespace cambist::policy
