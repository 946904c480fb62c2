// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <sys/epoll.h>

#include "http/tls.h"
#include "http/wire.h"

namespace cambist::http {

namespace {

constexpr std::size_t kScratchBytes = 64UL * 1024;
constexpr std::size_t kMaxSpareJobs = 64;
constexpr std::size_t kMaxSpareBytes = 256UL * 1024;
constexpr std::size_t kMaxDroppedBytes = 1024UL * 1024;

Socket make_socket(int descriptor, const Endpoint& endpoint) {
    if (!endpoint.uses_tls()) return Socket(descriptor, nullptr);
    const auto tls = endpoint.tls.with([](const auto& current) { return current; });
    return Socket(descriptor, tls.get());
}

}  // namespace

Desk::Desk(const Shared& all)
    : shared(all),
      deadlines(all.settings),
      now(std::chrono::steady_clock::now()),
      scratch(kScratchBytes) {}

std::unique_ptr<RequestJob> Desk::take_job() {
    if (spare.empty()) return std::make_unique<RequestJob>(shared, mailbox);
    auto job = std::move(spare.back());
    spare.pop_back();
    return job;
}

void Desk::give_back(std::unique_ptr<RequestJob> job) {
    if (!job || spare.size() >= kMaxSpareJobs || job->wire.capacity() > kMaxSpareBytes) return;
    job->reset();
    spare.push_back(std::move(job));
}

Connection::Connection(Desk& desk, const Endpoint& endpoint, int descriptor, const Accepted& from,
                       Welcome welcome)
    : desk_(desk),
      endpoint_(endpoint),
      socket_(make_socket(descriptor, endpoint)),
      address_(from.address),
      address_text_(address_.text()),
      from_proxy_(desk.shared.proxies.trusts(address_)),
      place_(desk.deadlines.add(*this)),
      stage_(socket_.is_tls() ? Stage::kHandshake : Stage::kReading),
      turned_away_(welcome == Welcome::kTurnAway) {
    endpoint_.numbers.connections->add(1);
    wait_for(Wait::kHeader);
}

Connection::~Connection() {
    desk_.deadlines.remove(place_);
    endpoint_.numbers.connections->add(-1);
}

void Connection::on_events(std::uint32_t events) {
    if ((events & EPOLLRDHUP) != 0) hung_up_ = true;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
    if (stage_ == Stage::kHandling && (events & (EPOLLHUP | EPOLLERR)) != 0)
        job_->abandoned.store(true, std::memory_order_relaxed);
    drive();
}

// Goes on as far as the socket allows.
void Connection::drive() {
    while (step()) continue;
}

// False: nothing more to do until something happens.
bool Connection::step() {
    switch (stage_) {
        case Stage::kHandshake:
            return shake_hands();
        case Stage::kReading:
            return read_more();
        case Stage::kWriting:
            return write_more();
        case Stage::kLingering:
            return drop_more();
        case Stage::kHandling:
        case Stage::kClosed:
            return false;
    }
    return false;
}

bool Connection::shake_hands() {
    const auto outcome = socket_.handshake();
    if (outcome == Io::kBlocked) return false;
    if (outcome != Io::kDone) {
        desk_.shared.handshake_failures.add();
        close();
        return false;
    }
    certificates_ = socket_.certificates();
    stage_ = Stage::kReading;
    wait_for(Wait::kHeader);
    return true;
}

bool Connection::read_more() {
    if (turned_away_) {
        refuse({503, "There are too many connections."});
        return true;
    }
    if (used_ < leftover_.size()) {
        used_ += take(std::string_view(leftover_).substr(used_));
        if (used_ == leftover_.size()) {
            leftover_.clear();
            used_ = 0;
        }
        return true;
    }
    if (!readable_) return false;
    const auto read = socket_.read(desk_.scratch);
    if (read.outcome == Io::kBlocked) {
        readable_ = false;
        return false;
    }
    if (read.outcome != Io::kDone) {
        close();
        return false;
    }
    // A short read has emptied the socket (epoll(7)), unless the end of the stream or a rest in the
    // TLS layer is to come.
    readable_ = socket_.is_tls() || hung_up_ || read.bytes == desk_.scratch.size();
    const std::string_view bytes(desk_.scratch.data(), read.bytes);
    const auto taken = take(bytes);
    leftover_.assign(bytes.substr(taken));
    return true;
}

std::size_t Connection::take(std::string_view bytes) {
    if (!job_) job_ = desk_.take_job();
    auto& parser = job_->parser;
    const auto used = parser.feed(bytes);
    switch (parser.state()) {
        case ParseState::kHead:
            if (place_->wait == Wait::kIdle) wait_for(Wait::kHeader);
            break;
        case ParseState::kBody:
            if (place_->wait != Wait::kBody) begin_body();
            break;
        case ParseState::kComplete:
            dispatch();
            break;
        case ParseState::kRefused:
            refuse(parser.refusal());
            break;
    }
    return used;
}

void Connection::begin_body() {
    wait_for(Wait::kBody);
    if (!job_->parser.expects_continue() || !job_->parser.request().body().empty()) return;
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    // Nothing else is under way to the client, so a socket that does not take these bytes is
    // broken.
    if (socket_.write(kContinue).bytes != kContinue.size()) close();
}

void Connection::dispatch() {
    auto& request = job_->parser.request();
    request.peer_.address = address_text_;
    request.peer_.secure = socket_.is_tls();
    request.peer_.via_proxy = false;
    request.peer_.certificates = certificates_;
    if (from_proxy_) request.peer_ = desk_.shared.proxies.client_of(request, request.peer_);
    ++requests_;
    job_->close = !job_->parser.keeps_alive() ||
                  requests_ >= desk_.shared.settings.max_requests_per_connection;
    job_->begin(*this, endpoint_, desk_.now);
    stage_ = Stage::kHandling;
    wait_for(Wait::kParked);
    desk_.ready.push_back(this);
}

void Connection::refuse(const Refusal& why) {
    if (!job_) job_ = desk_.take_job();
    job_->close = true;
    render_refusal(why, {false, true, desk_.shared.clock.now()}, job_->wire);
    desk_.shared.count_refusal(why.status);
    stage_ = Stage::kWriting;
    written_ = 0;
}

void Connection::on_overloaded() {
    const bool head = job_->parser.request().method() == "HEAD";
    render_refusal({503, "The server is busy."}, {head, job_->close, desk_.shared.clock.now()},
                   job_->wire);
    desk_.shared.count_refusal(503);
    on_answered();
}

void Connection::on_answered() {
    if (!socket_.is_open() || job_->wire.empty()) return close();
    stage_ = Stage::kWriting;
    written_ = 0;
    drive();
}

bool Connection::write_more() {
    const auto rest = std::string_view(job_->wire).substr(written_);
    const auto wrote = socket_.write(rest);
    if (wrote.outcome == Io::kBlocked) {
        // Set once: the time is for the whole answer, however slowly it is taken.
        if (place_->wait != Wait::kWrite) wait_for(Wait::kWrite);
        return false;
    }
    if (wrote.outcome != Io::kDone) {
        close();
        return false;
    }
    written_ += wrote.bytes;
    if (written_ == job_->wire.size()) after_answer();
    return true;
}

void Connection::after_answer() {
    if (job_->close || desk_.shared.stopping.load(std::memory_order_relaxed)) return say_goodbye();
    desk_.give_back(std::move(job_));
    stage_ = Stage::kReading;
    wait_for(Wait::kIdle);
}

// Closing while bytes of the client are unread would reset the connection and could take the
// answer with it (RFC 9112 section 9.6), so they are read first.
void Connection::say_goodbye() {
    socket_.end_sending();
    const bool all_read =
        !job_->parser.refusal() && !turned_away_ && leftover_.empty() && !readable_;
    if (all_read) return close();
    stage_ = Stage::kLingering;
    readable_ = true;
    wait_for(Wait::kLinger);
}

bool Connection::drop_more() {
    if (!readable_) return false;
    const auto outcome = socket_.discard(desk_.scratch);
    dropped_ += desk_.scratch.size();
    if (outcome == Io::kDone && dropped_ < kMaxDroppedBytes) return true;
    if (outcome == Io::kBlocked) {
        readable_ = false;
    } else {
        close();
    }
    return false;
}

void Connection::on_timeout() {
    const bool slow = (place_->wait == Wait::kHeader && stage_ == Stage::kReading && has_begun()) ||
                      place_->wait == Wait::kBody;
    if (stage_ == Stage::kHandshake) desk_.shared.handshake_failures.add();
    if (!slow) return close();
    wait_for(Wait::kWrite);
    refuse({408, "The request came too slowly."});
    drive();
}

void Connection::on_stop() {
    const bool idle = stage_ == Stage::kReading && !has_begun() && leftover_.empty();
    if (!idle && stage_ != Stage::kHandshake) return;
    socket_.end_sending();
    close();
}

void Connection::on_abort() {
    if (stage_ != Stage::kHandling) return close();
    // A worker has the request; the connection ends when it is given back.
    job_->abandoned.store(true, std::memory_order_relaxed);
    socket_.close();
}

void Connection::close() {
    if (stage_ == Stage::kClosed) return;
    stage_ = Stage::kClosed;
    socket_.close();
    desk_.give_back(std::move(job_));
    wait_for(Wait::kParked);
    desk_.finished.push_back(this);
}

}  // namespace cambist::http
