// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "model/flow.h"

namespace cambist::tokens {

// What a rightly signed token says, before times and live state were looked at.
struct CheckedToken {
    TokenFacts facts;
    std::int64_t not_before = 0;
    std::string typ;   // header typ as written
    std::string kind;  // claim typ: Bearer, ID, Refresh, Logout, ...
    std::string kid;
    std::uint64_t key = 0;            // crypto::PublicKey::id of the key that verified it
    std::vector<std::string> actors;  // subs of the act chain, outermost first
};

// Remembers which texts were rightly signed, so that a token presented again costs no signature
// check. Only the signature is remembered: whoever takes an entry checks that its key is still
// good, the times and the live state. Off by default. Bounded; any thread.
class SignatureCache {
  public:
    explicit SignatureCache(std::size_t max_entries = 10'000) : max_entries_(max_entries) {}

    // By realm and hash of the whole text.
    std::shared_ptr<const CheckedToken> find(std::string_view realm, std::string_view hash) const;
    void put(std::string_view realm, std::shared_ptr<const CheckedToken> token) const;
    std::size_t size() const;

  private:
    struct Entry {
        std::string key;
        std::shared_ptr<const CheckedToken> token;
    };
    struct State {
        std::list<Entry> order;  // least recently used last
        std::unordered_map<std::string, std::list<Entry>::iterator> index;
    };
    const std::size_t max_entries_;
    Guarded<State> state_;
};

}  // namespace cambist::tokens
