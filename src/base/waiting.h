// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cambist {

// Told when a thread stops working to wait for a disk, a database or another server, and when it
// goes on: whoever gives it work may let another one work meanwhile.
class WaitWatcher {
  public:
    virtual ~WaitWatcher() = default;
    virtual void on_wait() noexcept = 0;
    virtual void on_go_on() noexcept = 0;
};

// Lives while the calling thread's waits are watched.
class WatchWaits {
  public:
    explicit WatchWaits(WaitWatcher& watcher);
    WatchWaits(const WatchWaits&) = delete;
    WatchWaits& operator=(const WatchWaits&) = delete;
    ~WatchWaits();
};

// Lives while the calling thread waits. Costs nothing where nobody watches.
class Waiting {
  public:
    Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting();

  private:
    WaitWatcher* watcher_;
};

}  // namespace cambist
