// SPDX-License-Identifier: Apache-2.0
#include "postgresql/session.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/waiting.h"

namespace cambist::postgresql {
namespace {

// On one line, without PostgreSQL's line end.
std::string one_line(std::string_view message) {
    while (message.ends_with('\n')) message.remove_suffix(1);
    std::string line(message);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

// What an operator has to mend, where PostgreSQL's own words are short.
std::string hint_of(std::string_view state) {
    if (state == "53100") return "the disk of the database is full";
    if (state == "25006") return "the database can only be read here (is it a standby?)";
    if (state == "42501") return "the database user lacks a right: let it own the database";
    if (state == "57014" || state == "55P03") return "the database took too long";
    if (state == "53300") return "the database has no connection left";
    return {};
}

}  // namespace

Result<ResultPtr> Session::receive(Deadline deadline) {
    if (is_broken()) return fail(ErrorCode::kStoreUnavailable, {}, "the connection is closed");
    while (true) {
        const int unsent = PQflush(get());
        if (unsent < 0) return lose("send");
        if (unsent == 0 && PQisBusy(get()) == 0) return ResultPtr(PQgetResult(get()));
        CAMBIST_CHECK(wait(deadline));
        if (PQconsumeInput(get()) == 0) return lose("receive");
        // A result may be whole before everything is sent: nothing is lost by sending first.
        if (unsent == 0 && PQisBusy(get()) == 0) return ResultPtr(PQgetResult(get()));
    }
}

Status Session::wait(Deadline deadline) {
    pollfd descriptor{.fd = PQsocket(get()), .events = POLLIN, .revents = 0};
    const int unsent = PQflush(get());
    if (unsent < 0) return lose("send");
    if (unsent > 0) descriptor.events |= POLLOUT;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const Waiting waiting;
    const int ready = left.count() > 0 ? poll(&descriptor, 1, static_cast<int>(left.count())) : 0;
    if (ready > 0 || (ready < 0 && errno == EINTR)) return {};
    static_cast<void>(lose("wait"));
    return fail(ErrorCode::kStoreUnavailable, "the database did not answer in time");
}

Result<bool> Session::wait_for_notice(std::chrono::milliseconds timeout, int interrupt) {
    // poll() passes over a negative descriptor.
    std::array<pollfd, 2> descriptors{{{PQsocket(get()), POLLIN, 0}, {interrupt, POLLIN, 0}}};
    const int ready =
        poll(descriptors.data(), descriptors.size(), static_cast<int>(timeout.count()));
    if (ready < 0 && errno != EINTR) return lose("wait");
    if (descriptors[0].revents == 0) return false;
    if (PQconsumeInput(get()) == 0) return lose("receive");
    bool came = false;
    while (PGnotify* notice = PQnotifies(get())) {
        PQfreemem(notice);
        came = true;
    }
    if (PQstatus(get()) == CONNECTION_BAD) return lose("receive");
    return came;
}

Error Session::error_of(const PGresult* result, std::string_view what) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    sql_state_ = state != nullptr ? state : "";
    // Not PG_DIAG_MESSAGE_DETAIL: it quotes the row.
    std::string detail = one_line(what.substr(0, 80));
    detail += ": ";
    detail += one_line(message != nullptr ? message : PQresultErrorMessage(result));
    if (!sql_state_.empty()) detail += " (PostgreSQL " + sql_state_ + ")";
    const auto code =
        sql_state_.starts_with("23") ? ErrorCode::kConflict : ErrorCode::kStoreUnavailable;
    Error error{code, {}, hint_of(sql_state_), std::move(detail)};
    // Another has become the primary: who asks again is led to it.
    const bool is_demoted = must_write_ && sql_state_ == "25006";
    if (is_demoted || PQstatus(get()) == CONNECTION_BAD) connection_.reset();
    return error;
}

std::unexpected<Error> Session::lose(std::string_view what) {
    std::string detail(what);
    detail += ": ";
    detail += one_line(PQerrorMessage(get()));
    connection_.reset();
    sql_state_.clear();
    return fail(ErrorCode::kStoreUnavailable, "the connection to the database was lost",
                std::move(detail));
}

}  // namespace cambist::postgresql
