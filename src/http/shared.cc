// SPDX-License-Identifier: Apache-2.0
#include "http/shared.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <exception>

#include "base/result.h"
#include "base/together.h"
#include "http/wire.h"

namespace cambist::http {

void Shared::count_refusal(int status) const {
    metrics
        .counter("cambist_http_refused_total", "Requests refused by the transport itself.",
                 {{"status", std::to_string(status)}})
        .add();
}

class Mailbox::Alarm final : public Waker {
  public:
    Alarm() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        CAMBIST_ASSERT(descriptor_ >= 0);
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    ~Alarm() override { ::close(descriptor_); }
    int descriptor() const { return descriptor_; }
    void wake() const noexcept override {
        const std::uint64_t one = 1;
        // Fails only when the counter is full, and then the loop is awake.
        [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof(one));
    }

  private:
    int descriptor_;
};

Mailbox::Mailbox() : alarm_(std::make_shared<const Alarm>()) {}
Mailbox::~Mailbox() = default;
int Mailbox::descriptor() const { return alarm_->descriptor(); }
void Mailbox::wake() const { alarm_->wake(); }

void Mailbox::post(Connection& connection) {
    // Held, because with the last answer the loop and this may go.
    const std::shared_ptr<const Waker> alarm = alarm_;
    answered_.with([&](auto& answered) { answered.push_back(&connection); });
    Together::wake_later(alarm);
}

void Mailbox::take(std::vector<Connection*>& into) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(alarm_->descriptor(), &count, sizeof(count));
    answered_.with([&](auto& answered) { answered.swap(into); });
}

void RequestJob::begin(Connection& connection, const Endpoint& endpoint, SteadyTime now) {
    connection_ = &connection;
    endpoint_ = &endpoint;
    began_ = now;
}

void RequestJob::reset() {
    parser.reset();
    wire.clear();
    close = false;
    abandoned.store(false, std::memory_order_relaxed);
}

bool RequestJob::render(const Response& response) {
    close = close || shared_.stopping.load(std::memory_order_relaxed);
    const Framing framing{parser.request().method() == "HEAD", close, shared_.clock.now()};
    return render_response(response, framing, wire);
}

// A last resort: a handler reports failures as values, so the counter must stay 0 in tests.
void RequestJob::run() noexcept {
    if (abandoned.load(std::memory_order_relaxed)) {
        mailbox_.post(*connection_);
        return;
    }
    // Once it is answered, this job is the loop's and may be gone.
    const auto& shared = shared_;
    const auto& handler = endpoint_->handler;
    Reply reply(*this);
    try {
        handler.handle(parser.request(), reply);
    } catch (const std::exception& failure) {
        shared.log.error("http.handler_failed", {{"what", failure.what()}});
    } catch (...) {
        shared.log.error("http.handler_failed", {{"what", "unknown"}});
    }
}

void RequestJob::on_no_answer() noexcept {
    shared_.handler_failures.add();
    on_answer({500, {{"Cache-Control", "no-store"}}, {}});
}

void RequestJob::on_answer(Response response) noexcept {
    if (!render(response)) {
        shared_.handler_failures.add();
        shared_.log.error("http.answer_malformed", {{"status", response.status}});
        response = {500, {}, {}};
        render(response);
    }
    const auto& numbers = endpoint_->numbers;
    numbers.requests.at(static_cast<std::size_t>(response.status / 100))->add();
    const auto took = std::chrono::steady_clock::now() - began_;
    numbers.seconds->observe(std::chrono::duration<double>(took).count());
    mailbox_.post(*connection_);
}

}  // namespace cambist::http
