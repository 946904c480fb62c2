// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/deadlines.h"
#include "http/shared.h"
#include "http/socket.h"

namespace cambist::http {

// Whatever a loop's epoll watches.
class Source {
  public:
    virtual ~Source() = default;
    virtual void on_events(std::uint32_t events) = 0;
};

// What a loop lends its connections. Loop thread only.
struct Desk {
    explicit Desk(const Shared& all);
    std::unique_ptr<RequestJob> take_job();
    void give_back(std::unique_ptr<RequestJob> job);

    const Shared& shared;
    Mailbox mailbox;
    Deadlines deadlines;
    SteadyTime now;
    std::vector<char> scratch;          // what is read goes here first
    std::vector<Connection*> ready;     // with a complete request, for the pool
    std::vector<Connection*> finished;  // to be destroyed at the end of the turn
    std::vector<std::unique_ptr<RequestJob>> spare;
};

// One client: reads a request, hands it to a worker, writes the answer, reads the next. Pipelined
// requests wait in the buffer, so answers are in order. Loop thread only.
class Connection final : public Source {
  public:
    enum class Welcome { kServe, kTurnAway };

    // kTurnAway: there are too many connections; it hears 503.
    Connection(Desk& desk, const Endpoint& endpoint, int descriptor, const Accepted& from,
               Welcome welcome);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() override;

    void on_events(std::uint32_t events) override;
    void on_timeout();
    void on_answered();    // by the worker
    void on_overloaded();  // the pool did not take the request
    void on_stop();        // the server begins to stop
    void on_abort();       // the server's patience ends
    Job* job() { return job_.get(); }
    bool is_management() const { return endpoint_.listener.kind == ListenerKind::kManagement; }

    std::size_t index = 0;  // where the loop keeps it

  private:
    enum class Stage { kHandshake, kReading, kHandling, kWriting, kLingering, kClosed };

    void drive();
    bool step();
    bool shake_hands();
    bool read_more();
    bool write_more();
    bool drop_more();
    std::size_t take(std::string_view bytes);
    void begin_body();
    void dispatch();
    void refuse(const Refusal& why);
    void after_answer();
    void say_goodbye();
    void close();
    bool has_begun() const { return job_ && job_->parser.started(); }
    void wait_for(Wait what) { desk_.deadlines.set(place_, what, desk_.now); }

    Desk& desk_;
    const Endpoint& endpoint_;
    Socket socket_;
    const IpAddress address_;
    const std::string address_text_;
    const bool from_proxy_;
    Deadlines::Place place_;
    Stage stage_;
    std::unique_ptr<RequestJob> job_;
    std::vector<std::string> certificates_;  // of the client, DER
    std::string leftover_;                   // read, but of later requests
    std::size_t used_ = 0;                   // of leftover_
    std::size_t written_ = 0;                // of the answer
    std::size_t requests_ = 0;
    std::size_t dropped_ = 0;
    bool readable_ = false;
    bool hung_up_ = false;  // the end of the stream is on its way
    bool turned_away_;
};

}  // namespace cambist::http
