// SPDX-License-Identifier: Apache-2.0
#include "postgresql/connection.h"

#include <libpq-fe.h>
#include <string.h>

#include <unordered_map>

#include "postgresql/session.h"

namespace cambist::postgresql {
namespace {

// libpq prints notices to the standard error stream, where nothing but our log may stand.
void pass_over_notice(void* /*unused*/, const PGresult* /*notice*/) {}

constexpr int kBinary = 1;

}  // namespace

struct Connection::Parts {
    Session session;
    std::unordered_map<std::string_view, std::string> prepared;  // text to name
    std::int64_t names = 0;

    struct Step {
        enum class Kind : std::uint8_t { kPrepare, kRun, kSync } kind;
        std::string_view sql;
        std::string name;
    };
    std::vector<Step> send(std::span<const Query> queries, Status& status);
    bool send_prepare(const Query& query, const std::string& name);
    bool send_run(const Query& query, const std::string& name);
    Outcome receive_all(const std::vector<Step>& steps);
    Status receive_step(const Step& step, Session::Deadline deadline, Outcome& outcome);
};

Connection::Connection(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const Url& url, const Timeouts& timeouts, Purpose purpose) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    std::vector<std::string> kept;  // ends every value with a NUL
    kept.reserve(url.parameters_.size());
    for (const auto& parameter : url.parameters_) {
        keywords.push_back(parameter.keyword.c_str());
        values.push_back(kept.emplace_back(parameter.value.expose()).c_str());
    }
    const auto connect = std::to_string(timeouts.connect.count());
    const auto unacknowledged = std::to_string(timeouts.answer.count() * 1000);
    const auto add_default = [&](const char* keyword, const char* value) {
        if (url.find(keyword) != nullptr) return;
        keywords.push_back(keyword);
        values.push_back(value);
    };
    add_default("connect_timeout", connect.c_str());
    add_default("tcp_user_timeout", unacknowledged.c_str());
    // A host that is gone without a word is noticed within a minute, also by who only listens.
    add_default("keepalives_idle", "20");
    add_default("keepalives_interval", "5");
    add_default("keepalives_count", "4");
    const bool must_write = purpose == Purpose::kWriting;
    if (must_write || url.has_several_hosts()) add_default("target_session_attrs", "read-write");
    add_default("application_name", "cambist");
    add_default("gssencmode", "disable");  // else it looks for Kerberos tickets at each connect
    keywords.push_back("client_encoding");
    values.push_back("UTF8");
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    auto parts = std::make_unique<Parts>(Parts{
        Session(PQconnectdbParams(keywords.data(), values.data(), 0), timeouts.answer, must_write),
        {},
        0});
    for (auto& value : kept) explicit_bzero(value.data(), value.size());
    auto& session = parts->session;
    if (PQstatus(session.get()) != CONNECTION_OK) {
        auto error = session.lose("connect").error();
        // Where the database is is the operator's business: hints go to clients as well.
        error.hint = "can not connect to the database";
        error.detail = url.shown() + ", " + error.detail;
        return std::unexpected(std::move(error));
    }
    PQsetNoticeReceiver(session.get(), pass_over_notice, nullptr);
    const char* encoding = PQparameterStatus(session.get(), "server_encoding");
    if (encoding == nullptr || std::string_view(encoding) != "UTF8")
        return fail(ErrorCode::kStoreUnavailable,
                    url.shown() + " is not kept in UTF-8: create it with ENCODING 'UTF8'");
    if (PQsetnonblocking(session.get(), 1) != 0 || PQenterPipelineMode(session.get()) != 1)
        return session.lose("connect");
    return Connection(std::move(parts));
}

Result<Rows> Connection::run(const Query& query) {
    auto outcome = run_all({&query, 1});
    if (!outcome.status) return std::unexpected(std::move(outcome.status).error());
    return std::move(outcome.rows.front());
}

Status Connection::execute(const Query& query) { return run_all({&query, 1}).status; }

Outcome Connection::run_all(std::span<const Query> queries) {
    if (is_broken())
        return {{}, fail(ErrorCode::kStoreUnavailable, "the connection to the database was lost")};
    parts_->session.forget_failure();
    Status sent;
    const auto steps = parts_->send(queries, sent);
    if (!sent) return {{}, std::move(sent)};
    return parts_->receive_all(steps);
}

