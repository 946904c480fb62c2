// SPDX-License-Identifier: Apache-2.0
// Inside outbound/ only.
#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/guarded.h"
#include "outbound/stream.h"

namespace cambist::outbound {

// Connections that are kept for the next call of the same origin: a handshake costs more than the
// call. Each was made to an address that the guard let through. Any thread.
class Pool {
  public:
    struct Limits {
        std::size_t of_origin = 8;
        std::size_t all = 256;
        std::chrono::seconds idle{20};
    };
    explicit Pool(const Limits& limits) : limits_(limits) {}

    // One that nothing has come from since it was put here, or nothing.
    std::optional<Stream> take(const std::string& origin) const;
    // Beyond the limits it is closed.
    void put(const std::string& origin, Stream stream) const;

  private:
    using Time = std::chrono::steady_clock::time_point;
    struct Kept {
        Stream stream;
        Time since;
    };
    struct Shelf {
        std::unordered_map<std::string, std::deque<Kept>> origins;
        std::size_t count = 0;
    };

    Limits limits_;
    Guarded<Shelf> shelf_;
};

}  // namespace cambist::outbound
