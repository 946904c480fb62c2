// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.h"
#include "policy/rule_index.h"

namespace cambist::policy {

// The targets of an exchange. An empty list stands for Keycloak's semantics without audience:
// whatever the requester's client scopes yield.
using Targets = std::vector<Target>;

// What the request names, each once; or the default. Fails with kTooManyTargets, kTargetUnknown,
// kTargetDisabled, kTargetMissing.
Result<Targets> resolve_targets(const RuleIndex& index, const Facts& facts);

// Names of targets that the requester may see: those of its rules and of its client scopes.
std::vector<std::string_view> visible_targets(const RuleIndex& index, const Facts& facts);

// " Did you mean 'billing-api'?", or empty.
std::string suggest_target(const RuleIndex& index, const Facts& facts, std::string_view name);

}  // namespace cambist::policy
