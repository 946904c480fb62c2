// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/result.h"

namespace cambist::store_postgresql {
namespace {

constexpr std::chrono::milliseconds kLook{60'000};  // it is woken when there is something
constexpr std::chrono::milliseconds kPause{250};    // after a connection was lost or not made

}  // namespace

Listener::Bell::Bell() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    CAMBIST_ASSERT(descriptor_ >= 0);
}
Listener::Bell::~Bell() { close(descriptor_); }
void Listener::Bell::ring() const {
    // It can only fail where it has been rung often enough.
    static_cast<void>(eventfd_write(descriptor_, 1));
}

Listener::Listener(postgresql::Pool::Open open, std::function<void()> changed, Log& log)
    : open_(std::move(open)),
      changed_(std::move(changed)),
      log_(log),
      thread_([this](const std::stop_token& stop) { serve(stop); }) {}

Listener::~Listener() {
    thread_.request_stop();
    bell_.ring();
}

void Listener::serve(const std::stop_token& stop) {
    bool is_failing = false;
    while (!stop.stop_requested()) {
        const auto done = listen(stop);
        if (done) return;
        // Nothing is lost with it: who follows looks for changes all the same.
        if (!std::exchange(is_failing, true))
            log_.warn("store.not_listening", {{"reason", done.error().describe()}});
        pause();
    }
}

Status Listener::listen(const std::stop_token& stop) {
    CAMBIST_TRY(auto connection, open_());
    CAMBIST_CHECK(connection.execute(postgresql::Query("LISTEN cambist")));
    bool came = true;
    while (!stop.stop_requested()) {
        if (came) changed_();
        CAMBIST_TRY(came, connection.wait_for_notice(kLook, bell_.descriptor()));
    }
    return {};
}

void Listener::pause() const {
    pollfd bell{bell_.descriptor(), POLLIN, 0};
    static_cast<void>(poll(&bell, 1, static_cast<int>(kPause.count())));
}

}  // namespace cambist::store_postgresql
