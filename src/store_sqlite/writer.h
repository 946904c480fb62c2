// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "base/guarded.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "sql/connection.h"
#include "store/store.h"
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
    Status commit(store::Batch batch);
    Status run(Work work);
    // Returns at once; `done` runs on the writer's thread, or here when the queue is full.
    void commit_then(store::Batch batch, store::Committed done);
    // Returns at once, unless the queue is full.
    void commit_later(store::Batch batch);

    const std::string& node() const { return node_; }

  private:
    // Where one waits for its end; shared, because the waiter may be gone before the waker is.
    using Ticket = std::shared_ptr<Guarded<std::optional<Status>>>;
    struct Task {
        std::variant<store::Batch, Work> what;
        Ticket ticket;          // null: nobody waits
        store::Committed done;  // null: nobody is told
    };
    struct Queue {
        std::vector<Task> tasks;
        bool stopping = false;
    };
    Status submit(std::variant<store::Batch, Work> what);
    bool enqueue(Task& task);  // false when the queue is full
    void serve();
    std::vector<Task> take_group();
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
    std::size_t restart_log_at_;  // pages
    Checkpointer& checkpointer_;
    Log& log_;
    Counter& commits_;
    Counter& failures_;
    Histogram& group_sizes_;
    Gauge& log_pages_;
    Guarded<Queue> queue_;
    std::jthread thread_;
};

}  // namespace cambist::store_sqlite
