// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/audit.h"
#include "store/store.h"

namespace cambist::audit {

// The `grant` of what a command of the operator did; `peer` is who ran it, the one step its name
// and what it did.
inline constexpr std::string_view kCommand = "command";

// The JSON text of a record, one line; the body of its row in the chain. Members have stable names,
// `version` first; empty ones are left out; bytes that are no UTF-8 become U+FFFD.
std::string render_record(const AuditRecord& record);

// The record back from its text. Members that a newer version added are passed over; kParse when
// the text is no record. Thread-safe, as all here.
Result<AuditRecord> parse_record(std::string_view body);

// The operation that appends the record to the chain, for a batch that holds more.
store::AppendAudit append_operation(const AuditRecord& record);

}  // namespace cambist::audit
