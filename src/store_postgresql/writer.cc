// SPDX-License-Identifier: Apache-2.0
#include "store_postgresql/writer.h"

#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "base/gather.h"
#include "base/together.h"
#include "store_postgresql/nouns.h"

namespace cambist::store_postgresql {
namespace {

using postgresql::Query;

constexpr int kMostAttempts = 5;
constexpr std::chrono::milliseconds kPause{250};  // after a connection could not be made
const std::vector<double> kGroupBounds{1, 2, 4, 8, 16, 32, 64, 128, 256};

constexpr std::string_view kBegin = "BEGIN ISOLATION LEVEL READ COMMITTED";
constexpr std::string_view kLockHead = "SELECT node,sequence,hash FROM audit_head FOR UPDATE";
constexpr std::string_view kCommit = "COMMIT";
constexpr std::string_view kRollBack = "ROLLBACK";
constexpr std::string_view kSavepoint = "SAVEPOINT batch";
constexpr std::string_view kRelease = "RELEASE SAVEPOINT batch";
constexpr std::string_view kRollBackTo = "ROLLBACK TO SAVEPOINT batch";

// Data that the database can not hold, and not a database that can not.
bool is_of_the_data(std::string_view sql_state) {
    return sql_state.starts_with("22") || sql_state.starts_with("23") ||
           sql_state.starts_with("54");
}

// What the other nodes have to know at once.
bool revokes(const store::Batch* batch) {
    return std::ranges::any_of(batch->operations, [](const store::Operation& operation) {
        return std::holds_alternative<store::AddRevocation>(operation);
    });
}

}  // namespace

Writer::Writer(Open open, const PostgresqlSettings& settings, Log& log, Metrics& metrics)
    : open_(std::move(open)),
      max_group_(settings.max_group),
      notifies_(settings.notifies),
      log_(log),
      commits_(metrics.counter("cambist_store_commits_total", "Transactions written.")),
      failures_(metrics.counter("cambist_store_write_failures_total",
                                "Writes that the database could not do.")),
      group_sizes_(metrics.histogram("cambist_store_group_size", "Batches in one transaction.", {},
                                     kGroupBounds)),
      queue_(settings.max_queue),
      thread_([this] { serve(); }) {}

Writer::~Writer() { queue_.stop(); }

void Writer::serve() {
    Gatherer gatherer;
    while (true) {
        auto tasks = queue_.take_group(max_group_);
        if (tasks.empty()) return;
        gatherer.follow_crowd();
        Group group;
        for (const auto& task : tasks) group.push_back(&task.what);
        auto results = run_group(group);
        // Whoever sends the answers sends all of them.
        const Together together;
        for (std::size_t i = 0; i < tasks.size(); ++i) tell(tasks[i], std::move(results[i]));
    }
}

std::vector<Status> Writer::run_group(const Group& group) {
    Attempt attempt;
    for (int number = 1; number <= kMostAttempts; ++number) {
        attempt = try_once(group);
        if (attempt.whole || !attempt.should_retry) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(number * number));
    }
    if (attempt.whole) {
        commits_.add();
        group_sizes_.observe(static_cast<double>(group.size()));
        return std::move(attempt.results);
    }
    report(group.size(), attempt.whole);
    if (!attempt.is_poisoned || group.size() == 1)
        return std::vector<Status>(group.size(), attempt.whole);
    // The others must not suffer for the one that can not be written.
    std::vector<Status> results;
    for (const auto* batch : group) results.push_back(run_group({batch}).front());
    return results;
}

void Writer::report(std::size_t batches, const Status& whole) {
    failures_.add();
    log_.error("store.write_failed", {{"batches", batches}, {"reason", whole.error().describe()}});
}

