// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/realm.h"
#include "model/rule.h"
#include "policy/match.h"

namespace cambist::policy {

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};
template <class T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;
using RuleNumbers = std::vector<std::uint32_t>;  // places in RuleIndex::rules

// What a request asks tokens for: a client, a logical name, or a resource.
struct Target {
    std::string name;                // as requested; what will stand in aud
    bool is_resource = false;        // requested by `resource`
    const Client* client = nullptr;  // null: a logical name, or a resource only rules know
};

// The rules of one effect, found by target and requester without a scan.
class RuleLookup {
  public:
    void add(const RuleMatcher& matcher, std::uint32_t number, const Realm& realm);
    // In ascending order, each once.
    RuleNumbers find(std::string_view requester, const Target& target) const;
    // Those that name no target, or whatever is reachable.
    RuleNumbers find_without_target(std::string_view requester) const;
    bool knows_audience(std::string_view name) const { return audiences_.contains(name); }
    bool knows_resource(std::string_view uri) const { return resources_.contains(uri); }

  private:
    // Of one target: the rules by the requester they name, and those that select it otherwise.
    struct Entry {
        StringMap<RuleNumbers> named;
        RuleNumbers open;
        void add(const RuleMatcher& matcher, std::uint32_t number);
        void collect(std::string_view requester, RuleNumbers& into) const;
    };
    StringMap<Entry> audiences_;
    StringMap<Entry> resources_;
    Entry everything_;
};

// What a client may ask for by rules that name it, in one mode.
struct RequesterEntry {
    std::vector<std::string> audiences;  // of enabled permits; sorted, unique
    std::vector<std::string> resources;
    bool has_switch = false;  // Keycloak's: reachable audiences
};
// By the mode of the request, which is not the rule's when the requester is to be the actor.
using RequesterEntries = std::array<RequesterEntry, 3>;
Mode mode_of_request(const Rule& rule);

// All rules of a realm, compiled. Not to be moved: matchers refer to rules.
struct RuleIndex {
    RuleIndex() = default;
    RuleIndex(const RuleIndex&) = delete;
    RuleIndex& operator=(const RuleIndex&) = delete;
    void build(const Realm& realm);

    // The first permit of this id, or null.
    const RuleMatcher* find_rule(const RuleId& id) const;
    const RequesterEntry* find_requester(const ClientId& client, Mode mode) const;
    // Some enabled permit names this public client and lets it come without authentication.
    bool serves_public(const ClientId& client) const { return public_.contains(client.text()); }
    // Some permit, of whatever target, selects this requester; `account`: its service account or
    // null.
    bool selects(const Client& requester, const Identity* account) const;

    std::vector<Rule> rules;
    std::vector<RuleMatcher> matchers;  // matchers[i] is of rules[i]
    RuleLookup permits;
    RuleLookup denials;
    StringMap<RequesterEntries> requesters;
    StringMap<RuleNumbers> permits_of;  // permits that name this client
    RuleNumbers open_permits;           // permits that name no client
    RuleNumbers delegations;            // permits of mode delegation
    StringMap<std::uint32_t> by_id;
    StringMap<bool> public_;
    bool has_permissions = false;  // of Keycloak's legacy exchange
    std::string version;
    bool has_target_holders = false;  // some permit gives tokens to its target
    bool needs_relationship = false;  // some rule selects by what stands between two parties
};

}  // namespace cambist::policy
