// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <list>

#include "http/settings.h"

namespace cambist::http {

using SteadyTime = std::chrono::steady_clock::time_point;

class Connection;

// What a connection waits for; each has one time-out. kParked waits for a worker: without one.
enum class Wait { kParked, kHeader, kBody, kIdle, kWrite, kLinger };

// All connections of a loop by what they wait for. Within a list all have the same time-out, so
// the order of arrival is the order of expiry: setting is O(1) and so is looking for nobody.
class Deadlines {
  public:
    struct Entry {
        Connection* connection = nullptr;
        Wait wait = Wait::kParked;
        SteadyTime at;
    };
    using Place = std::list<Entry>::iterator;

    explicit Deadlines(const Settings& settings)
        : timeouts_{std::chrono::milliseconds{0}, settings.header_timeout, settings.body_timeout,
                    settings.idle_timeout,        settings.write_timeout,  kLingerTime} {}

    Place add(Connection& connection) {
        auto& parked = list(Wait::kParked);
        return parked.insert(parked.end(), Entry{&connection, Wait::kParked, {}});
    }
    // Allocates nothing; the place stays valid.
    void set(Place place, Wait wait, SteadyTime now) {
        auto& to = list(wait);
        to.splice(to.end(), list(place->wait), place);
        place->wait = wait;
        place->at = now + timeouts_.at(static_cast<std::size_t>(wait));
    }
    void remove(Place place) { list(place->wait).erase(place); }
    // Some connection whose time is over, or null. The caller must set() or remove() its place.
    Connection* expired(SteadyTime now) {
        for (std::size_t i = 1; i < lists_.size(); ++i)
            if (!lists_.at(i).empty() && lists_.at(i).front().at <= now)
                return lists_.at(i).front().connection;
        return nullptr;
    }

  private:
    // How long a client may take to read the last answer and close.
    static constexpr std::chrono::milliseconds kLingerTime{2000};
    static constexpr std::size_t kWaits = 6;
    std::list<Entry>& list(Wait wait) { return lists_.at(static_cast<std::size_t>(wait)); }

    std::array<std::chrono::milliseconds, kWaits> timeouts_;
    std::array<std::list<Entry>, kWaits> lists_;
};

}  // namespace cambist::http