std::vector<Connection::Parts::Step> Connection::Parts::send(std::span<const Query> queries,
                                                             Status& status) {
    std::vector<Step> steps;
    std::unordered_map<std::string_view, std::string> fresh;
    bool is_sent = true;
    for (const auto& query : queries) {
        auto known = prepared.find(query.sql_);
        if (known == prepared.end()) {
            const auto [place, is_new] = fresh.try_emplace(query.sql_);
            if (is_new) {
                place->second = "c" + std::to_string(++names);
                steps.push_back({Step::Kind::kPrepare, query.sql_, place->second});
                is_sent = is_sent && send_prepare(query, place->second);
            }
            known = place;
        }
        steps.push_back({Step::Kind::kRun, query.sql_, known->second});
        is_sent = is_sent && send_run(query, known->second);
    }
    if (!is_sent || PQpipelineSync(session.get()) != 1) {
        status = session.lose("send");
        return {};
    }
    steps.push_back({Step::Kind::kSync, {}, {}});
    return steps;
}

bool Connection::Parts::send_prepare(const Query& query, const std::string& name) {
    const std::string sql(query.sql_);
    return PQsendPrepare(session.get(), name.c_str(), sql.c_str(),
                         static_cast<int>(query.types_.size()), query.types_.data()) == 1;
}

bool Connection::Parts::send_run(const Query& query, const std::string& name) {
    const auto count = query.values_.size();
    std::vector<const char*> values(count);
    std::vector<int> lengths(count);
    const std::vector<int> formats(count, kBinary);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = query.values_[i].c_str();  // never null, which would be NULL
        lengths[i] = static_cast<int>(query.values_[i].size());
    }
    return PQsendQueryPrepared(session.get(), name.c_str(), static_cast<int>(count), values.data(),
                               lengths.data(), formats.data(), kBinary) == 1;
}

Outcome Connection::Parts::receive_all(const std::vector<Step>& steps) {
    Outcome outcome;
    const auto deadline = session.deadline();
    for (const auto& step : steps)
        if (auto lost = receive_step(step, deadline, outcome); !lost)
            return {std::move(outcome.rows), std::move(lost)};
    return outcome;
}

// Fails only when the connection does; what a statement says goes into the outcome.
Status Connection::Parts::receive_step(const Step& step, Session::Deadline deadline,
                                       Outcome& outcome) {
    CAMBIST_TRY(auto result, session.receive(deadline));
    const auto status = PQresultStatus(result.get());
    if (step.kind == Step::Kind::kSync) {
        if (status != PGRES_PIPELINE_SYNC) return session.lose("out of step");
        return {};
    }
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (step.kind == Step::Kind::kPrepare)
            prepared.emplace(step.sql, step.name);
        else
            outcome.rows.emplace_back(result.release());
    } else if (status != PGRES_PIPELINE_ABORTED) {
        if (result == nullptr) return session.lose("out of step");
        outcome.status = std::unexpected(session.error_of(result.get(), step.sql));
        if (session.is_broken()) return outcome.status;
    }
    CAMBIST_TRY(const auto end, session.receive(deadline));
    if (end != nullptr) return session.lose("out of step");
    return {};
}

Status Connection::run_script(const std::string& script) {
    auto& session = parts_->session;
    if (is_broken())
        return fail(ErrorCode::kStoreUnavailable, "the connection to the database was lost");
    session.forget_failure();
    if (PQexitPipelineMode(session.get()) != 1 || PQsendQuery(session.get(), script.c_str()) != 1)
        return session.lose("send");
    const auto deadline = session.deadline();
    Status status;
    while (true) {
        CAMBIST_TRY(const auto result, session.receive(deadline));
        if (result == nullptr) break;
        const auto state = PQresultStatus(result.get());
        if (state == PGRES_COMMAND_OK || state == PGRES_TUPLES_OK || state == PGRES_EMPTY_QUERY)
            continue;
        status = std::unexpected(session.error_of(result.get(), script));
        if (session.is_broken()) return status;
    }
    if (PQenterPipelineMode(session.get()) != 1) return session.lose("send");
    return status;
}

Result<bool> Connection::wait_for_notice(std::chrono::milliseconds timeout, int interrupt) {
    if (is_broken())
        return fail(ErrorCode::kStoreUnavailable, "the connection to the database was lost");
    return parts_->session.wait_for_notice(timeout, interrupt);
}

const std::string& Connection::sql_state() const { return parts_->session.sql_state(); }

// serialization_failure and deadlock_detected.
bool Connection::should_retry() const {
    return !is_broken() && (sql_state() == "40001" || sql_state() == "40P01");
}

bool Connection::is_broken() const { return parts_->session.is_broken(); }

bool Connection::is_idle() const {
    return !is_broken() && PQtransactionStatus(parts_->session.get()) == PQTRANS_IDLE;
}

}  // namespace cambist::postgresql
