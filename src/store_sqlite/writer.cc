// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/writer.h"

#include "base/gather.h"
#include "base/together.h"
#include "sql/transaction.h"
#include "store_sqlite/checkpointer.h"

namespace cambist::store_sqlite {
namespace {

constexpr int kRestartBusyMs = 20;
constexpr std::size_t kFarBeyond = 2;
const std::vector<double> kGroupBounds{1, 2, 4, 8, 16, 32, 64, 128, 256};

}  // namespace

Writer::Writer(sql::Connection connection, ChainHead head, const SqliteSettings& settings,
               Checkpointer& checkpointer, Log& log, Metrics& metrics)
    : connection_(std::move(connection)),
      head_(std::move(head)),
      node_(head_.node),
      settings_(settings),
      checkpointer_(checkpointer),
      log_(log),
      commits_(metrics.counter("cambist_store_commits_total", "Transactions written.")),
      failures_(metrics.counter("cambist_store_write_failures_total",
                                "Writes that the database could not do.")),
      group_sizes_(metrics.histogram("cambist_store_group_size", "Batches in one transaction.", {},
                                     kGroupBounds)),
      log_pages_(metrics.gauge("cambist_store_log_pages", "Length of the write-ahead log.")),
      queue_(settings.max_queue),
      thread_([this] { serve(); }) {}

Writer::~Writer() { queue_.stop(); }

void Writer::serve() {
    Gatherer gatherer;
    while (true) {
        auto group = queue_.take_group(settings_.max_group);
        if (group.empty()) return;
        gatherer.follow_crowd();
        run_group(group);
        shorten_log();
    }
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
    // Whoever sends the answers sends all of them.
    const Together together;
    for (std::size_t i = 0; i < group.size(); ++i)
        tell(group[i], whole ? std::move(results[i]) : whole);
}

Status Writer::run_in_transaction(std::vector<Task>& group, std::vector<Status>& results) {
    CAMBIST_TRY(auto transaction, sql::Transaction::begin(connection_));
    CAMBIST_CHECK(follow_chain(connection_, head_));
    const ChainHead before = head_;
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
    const std::string lost = status ? std::string() : status.error().describe();
    if (Queue::finish(task, std::move(status)) || lost.empty()) return;
    failures_.add();
    log_.error("store.later_write_failed", {{"reason", lost}});
}

// Passive checkpoints copy the log beside us, but under constant load they never find a moment in
// which it could start from its beginning. Beyond its bound we make that moment: once one of them
// has ended we copy the little that came meanwhile, and the next commit starts the log anew. Nobody
// is waited for: to meet a checkpoint half-way would cost every commit that waits some 20 ms.
void Writer::shorten_log() {
    const auto pages = static_cast<std::size_t>(connection_.log_pages());
    log_pages_.set(connection_.log_pages());
    const bool has_just_been_copied = checkpointer_.tell_log_pages(pages);
    if (pages < settings_.max_log_pages || !has_just_been_copied) return;
    // A reader of an older state keeps the log as it is. Where somebody always reads, a short wait
    // for all of them to end; short, since one may read for long (a backup).
    const bool is_far_beyond = pages >= kFarBeyond * settings_.max_log_pages;
    connection_.set_busy_timeout(kRestartBusyMs);
    const auto moved = connection_.checkpoint(is_far_beyond ? sql::CheckpointKind::kRestart
                                                            : sql::CheckpointKind::kPassive);
    connection_.set_busy_timeout(kBusyMs);
    if (!moved) log_.error("store.checkpoint_failed", {{"reason", moved.error().describe()}});
}

}  // namespace cambist::store_sqlite
