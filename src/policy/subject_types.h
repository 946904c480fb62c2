// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/realm.h"
#include "model/rule.h"
#include "policy/rule_index.h"

namespace cambist::policy {

// The types of subject token that the permits of a requester take, whatever else they demand: what
// can be told before a token is proved.
class SubjectTypes {
  public:
    explicit SubjectTypes(const std::vector<Rule>& rules);
    // Fails with kSubjectTypeNotAllowed when no permit that names the requester, or that may select
    // it by more than its name, takes the type.
    Status check(const Client& requester, TokenType declared) const;

  private:
    StringMap<std::uint32_t> named_;  // sets of types, a bit for each
    std::uint32_t open_ = 0;
};

}  // namespace cambist::policy
