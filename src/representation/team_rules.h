// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "json/value.h"
#include "representation/reading.h"
#include "representation/realm_file.h"

namespace cambist::representation {

// The rules of one team in a file of its own: {"realm": ..., "owner": ..., "exchangeRules": [...]},
// of which only the last must be there.
struct OwnedRules {
    std::string owner;
    SourceText source;
};

// As read_realm_parts(), with teams that keep their rules in files of their own: the owner is a
// client, and its rules are for that client (or its resource_url) as the target, else the rule is a
// fault; a rule that names no owner gets this one.
ReadOutcome read_realm_parts(const SourceText& realm, std::span<const SourceText> users,
                             std::span<const OwnedRules> rules, const Options& options);

// Puts the rules of teams behind those of the realm, each with the place where it came from. For
// one thread.
class TeamRules {
  public:
    // Both must outlive this.
    TeamRules(json::Value& realm, Reading& reading) : realm_(realm), reading_(reading) {}
    void add(json::Value part, const OwnedRules& owned);
    // "exchangeRules[57].target" of all rules is "exchangeRules[2].target" of a team's file.
    void place(Fault& fault) const;

  private:
    json::Value& realm_;
    Reading& reading_;
    std::map<std::size_t, std::string> from_;  // first index of a file's rules
};

}  // namespace cambist::representation
