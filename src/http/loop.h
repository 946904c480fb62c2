// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <thread>
#include <vector>

#include "base/gather.h"
#include "http/connection.h"
#include "http/pool.h"
#include "http/shared.h"

namespace cambist::http {

// One network thread: accepts, reads, hands to the pool, writes, and watches the time, for all
// connections it has accepted.
class Loop {
  public:
    Loop(Shared& shared, WorkerPool& pool, const std::vector<std::unique_ptr<Endpoint>>& endpoints);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    void start();
    // After Shared::stopping was set. Any thread.
    void wake() const { desk_.mailbox.wake(); }
    void join();

  private:
    class Door;   // a listener as seen by this loop
    class Alarm;  // the mailbox's descriptor

    void run();
    void turn();
    int patience() const;
    bool watch(int descriptor, std::uint32_t events, Source& source) const;
    void open_doors();
    void close_doors();
    void welcome(const Endpoint& endpoint, const Accepted& accepted);
    void deliver_answers();
    void submit_ready();
    void check_time();
    void begin_stop();
    void bury();

    Shared& shared_;
    WorkerPool& pool_;
    Desk desk_;
    int epoll_;
    std::unique_ptr<Alarm> alarm_;
    std::vector<std::unique_ptr<Door>> doors_;
    bool doors_open_ = false;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection*> answered_;
    std::vector<Job*> jobs_;
    SteadyTime next_check_;
    SteadyTime stop_by_;
    Crowd crowd_;
    Gatherer gatherer_;
    bool jobs_wait_ = false;
    bool stopping_ = false;
    bool aborted_ = false;
    std::thread thread_;
};

}  // namespace cambist::http
