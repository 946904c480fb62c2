// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "gateway/settings.h"

namespace cambist::gateway {

using Held = std::shared_ptr<const Secret>;

// A token, and until when it is sent, in seconds since 1970: a little less than it lives.
struct Token {
    Held text;
    std::int64_t until = 0;
};

// The token for one service, or why there is none: asked again after a while only.
struct ServiceToken {
    Token token;
    std::optional<Error> refused;
    std::int64_t refused_until = 0;
};

// What a session holds where the browser can not see it.
struct Holdings {
    Token access;
    Held refresh;                                                  // null: none
    std::map<std::string, ServiceToken, std::less<>> of_services;  // by audience
    bool is_over = false;   // logged out, or the server knows of it no more
    bool is_taken = false;  // somebody speaks with the server for it
    std::size_t requests = 0;
};

// One log-in of one browser. Any thread.
class Session {
  public:
    // What a log-in gave.
    struct Beginning {
        Token access;
        Held refresh;
        std::string subject;  // of the user, unique in the realm
        std::string user;     // a name to be shown
    };
    explicit Session(Beginning beginning);

    const std::string& subject() const { return subject_; }
    const std::string& user() const { return user_; }
    const Guarded<Holdings>& holdings() const { return holdings_; }

    // The right to speak with the server for the session, which one request has at a time: so one
    // flight for each token. Waits for it; nothing when that takes too long.
    class Turn {
      public:
        explicit Turn(const Session& session) : session_(&session) {}
        Turn(Turn&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Turn& operator=(Turn&&) = delete;
        ~Turn();

      private:
        const Session* session_;
    };
    std::optional<Turn> take_turn() const;

  private:
    const std::string subject_;
    const std::string user_;
    Guarded<Holdings> holdings_;
};

// The sessions of all browsers, in memory: after a restart everybody logs in again. Known by the
// hash of what stands in the cookie. Bounded, as a whole and for each user: the one that was not
// used for the longest makes room. Any thread.
class Sessions {
  public:
    // Both must outlive this.
    Sessions(const Random& random, const SessionSettings& settings)
        : random_(random), settings_(settings) {}

    // A new session, with a cookie that nobody knew before; returns that.
    std::string begin(Session::Beginning beginning, TimePoint now) const;
    enum class Use { kCounts, kDoesNotCount };
    // Null when it is unknown, was not used for too long or lasts too long.
    std::shared_ptr<const Session> find(std::string_view cookie, TimePoint now,
                                        Use use = Use::kCounts) const;
    // It is known no more, and belongs to the caller.
    std::shared_ptr<const Session> take(std::string_view cookie) const;
    // Those that ended without a log-out since it was last asked.
    std::vector<std::shared_ptr<const Session>> take_ended(TimePoint now) const;
    // Of these, those that the server has not been told of; they come again.
    void give_back(std::vector<std::shared_ptr<const Session>> ended) const;

  private:
    struct Open {
        std::shared_ptr<const Session> session;
        std::int64_t idle_until = 0;
        std::int64_t longest_until = 0;
        bool is_over(std::int64_t now) const { return idle_until <= now || longest_until <= now; }
    };
    struct State {
        std::unordered_map<std::string, Open> open;  // by the hash of the cookie
        std::vector<std::shared_ptr<const Session>> ended;
    };
    void make_room(State& state, const std::string& subject) const;

    const Random& random_;
    const SessionSettings& settings_;
    Guarded<State> state_;
};

}  // namespace cambist::gateway
