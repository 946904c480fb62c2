// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <memory>
#include <optional>

namespace cambist::http {

enum class Signal { kStop, kReload };

// SIGTERM and SIGINT (stop) and SIGHUP (reload) as plain values. Construct it in main before the
// first thread starts: it blocks the signals for this thread and all threads made after it.
class Signals {
  public:
    Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();  // restores the signal mask of this thread

    // Waits for the next signal; nothing when the time is over first. Any thread.
    Signal wait() const;
    std::optional<Signal> wait_for(std::chrono::milliseconds timeout) const;

  private:
    struct Mask;
    std::unique_ptr<Mask> mask_;
};

}  // namespace cambist::http
