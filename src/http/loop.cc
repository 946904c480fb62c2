// SPDX-License-Identifier: Apache-2.0
#include "http/loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/result.h"

namespace cambist::http {

namespace {

// Time-outs are checked at this pace and not by a timer each.
constexpr std::chrono::milliseconds kCheckEvery{250};
constexpr int kMaxEvents = 256;
// Connections beyond the maximum that are told so; further ones are closed without a word.
constexpr std::size_t kTurnedAwayAtOnce = 128;
// Connections beyond the maximum that the management listener may have.
constexpr std::size_t kKeptForManagement = 64;
constexpr std::uint32_t kConnectionEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

}  // namespace

class Loop::Door final : public Source {
  public:
    Door(Loop& loop, const Endpoint& endpoint) : loop_(loop), endpoint_(endpoint) {}
    int descriptor() const { return endpoint_.descriptor; }

    void on_events(std::uint32_t) override {
        constexpr int kAtOnce = 64;  // then the connections that are there have their turn
        for (int i = 0; i < kAtOnce; ++i) {
            const auto accepted = accept_from(endpoint_.descriptor);
            if (accepted.descriptor >= 0) {
                loop_.welcome(endpoint_, accepted);
                continue;
            }
            if (accepted.error == EINTR || accepted.error == ECONNABORTED) continue;
            if (accepted.error == EAGAIN || loop_.shared_.stopping) return;
            // Out of descriptors or memory: the listener would be ready for ever, so it rests
            // until the next check of the time.
            loop_.shared_.accept_failures.add();
            loop_.close_doors();
            return;
        }
    }

  private:
    Loop& loop_;
    const Endpoint& endpoint_;
};

class Loop::Alarm final : public Source {
  public:
    explicit Alarm(Loop& loop) : loop_(loop) {}
    void on_events(std::uint32_t) override { loop_.deliver_answers(); }

  private:
    Loop& loop_;
};

Loop::Loop(Shared& shared, WorkerPool& pool,
           const std::vector<std::unique_ptr<Endpoint>>& endpoints)
    : shared_(shared),
      pool_(pool),
      desk_(shared),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      alarm_(std::make_unique<Alarm>(*this)) {
    CAMBIST_ASSERT(epoll_ >= 0);
    CAMBIST_ASSERT(watch(desk_.mailbox.descriptor(), EPOLLIN | EPOLLET, *alarm_));
    for (const auto& endpoint : endpoints)
        doors_.push_back(std::make_unique<Door>(*this, *endpoint));
    open_doors();
}

Loop::~Loop() { ::close(epoll_); }

void Loop::start() {
    thread_ = std::thread([this] {
        block_signals();
        run();
    });
}

void Loop::join() {
    if (thread_.joinable()) thread_.join();
}

bool Loop::watch(int descriptor, std::uint32_t events, Source& source) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &source;
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Loop::open_doors() {
    if (doors_open_) return;
    for (const auto& door : doors_)
        CAMBIST_ASSERT(watch(door->descriptor(), EPOLLIN | EPOLLEXCLUSIVE, *door));
    doors_open_ = true;
}

void Loop::close_doors() {
    if (!doors_open_) return;
    for (const auto& door : doors_) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, door->descriptor(), nullptr);
    doors_open_ = false;
}

void Loop::run() {
    while (!stopping_ || !connections_.empty()) turn();
}

int Loop::patience() const {
    if (jobs_wait_) return static_cast<int>(WorkerPool::kPatience.count());
    if (connections_.empty() && doors_open_ && !stopping_) return -1;
    return static_cast<int>(kCheckEvery.count());
}

void Loop::turn() {
    std::array<epoll_event, kMaxEvents> events{};
    const int count = ::epoll_wait(epoll_, events.data(), kMaxEvents, patience());
    desk_.now = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        const auto& event = events.at(static_cast<std::size_t>(i));
        static_cast<Source*>(event.data.ptr)->on_events(event.events);
    }
    if (shared_.stopping && !stopping_) begin_stop();
    if (desk_.now >= next_check_) check_time();
    submit_ready();
    bury();
}

void Loop::welcome(const Endpoint& endpoint, const Accepted& accepted) {
    const auto open = shared_.open_connections.fetch_add(1) + 1;
    // The operator finds room when clients find none any more.
    const bool is_management = endpoint.listener.kind == ListenerKind::kManagement;
    const bool crowded =
        open > shared_.settings.max_connections + (is_management ? kKeptForManagement : 0);
    // To tell it over TLS would cost a handshake, the dearest thing a stranger can ask for.
    if (crowded &&
        (endpoint.uses_tls() || open > shared_.settings.max_connections + kTurnedAwayAtOnce)) {
        shared_.open_connections.fetch_sub(1);
        shared_.count_refusal(503);
        ::close(accepted.descriptor);
        return;
    }
    connections_.push_back(std::make_unique<Connection>(
        desk_, endpoint, accepted.descriptor, accepted,
        crowded ? Connection::Welcome::kTurnAway : Connection::Welcome::kServe));
    auto& connection = *connections_.back();
    connection.index = connections_.size() - 1;
    if (!watch(accepted.descriptor, kConnectionEvents, connection)) connection.on_abort();
}

void Loop::deliver_answers() {
    desk_.mailbox.take(answered_);
    for (auto* const connection : answered_) connection->on_answered();
    answered_.clear();
}

void Loop::submit_ready() {
    // A refused request is answered at once, and the next one may stand behind it.
    while (!desk_.ready.empty()) {
        std::vector<Connection*> ready;
        ready.swap(desk_.ready);
        jobs_.clear();
        // Whoever asks for health or metrics must hear something just when all others wait.
        std::erase_if(ready, [&](Connection* connection) {
            if (!connection->is_management()) return false;
            if (!pool_.submit_first(*connection->job())) connection->on_overloaded();
            return true;
        });
        for (auto* const connection : ready) jobs_.push_back(connection->job());
        for (auto i = pool_.submit(jobs_); i < ready.size(); ++i) ready[i]->on_overloaded();
    }
    const auto waiting = pool_.mend_stall();
    jobs_wait_ = waiting > 0;
    crowd_.see(waiting, desk_.now);
    gatherer_.follow_crowd();
}

void Loop::check_time() {
    next_check_ = desk_.now + kCheckEvery;
    while (auto* const late = desk_.deadlines.expired(desk_.now)) late->on_timeout();
    if (!stopping_) {
        open_doors();
        return;
    }
    if (aborted_ || desk_.now < stop_by_) return;
    aborted_ = true;
    for (const auto& connection : connections_) connection->on_abort();
}

void Loop::begin_stop() {
    stopping_ = true;
    stop_by_ = desk_.now + shared_.settings.stop_grace;
    close_doors();
    for (const auto& connection : connections_) connection->on_stop();
}

void Loop::bury() {
    for (auto* const connection : desk_.finished) {
        const auto at = connection->index;
        connections_[at].swap(connections_.back());
        connections_[at]->index = at;
        connections_.pop_back();
        shared_.open_connections.fetch_sub(1);
    }
    desk_.finished.clear();
}

}  // namespace cambist::http