Writer::Attempt Writer::try_once(const Group& group) {
    Attempt attempt;
    attempt.results.resize(group.size());
    attempt.whole = connect();
    if (!attempt.whole) return attempt;
    bool is_commit_sent = false;
    auto head = begin();
    if (!head) attempt.whole = std::unexpected(std::move(head).error());
    if (attempt.whole) attempt.whole = write(group, attempt.results);
    if (attempt.whole) {
        Group written;
        for (std::size_t i = 0; i < group.size(); ++i)
            if (attempt.results[i]) written.push_back(group[i]);
        auto last = append_audit(written, *head);
        if (notifies_ && std::ranges::any_of(written, revokes)) last.emplace_back(kNotify);
        last.emplace_back(kCommit);
        is_commit_sent = true;
        attempt.whole = connection_->run_all(last).status;
    }
    const bool was_fresh = std::exchange(is_fresh_, false);
    if (attempt.whole) return attempt;
    if (connection_->is_broken()) {
        attempt.should_retry = !is_commit_sent && !was_fresh;  // the database was restarted
        connection_.reset();
        return attempt;
    }
    attempt.should_retry = connection_->should_retry();
    attempt.is_poisoned = is_of_the_data(connection_->sql_state());
    // A refusal by the database is no refusal by us.
    if (attempt.whole.error().code == ErrorCode::kConflict)
        attempt.whole.error().code = ErrorCode::kStoreUnavailable;
    if (!connection_->run(Query(kRollBack))) connection_.reset();
    return attempt;
}

Status Writer::connect() {
    if (connection_) return {};
    if (failure_ && std::chrono::steady_clock::now() < closed_until_)
        return std::unexpected(*failure_);
    auto opened = open_();
    if (!opened) {
        failure_ = opened.error();
        closed_until_ = std::chrono::steady_clock::now() + kPause;
        return std::unexpected(std::move(opened).error());
    }
    failure_.reset();
    connection_ = *std::move(opened);
    is_fresh_ = true;
    return {};
}

Result<ChainHead> Writer::begin() {
    const std::array<Query, 2> queries{Query(kBegin), Query(kLockHead)};
    auto outcome = connection_->run_all(queries);
    if (!outcome.status) return std::unexpected(std::move(outcome.status).error());
    const auto& row = outcome.rows.back();
    if (row.empty()) return fail(ErrorCode::kStoreUnavailable, "the audit chain has lost its head");
    return ChainHead{row.text(0, 0), row.int64(0, 1), hex_encode(row.bytes(0, 2))};
}

// Everything but the audit records: one round, and one more for each batch that was refused after
// it had written something.
Status Writer::write(const Group& group, std::vector<Status>& results) {
    std::size_t start = 0;
    while (start < group.size()) {
        const auto round = make_round(group, start);
        if (round.queries.empty()) return {};
        CAMBIST_TRY(const auto undone, run_round(round, results));
        if (!undone) return {};
        start = *undone + 1;
    }
    return {};
}

// A batch of one statement needs no savepoint: refused, it has done nothing.
Writer::Round Writer::make_round(const Group& group, std::size_t start) {
    Round round;
    for (std::size_t i = start; i < group.size(); ++i) {
        auto writes = writes_of(*group[i]);
        if (writes.empty()) continue;
        const bool has_savepoint = writes.size() > 1;
        if (has_savepoint) round.queries.emplace_back(kSavepoint);
        const auto first = round.queries.size();
        for (const auto& write : writes) round.queries.push_back(write.query);
        round.places.push_back({i, first, has_savepoint, std::move(writes)});
    }
    return round;
}

Result<std::optional<std::size_t>> Writer::run_round(const Round& round,
                                                     std::vector<Status>& results) {
    auto outcome = connection_->run_all(round.queries);
    if (!outcome.status) return std::unexpected(std::move(outcome.status).error());
    for (std::size_t at = 0; at < round.places.size(); ++at) {
        const auto& place = round.places[at];
        Status& result = results[place.batch];
        for (std::size_t i = 0; i < place.writes.size() && result; ++i)
            result = check(place.writes[i], outcome.rows[place.first + i]);
        if (result || !place.has_savepoint) continue;
        CAMBIST_CHECK(undo_from(round, at));
        return std::optional(place.batch);
    }
    return std::optional<std::size_t>();
}

// The savepoints have one name, so that their statements are prepared once: those after this one
// have to go before the name means it.
Status Writer::undo_from(const Round& round, std::size_t place) {
    std::vector<Query> queries;
    for (std::size_t at = place + 1; at < round.places.size(); ++at)
        if (round.places[at].has_savepoint) queries.emplace_back(kRelease);
    queries.emplace_back(kRollBackTo);
    queries.emplace_back(kRelease);
    return connection_->run_all(queries).status;
}

void Writer::tell(Queue::Task& task, Status status) {
    const std::string lost = status ? std::string() : status.error().describe();
    if (Queue::finish(task, std::move(status)) || lost.empty()) return;
    failures_.add();
    log_.error("store.later_write_failed", {{"reason", lost}});
}

}  // namespace cambist::store_postgresql
