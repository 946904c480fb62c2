// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"

namespace cambist::issuers {

// Tokens that whoever is asked about them uses up: of several requests with one of them at once,
// one asks. Of this process; among nodes the mark in the store decides, which also goes on when
// this has forgotten. Any thread.
class InUse {
  public:
    // kForeignReplayed: another request asks, or had its answer so short a time ago that what it
    // writes may not be there yet. Else end() must follow.
    Status begin(const std::string& token, TimePoint now) const;
    // Not used up: whoever comes next may try again.
    void end(const std::string& token, bool is_used_up, TimePoint now) const;

  private:
    Guarded<std::unordered_map<std::string, TimePoint>> until_;
};

}  // namespace cambist::issuers
