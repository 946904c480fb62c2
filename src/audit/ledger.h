// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "audit/settings.h"
#include "base/log.h"
#include "base/result.h"
#include "model/audit.h"
#include "store/store.h"

namespace cambist::audit {

class FileSink;

// Where decisions are written down. Thread-safe. Made in app/.
class Ledger {
  public:
    // Opens the file sink when the settings name one (kConfigInvalid when that fails). `store` and
    // `log` must outlive this.
    static Result<std::unique_ptr<Ledger>> open(AuditSettings settings, store::Store& store,
                                                Log& log);
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    ~Ledger();

    // Commits `operations` and the record as one batch of the record's realm; returns when both are
    // durable, or why neither happened. With Durability::kAsync a record alone is not waited for;
    // operations always are.
    Status write(const AuditRecord& record, std::vector<store::Operation> operations = {});
    // As above, but returns before it is durable; `done` is told how it ended, perhaps on a thread
    // of the store (see store::Committed).
    void write(const AuditRecord& record, std::vector<store::Operation> operations,
               store::Committed done);
    // Never waits for the disk; a failure is logged by the store.
    void write_later(const AuditRecord& record);
    // Opens the file anew, after a rotation (SIGHUP).
    Status reopen();

  private:
    Ledger(AuditSettings settings, store::Store& store, Log& log, std::unique_ptr<FileSink> file);
    void append_to_file(const store::AppendAudit& row);

    AuditSettings settings_;
    store::Store& store_;
    Log& log_;
    std::unique_ptr<FileSink> file_;
};

}  // namespace cambist::audit
