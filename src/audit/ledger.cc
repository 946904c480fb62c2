// SPDX-License-Identifier: Apache-2.0
#include "audit/ledger.h"

#include <optional>

#include "audit/file_sink.h"
#include "audit/record_json.h"

namespace cambist::audit {

Result<std::unique_ptr<Ledger>> Ledger::open(AuditSettings settings, store::Store& store,
                                             Log& log) {
    std::unique_ptr<FileSink> file;
    if (!settings.file.empty()) {
        CAMBIST_TRY(file, FileSink::open(settings.file));
    }
    return std::unique_ptr<Ledger>(new Ledger(std::move(settings), store, log, std::move(file)));
}

Ledger::Ledger(AuditSettings settings, store::Store& store, Log& log,
               std::unique_ptr<FileSink> file)
    : settings_(std::move(settings)), store_(store), log_(log), file_(std::move(file)) {}

Ledger::~Ledger() = default;

Status Ledger::write(const AuditRecord& record, std::vector<store::Operation> operations) {
    if (settings_.durability == Durability::kAsync && operations.empty()) {
        write_later(record);
        return {};
    }
    auto row = append_operation(record);
    const auto for_file = file_ ? std::optional(row) : std::nullopt;
    operations.emplace_back(std::move(row));
    CAMBIST_CHECK(store_.commit({record.realm, std::move(operations)}));
    if (for_file) append_to_file(*for_file);
    return {};
}

void Ledger::write(const AuditRecord& record, std::vector<store::Operation> operations,
                   store::Committed done) {
    if (settings_.durability == Durability::kAsync && operations.empty()) {
        write_later(record);
        return done({});
    }
    auto row = append_operation(record);
    if (!file_) {
        operations.emplace_back(std::move(row));
        return store_.commit_then({record.realm, std::move(operations)}, std::move(done));
    }
    operations.emplace_back(row);
    store_.commit_then({record.realm, std::move(operations)},
                       [this, row = std::move(row), done = std::move(done)](Status status) mutable {
                           if (status) append_to_file(row);
                           done(std::move(status));
                       });
}

void Ledger::write_later(const AuditRecord& record) {
    auto row = append_operation(record);
    append_to_file(row);
    store_.commit_later({record.realm, {std::move(row)}});
}

// The chain in the store is the record; the file is a copy for others to read, so its failure does
// not take back what was issued.
void Ledger::append_to_file(const store::AppendAudit& row) {
    if (!file_) return;
    const auto written = file_->append(row.body);
    if (!written)
        log_.error("audit.file_failed",
                   {{"trace", row.trace}, {"reason", written.error().describe()}});
}

Status Ledger::reopen() {
    if (!file_) return {};
    return file_->reopen();
}

}  // namespace cambist::audit
