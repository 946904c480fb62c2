// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "postgresql/pool.h"
#include "store/store.h"
#include "store/write_queue.h"
#include "store_postgresql/apply.h"
#include "store_postgresql/settings.h"

namespace cambist::store_postgresql {

// The one thread of a node that commits batches, on a connection of its own. It puts everything
// that waits into one transaction, so that many batches share one wait for the disk; each that is
// refused is undone alone. The transaction first locks the head of the audit chain: with that all
// nodes commit one after the other, so that nothing a batch has read can change under it.
class Writer {
  public:
    using Open = postgresql::Pool::Open;

    Writer(Open open, const PostgresqlSettings& settings, Log& log, Metrics& metrics);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  // writes what waits

    // Returns when it is durable, or why nothing of it happened. After the loss of the connection
    // during the commit itself (kStoreUnavailable) it may have happened nevertheless.
    Status commit(store::Batch batch) { return queue_.submit(std::move(batch)); }
    // Returns at once; `done` runs on the writer's thread, or here when the queue is full.
    void commit_then(store::Batch batch, store::Committed done) {
        queue_.submit_then(std::move(batch), std::move(done));
    }
    // Returns at once, unless the queue is full.
    void commit_later(store::Batch batch) { queue_.submit_later(std::move(batch)); }

  private:
    using Queue = store::WriteQueue<store::Batch>;
    using Group = std::vector<const store::Batch*>;
    // What became of a group: one result a batch, or the failure of all of them.
    struct Attempt {
        Status whole;
        std::vector<Status> results;
        bool should_retry = false;  // nothing of it is left, and another try may do better
        bool is_poisoned = false;   // one of the batches can not be written, who knows which
    };
    // The statements of some batches, on their way to the database.
    struct Round {
        struct Place {
            std::size_t batch = 0;
            std::size_t first = 0;  // of its statements in the round
            bool has_savepoint = false;
            std::vector<Write> writes;
        };
        std::vector<Place> places;
        std::vector<postgresql::Query> queries;
    };

    void serve();
    std::vector<Status> run_group(const Group& group);
    Attempt try_once(const Group& group);
    Status connect();
    Result<ChainHead> begin();
    Status write(const Group& group, std::vector<Status>& results);
    static Round make_round(const Group& group, std::size_t start);
    // The batch after which everything has to be done again; empty: none.
    Result<std::optional<std::size_t>> run_round(const Round& round, std::vector<Status>& results);
    Status undo_from(const Round& round, std::size_t place);
    void report(std::size_t batches, const Status& whole);
    void tell(Queue::Task& task, Status status);

    const Open open_;
    const std::size_t max_group_;
    const bool notifies_;
    Log& log_;
    Counter& commits_;
    Counter& failures_;
    Histogram& group_sizes_;
    std::optional<postgresql::Connection> connection_;  // of the thread
    bool is_fresh_ = false;                             // nothing was committed on it yet
    std::optional<Error> failure_;                      // of the last attempt to connect
    std::chrono::steady_clock::time_point closed_until_;
    Queue queue_;
    std::jthread thread_;
};

}  // namespace cambist::store_postgresql
