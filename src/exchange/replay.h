// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exchange/recorder.h"
#include "model/realm.h"
#include "model/user.h"

namespace cambist::exchange {

// Whose state a replay is decided on: a realm, and its users by id, else by name. Null: there is no
// such user.
struct Ground {
    std::shared_ptr<const Realm> realm;
    using Found = Result<std::shared_ptr<const Identity>>;
    std::function<Found(const UserId& id, const std::string& name)> find_user;
    std::function<Found(const ClientId& client)> find_service_account;
};

// A decision that was made once and is made again. `differences` in words: "scopes: a b, now a";
// empty: it stays.
struct Replayed {
    Upshot now;
    std::vector<std::string> differences;
};

// Decides again what was recorded, at the moment when it was, with the realm and the users as they
// are now. Relations are those of then. kNotFound names a client or user that is not there any
// more. What comes before the decision (the client's proof, the checks of tokens) is not played.
class Replay {
  public:
    explicit Replay(Ground ground);
    ~Replay();
    Replay(const Replay&) = delete;
    Replay& operator=(const Replay&) = delete;
    Result<Replayed> play(const Recorded& recorded) const;

  private:
    struct Compiled;
    const Ground ground_;
    const std::unique_ptr<const Compiled> compiled_;
};

}  // namespace cambist::exchange
