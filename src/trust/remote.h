// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/result.h"
#include "outbound/answer_reader.h"
#include "outbound/request.h"

namespace cambist::trust {

struct RemoteSettings {
    std::chrono::milliseconds timeout{2000};  // of one question
    std::size_t at_a_time = 8;                // questions to one URL
    std::size_t of_all = 24;                  // questions to all of them
    std::size_t failures = 5;                 // in a row, until it is left alone
    Seconds pause{10};                        // for so long; then one question tries it
    std::size_t urls = 10'000;                // that are remembered
};

// Questions that a request itself asks another server, and waits for: about an opaque token, or a
// kind of token that only a hook knows. A server that is slow or away must not keep our workers:
// only so many wait for one URL and for all, and one that fails again and again is left alone for a
// while. Any thread.
class Remote {
  public:
    using Send = std::function<Result<outbound::Answer>(const outbound::Request&)>;

    // `clock` and `log` must outlive this; `send` is called from many threads.
    Remote(Send send, const Clock& clock, Log& log, const RemoteSettings& settings)
        : send_(std::move(send)), clock_(clock), log_(log), settings_(settings) {}
    Remote(const Remote&) = delete;
    Remote& operator=(const Remote&) = delete;

    // The answer, whatever its status; one of 500 and more counts as a failure of the server.
    // kOutboundBusy: too many wait already, or it is being left alone. Else as
    // outbound::Client::send().
    Result<outbound::Answer> ask(outbound::Request request) const;

  private:
    struct Line {
        std::size_t waiting = 0;
        std::size_t failures = 0;  // in a row
        TimePoint closed_until{};
        bool is_probed = false;  // one question tries whether it is back
    };
    struct Lines {
        std::unordered_map<std::string, Line> urls;
        std::size_t waiting = 0;
    };
    Status enter(const std::string& url) const;
    void leave(const std::string& url, bool succeeded) const;
    void make_room(Lines& lines) const;

    Send send_;
    const Clock& clock_;
    Log& log_;
    RemoteSettings settings_;
    Guarded<Lines> lines_;
};

}  // namespace cambist::trust
