// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"
#include "tokens/checked_token.h"

namespace cambist::tokens {

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
