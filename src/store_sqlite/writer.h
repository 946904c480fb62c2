// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <thread>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "sql/connection.h"
#include "store/store.h"
#include "store/write_queue.h"
#include "store_sqlite/apply.h"
#include "store_sqlite/settings.h"

namespace cambist::store_sqlite {

class Checkpointer;

// The one thread that writes. It puts everything that waits into one transaction, so that many
// batches share one wait for the disk; each that may fail has a savepoint and fails alone.
class Writer {
  public:
    // Any other writing, inside the open transaction.
    using Work = std::function<Status(sql::Connection&)>;

    Writer(sql::Connection connection, ChainHead head, const SqliteSettings& settings,
           Checkpointer& checkpointer, Log& log, Metrics& metrics);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  // writes what waits

    // Both return when it is durable, or why nothing of it happened.
    Status commit(store::Batch batch) { return queue_.submit(std::move(batch)); }
    Status run(Work work) { return queue_.submit(std::move(work)); }
    // Returns at once; `done` runs on the writer's thread, or here when the queue is full.
    void commit_then(store::Batch batch, store::Committed done) {
        queue_.submit_then(std::move(batch), std::move(done));
    }
    // Returns at once, unless the queue is full.
    void commit_later(store::Batch batch) { queue_.submit_later(std::move(batch)); }

    const std::string& node() const { return node_; }

  private:
    using Queue = store::WriteQueue<std::variant<store::Batch, Work>>;
    using Task = Queue::Task;
    void serve();
    void run_group(std::vector<Task>& group);
    // One result a task; or the failure of all of them, after which nothing is written.
    Status run_in_transaction(std::vector<Task>& group, std::vector<Status>& results);
    static bool may_be_refused(const Task& task);
    Status run_in_savepoint(Task& task);
    Status execute(Task& task);
    void tell(Task& task, Status status);
    void shorten_log();

    sql::Connection connection_;
    ChainHead head_;
    const std::string node_;
    const SqliteSettings settings_;
    Checkpointer& checkpointer_;
    Log& log_;
    Counter& commits_;
    Counter& failures_;
    Histogram& group_sizes_;
    Gauge& log_pages_;
    Queue queue_;
    std::jthread thread_;
};

}  // namespace cambist::store_sqlite
