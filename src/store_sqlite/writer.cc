// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/writer.h"

#include <algorithm>
#include <iterator>

#include "sql/transaction.h"
#include "store_sqlite/checkpointer.h"

namespace cambist::store_sqlite {
namespace {

constexpr int kRestartBusyMs = 20;
const std::vector<double> kGroupBounds{1, 2, 4, 8, 16, 32, 64, 128, 256};

}  // namespace

Writer::Writer(sql::Connection connection, ChainHead head, const SqliteSettings& settings,
               Checkpointer& checkpointer, Log& log, Metrics& metrics)
    : connection_(std::move(connection)),
      head_(std::move(head)),
      node_(head_.node),
      settings_(settings),
      restart_log_at_(settings.max_log_pages),
      checkpointer_(checkpointer),
      log_(log),
      commits_(metrics.counter("cambist_store_commits_total", "Transactions written.")),
      failures_(metrics.counter("cambist_store_write_failures_total",
                                "Writes that the database could not do.")),
      group_sizes_(metrics.histogram("cambist_store_group_size", "Batches in one transaction.", {},
                                     kGroupBounds)),
      log_pages_(metrics.gauge("cambist_store_log_pages", "Length of the write-ahead log.")),
      thread_([this] { serve(); }) {}

Writer::~Writer() {
    queue_.change([](Queue& queue) { queue.stopping = true; });
}

namespace {

Status full() { return fail(ErrorCode::kOverloaded, "too many writes wait for the disk"); }

}  // namespace

bool Writer::enqueue(Task& task) {
    bool is_full = false;
    bool is_first = false;
    queue_.with([&](Queue& queue) {
        is_full = queue.tasks.size() >= settings_.max_queue;
        is_first = queue.tasks.empty();
        if (!is_full) queue.tasks.push_back(std::move(task));
    });
    // Whoever comes second finds the thread awake, or on its way.
    if (is_first && !is_full) queue_.change([](Queue&) {});
    return !is_full;
}

Status Writer::submit(std::variant<store::Batch, Work> what) {
    auto ticket = std::make_shared<Guarded<std::optional<Status>>>();
    Task task{std::move(what), ticket, nullptr};
    if (!enqueue(task)) return full();
    return ticket->wait([](const auto& done) { return done.has_value(); },
                        [](auto& done) { return *std::move(done); });
}

Status Writer::commit(store::Batch batch) { return submit(std::move(batch)); }

Status Writer::run(Work work) { return submit(std::move(work)); }

void Writer::commit_then(store::Batch batch, store::Committed done) {
    Task task{std::move(batch), nullptr, std::move(done)};
    if (!enqueue(task)) task.done(full());
}

void Writer::commit_later(store::Batch batch) {
    // The writer itself comes here from a commit's end, and nobody else would make room for it.
    const bool may_wait = std::this_thread::get_id() != thread_.get_id();
    queue_.wait(
        [&](const Queue& queue) { return !may_wait || queue.tasks.size() < settings_.max_queue; },
        [&](Queue& queue) { queue.tasks.push_back({std::move(batch), nullptr, nullptr}); });
    queue_.change([](Queue&) {});  // wakes the thread
}

void Writer::serve() {
    while (true) {
        auto group = take_group();
        if (group.empty()) return;
        run_group(group);
        shorten_log();
    }
}

// Waits for something to do; nothing when the store closes and all is written.
std::vector<Writer::Task> Writer::take_group() {
    std::vector<Task> group;
    bool was_full = false;
    queue_.wait(
        [](const Queue& queue) { return !queue.tasks.empty() || queue.stopping; },
        [&](Queue& queue) {
            auto& tasks = queue.tasks;
            was_full = tasks.size() >= settings_.max_queue;
            const auto end = tasks.begin() + static_cast<std::ptrdiff_t>(
                                                 std::min(tasks.size(), settings_.max_group));
            group.assign(std::make_move_iterator(tasks.begin()), std::make_move_iterator(end));
            tasks.erase(tasks.begin(), end);
        });
    if (was_full) queue_.change([](Queue&) {});  // wakes who waits for room
    return group;
}

void Writer::run_group(std::vector<Task>& group) {
    const ChainHead before = head_;
    std::vector<Status> results;
    const Status whole = run_in_transaction(group, results);
    if (whole) {
        commits_.add();
        group_sizes_.observe(static_cast<double>(group.size()));
    } else {
        head_ = before;
        failures_.add();
        log_.error("store.write_failed",
                   {{"batches", group.size()}, {"reason", whole.error().describe()}});
    }
    for (std::size_t i = 0; i < group.size(); ++i)
        tell(group[i], whole ? std::move(results[i]) : whole);
}

Status Writer::run_in_transaction(std::vector<Task>& group, std::vector<Status>& results) {
    const ChainHead before = head_;
    CAMBIST_TRY(auto transaction, sql::Transaction::begin(connection_));
    for (auto& task : group) {
        const bool has_savepoint = group.size() > 1 && may_be_refused(task);
        Status status = has_savepoint ? run_in_savepoint(task) : execute(task);
        if (!status) {
            const bool is_refusal = status.error().code != ErrorCode::kStoreUnavailable;
            // Nothing of the group may stay when the database itself failed, or when there is
            // nothing to go back to but its begin.
            if (!is_refusal || (!has_savepoint && group.size() > 1)) return status;
        }
        const bool is_undone = !status && !has_savepoint;
        results.push_back(std::move(status));
        if (!is_undone) continue;
        head_ = before;
        return {};  // the only batch was refused: the transaction is rolled back
    }
    if (!connection_.in_transaction())
        return fail(ErrorCode::kStoreUnavailable, {}, "SQLite ended the transaction");
    return transaction.commit();
}

bool Writer::may_be_refused(const Task& task) {
    const auto* batch = std::get_if<store::Batch>(&task.what);
    return batch == nullptr || is_conditional(*batch);
}

Status Writer::run_in_savepoint(Task& task) {
    const ChainHead before = head_;
    CAMBIST_TRY(auto savepoint, sql::Savepoint::begin(connection_));
    Status status = execute(task);
    if (status) return savepoint.release();
    head_ = before;
    return status;
}

Status Writer::execute(Task& task) {
    if (const auto* batch = std::get_if<store::Batch>(&task.what))
        return apply(connection_, head_, *batch);
    return std::get<Work>(task.what)(connection_);
}

void Writer::tell(Task& task, Status status) {
    if (task.done) return task.done(std::move(status));
    if (task.ticket) {
        task.ticket->change_one([&](auto& done) { done = std::move(status); });
        return;
    }
    if (status) return;
    failures_.add();
    log_.error("store.later_write_failed", {{"reason", status.error().describe()}});
}

// Passive checkpoints copy the log beside us, but under constant load they never find a moment in
// which it could start from its beginning. Beyond its bound we make that moment.
void Writer::shorten_log() {
    const auto pages = static_cast<std::size_t>(connection_.log_pages());
    log_pages_.set(connection_.log_pages());
    checkpointer_.tell_log_pages(pages);
    if (pages < settings_.max_log_pages) restart_log_at_ = settings_.max_log_pages;
    if (pages < restart_log_at_) return;
    // A short wait only: somebody may read for long (a backup), and commits must go on meanwhile.
    connection_.set_busy_timeout(kRestartBusyMs);
    const auto moved = connection_.checkpoint(sql::CheckpointKind::kRestart);
    connection_.set_busy_timeout(kBusyMs);
    if (!moved) log_.error("store.checkpoint_failed", {{"reason", moved.error().describe()}});
    restart_log_at_ = pages + settings_.checkpoint_pages;
}

}  // namespace cambist::store_sqlite
