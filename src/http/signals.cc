// SPDX-License-Identifier: Apache-2.0
#include "http/signals.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX, not C

#include <cerrno>

namespace cambist::http {

namespace {

sigset_t watched() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    return set;
}

Signal to_signal(int number) { return number == SIGHUP ? Signal::kReload : Signal::kStop; }

}  // namespace

struct Signals::Mask {
    sigset_t before;
};

Signals::Signals() : mask_(std::make_unique<Mask>()) {
    auto set = watched();
    // A client or a log reader that goes away is an error value, not the end of the process.
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &mask_->before);
}

Signals::~Signals() { pthread_sigmask(SIG_SETMASK, &mask_->before, nullptr); }

Signal Signals::wait() const {
    const auto set = watched();
    int number = 0;
    while (sigwait(&set, &number) != 0) continue;
    return to_signal(number);
}

std::optional<Signal> Signals::wait_for(std::chrono::milliseconds timeout) const {
    const auto set = watched();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const timespec time{seconds.count(), std::chrono::nanoseconds(timeout - seconds).count()};
    const int number = sigtimedwait(&set, nullptr, &time);
    if (number < 0) return std::nullopt;
    return to_signal(number);
}

}  // namespace cambist::http
