// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "model/audit.h"

namespace cambist::audit {

// A record for people: who asked for what, every step with its mark, the rules, and why it ended as
// it did with what to do next. Control characters and what could turn a terminal's text around are
// shown as escapes, so a request can not write into the operator's screen or log. Thread-safe.
std::string explain_text(const AuditRecord& record);

// The same as a Mermaid sequence diagram, for a ticket or a wiki.
std::string explain_mermaid(const AuditRecord& record);

// The same as JSON, indented: the record and the texts of its error code.
std::string explain_json(const AuditRecord& record);

}  // namespace cambist::audit
