// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <thread>

#include "base/log.h"
#include "postgresql/pool.h"

namespace cambist::store_postgresql {

// Hears of what other nodes have changed, on a connection and a thread of its own. What they notify
// while it has no connection it does not hear, so it calls once after each connect too.
class Listener {
  public:
    // `changed` runs on the thread. `log` must outlive this.
    Listener(postgresql::Pool::Open open, std::function<void()> changed, Log& log);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();  // waits for `changed` to end

  private:
    // A descriptor that can be read once somebody has said so.
    class Bell {
      public:
        Bell();
        Bell(const Bell&) = delete;
        Bell& operator=(const Bell&) = delete;
        ~Bell();
        void ring() const;
        int descriptor() const { return descriptor_; }

      private:
        int descriptor_;
    };

    void serve(const std::stop_token& stop);
    // Until the connection is lost, or it is to stop.
    Status listen(const std::stop_token& stop);
    void pause() const;

    const postgresql::Pool::Open open_;
    const std::function<void()> changed_;
    Log& log_;
    const Bell bell_;
    std::jthread thread_;
};

}  // namespace cambist::store_postgresql
