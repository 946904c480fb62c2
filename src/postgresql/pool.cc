// SPDX-License-Identifier: Apache-2.0
#include "postgresql/pool.h"

#include <thread>

namespace cambist::postgresql {
namespace {

constexpr int kMostAttempts = 8;
constexpr std::string_view kBegin = "BEGIN ISOLATION LEVEL READ COMMITTED";
constexpr std::string_view kCommit = "COMMIT";
constexpr std::string_view kRollBack = "ROLLBACK";

}  // namespace

Pool::Lease::~Lease() {
    if (connection_) pool_.give_back(*std::move(connection_));
}

Result<Pool::Lease> Pool::borrow() const {
    enum class Turn : std::uint8_t { kTooLate, kOpen, kClosed };
    std::optional<Connection> idle;
    Turn turn = Turn::kTooLate;
    Error failure;
    state_.wait_for(
        settings_.patience,
        [this](const State& state) { return !state.idle.empty() || state.opened < settings_.most; },
        [&](State& state) {
            if (!state.idle.empty()) {
                idle = std::move(state.idle.back());
                state.idle.pop_back();
            } else if (state.failure && std::chrono::steady_clock::now() < state.closed_until) {
                turn = Turn::kClosed;
                failure = *state.failure;
            } else if (state.opened < settings_.most) {
                turn = Turn::kOpen;
                ++state.opened;
            }
        });
    if (idle) return Lease(*this, *std::move(idle), /*is_fresh=*/false);
    if (turn == Turn::kClosed) return std::unexpected(std::move(failure));
    if (turn == Turn::kOpen) return open_one();
    return fail(ErrorCode::kOverloaded, "all connections to the database are in use");
}

Result<Pool::Lease> Pool::open_one() const {
    auto opened = open_();
    if (opened) {
        state_.with([](State& state) { state.failure.reset(); });
        return Lease(*this, *std::move(opened), /*is_fresh=*/true);
    }
    state_.change([&](State& state) {
        --state.opened;
        state.failure = opened.error();
        state.closed_until = std::chrono::steady_clock::now() + settings_.pause;
    });
    return std::unexpected(std::move(opened).error());
}

void Pool::give_back(Connection connection) const {
    const bool is_usable = connection.is_idle();
    std::optional<Connection> dead;  // closed outside of the lock
    state_.change_one([&](State& state) {
        if (is_usable) {
            state.idle.push_back(std::move(connection));
        } else {
            --state.opened;
            dead = std::move(connection);
        }
    });
}

// One idle connection has died, so the others have too.
void Pool::forget_idle() const {
    std::vector<Connection> dead;
    state_.change([&](State& state) {
        dead.swap(state.idle);
        state.opened -= dead.size();
    });
}

Result<Rows> Pool::read(const Query& query) const {
    {
        CAMBIST_TRY(auto lease, borrow());
        auto rows = lease->run(query);
        if (rows || !lease->is_broken() || lease.is_fresh()) return rows;
    }
    forget_idle();
    CAMBIST_TRY(auto lease, borrow());
    return lease->run(query);
}

Status Pool::transact(const Work& work) const {
    for (int attempt = 1;; ++attempt) {
        CAMBIST_TRY(const auto next, try_once(work, attempt));
        if (next == Next::kDone) return {};
        // Longer each time, so that two that are in each other's way part.
        std::this_thread::sleep_for(std::chrono::milliseconds(attempt * attempt));
    }
}

Result<Pool::Next> Pool::try_once(const Work& work, int attempt) const {
    const bool may_retry = attempt < kMostAttempts;
    bool is_stale = false;
    {
        CAMBIST_TRY(auto lease, borrow());
        Status status;
        bool is_commit_sent = false;
        if (auto begun = lease->run(Query(kBegin)); !begun)
            status = std::unexpected(std::move(begun).error());
        if (status) status = work(*lease);
        if (status) {
            is_commit_sent = true;
            const auto committed = lease->run(Query(kCommit));
            if (committed) return Next::kDone;
            status = std::unexpected(committed.error());
        }
        const bool should_retry = lease->should_retry();
        is_stale = lease->is_broken() && !lease.is_fresh() && !is_commit_sent;
        // Where the rollback fails the connection is not given back either.
        if (!lease->is_broken()) static_cast<void>(lease->run(Query(kRollBack)).has_value());
        if (!may_retry || (!should_retry && !is_stale)) return std::unexpected(status.error());
    }
    if (is_stale) forget_idle();
    return Next::kAgain;
}

}  // namespace cambist::postgresql
