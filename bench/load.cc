// SPDX-License-Identifier: Apache-2.0
// The load: one thread, epoll, keep-alive. Closed loop: each connection sends its next request when
// the answer to the last one came; that shows capacity. Open loop (--rate): requests are due at
// times drawn beforehand (Poisson, a fixed seed), whether or not the server keeps up, and latency
// counts from when a request was due: a request that waits for a free connection waits visibly.
#include <sys/epoll.h>

#include <array>
#include <cstdio>
#include <deque>
#include <fstream>
#include <memory>
#include <random>

#include "bench/client.h"
#include "bench/options.h"
#include "bench/report.h"

namespace cambist::bench {
namespace {

class Load {
  public:
    Load(const Options& options, std::vector<Request> requests)
        : options_(options),
          requests_(std::move(requests)),
          epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (std::size_t i = 0; i < options_.connections; ++i) {
            slots_.push_back(std::make_unique<Slot>(options_.port));
            idle_.push_back(slots_.back().get());
        }
        if (!options_.samples.empty()) samples_.open(options_.samples);
    }

    // False when anything failed.
    bool run() {
        start_ = Clock::now();
        next_due_ = start_;
        counting_from_ = start_ + (options_.count > 0 ? Clock::duration(0) : span(options_.warmup));
        end_ = counting_from_ + span(options_.count > 0 ? 3600 : options_.seconds);
        while (!is_over()) {
            schedule();
            dispatch();
            wait();
        }
        const auto unsent = due_.size();
        std::printf("%s\n", report_.render(Clock::now() - counting_from_, unsent).c_str());
        return report_.failed() == 0 && report_.good() > 0;
    }

  private:
    struct Slot {
        explicit Slot(std::uint16_t port) : client(port) {}
        Client client;
        Clock::time_point due, sent;
        int expected = 200;
        bool busy = false;
    };

    static Clock::duration span(double seconds) {
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    }
    bool is_open_loop() const { return options_.rate > 0; }
    bool is_over() const {
        const bool all_done =
            options_.count > 0 &&
            report_.good() + report_.failed() + report_.refused() >= options_.count;
        return all_done || report_.failed() >= kTooManyFailures || Clock::now() >= end_;
    }
    bool may_send_more() const {
        return report_.failed() < kTooManyFailures &&
               (options_.count == 0 || sent_ < options_.count);
    }

    // Open loop: what is due by now joins the queue.
    void schedule() {
        if (!is_open_loop()) return;
        for (const auto now = Clock::now(); next_due_ <= now; next_due_ += span(gap_(random_)))
            due_.push_back(next_due_);
    }

    void dispatch() {
        while (!idle_.empty() && may_send_more() && (!is_open_loop() || !due_.empty())) {
            auto& slot = *idle_.front();
            idle_.pop_front();
            slot.due = is_open_loop() ? due_.front() : Clock::now();
            if (is_open_loop()) due_.pop_front();
            slot.busy = true;
            if (!send(slot)) finish(slot, "can not connect or send");
        }
    }

    bool send(Slot& slot) {
        if (!slot.client.is_open()) {
            if (!slot.client.open()) return false;
            epoll_event event{};
            event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
            event.data.ptr = &slot;
            if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.client.socket(), &event) != 0) return false;
        }
        const auto& request = requests_[sent_++ % requests_.size()];
        slot.expected = request.expected;
        slot.sent = Clock::now();
        return slot.client.send(request.text);
    }

    void finish(Slot& slot, std::string_view failure) {
        const auto now = Clock::now();
        slot.busy = false;
        idle_.push_back(&slot);
        // Open loop counts by when a request was due, closed loop by when it was answered.
        const bool counts = (is_open_loop() ? slot.due : now) >= counting_from_;
        if (!failure.empty()) {
            slot.client.close();
            report_.add_failure(failure);
        } else if (counts) {
            report_.add_good(now - slot.due);
        }
    }

    // Counts from when it was sent: how soon who is turned away hears it.
    void refused(Slot& slot) {
        const auto now = Clock::now();
        if (now >= counting_from_) report_.add_refused(now - slot.sent);
        slot.busy = false;
        idle_.push_back(&slot);
    }

    void receive(Slot& slot) {
        bool gone = false;
        const auto answer = slot.client.proceed(gone);
        if (!slot.busy) return;
        if (gone) return finish(slot, "the connection broke, or no HTTP answer came");
        if (!answer) return;
        if (options_.may_be_refused && answer->status == 503 && answer->says_when_again)
            return refused(slot);
        const bool is_good =
            answer->status == slot.expected &&
            (slot.expected != 200 || answer->body.find(options_.expect) != std::string_view::npos);
        if (!is_good)
            return finish(slot, std::to_string(answer->status) + " " + std::string(answer->body));
        if (samples_.is_open() && answers_++ % options_.sample_every == 0)
            samples_ << answer->body << '\n';
        report_.add_answer();
        finish(slot, {});
    }

    void wait() {
        if (is_over()) return;
        auto left = end_ - Clock::now();
        if (is_open_loop()) left = std::min(left, next_due_ - Clock::now());
        left = std::max(left, Clock::duration(0));
        const timespec patience{std::chrono::duration_cast<std::chrono::seconds>(left).count(),
                                (left % std::chrono::seconds(1)).count()};
        std::array<epoll_event, 256> events{};
        const int count = ::epoll_pwait2(epoll_, events.data(), events.size(), &patience, nullptr);
        for (int i = 0; i < count; ++i)
            receive(*static_cast<Slot*>(events.at(static_cast<std::size_t>(i)).data.ptr));
    }

    static constexpr std::size_t kTooManyFailures = 100;
    const Options& options_;
    const std::vector<Request> requests_;
    const int epoll_;
    std::vector<std::unique_ptr<Slot>> slots_;
    std::deque<Slot*> idle_;
    std::deque<Clock::time_point> due_;
    Clock::time_point start_, counting_from_, end_, next_due_;
    std::mt19937_64 random_{20'240'501};
    std::exponential_distribution<double> gap_{options_.rate > 0 ? options_.rate : 1.0};
    std::size_t sent_ = 0;
    std::size_t answers_ = 0;
    std::ofstream samples_;
    Report report_;
};

}  // namespace
}  // namespace cambist::bench

int main(int argc, char** argv) {
    const auto options = cambist::bench::parse_options(argc, argv);
    auto requests = cambist::bench::render_requests(options);
    if (requests.empty()) {
        std::fputs("cambist_load: no tokens, no bodies\n", stderr);
        return 2;
    }
    return cambist::bench::Load(options, std::move(requests)).run() ? 0 : 1;
}
