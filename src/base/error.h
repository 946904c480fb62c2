// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace cambist {

// What happened, named after the cause and not after the wire. The table is error_codes.def.
enum class ErrorCode {
#define CAMBIST_ERROR(name, id, text, neutral) name,
#include "base/error_codes.def"
#undef CAMBIST_ERROR
};

// One row of the table: the stable sub-code, its only text, and the row that stands for it where
// the caller may not know the cause.
struct ErrorRow {
    ErrorCode code;
    std::string_view name;  // the enumerator
    std::string_view id;    // "TX-STK-03"
    std::string_view text;
    ErrorCode neutral;
};
std::span<const ErrorRow> error_rows();
const ErrorRow& error_row(ErrorCode code);

// A failure as a value. A Secret can be put into none of its texts.
struct Error {
    ErrorCode code = ErrorCode::kInternal;
    // Shown to any caller instead of the row's text; made of our own words only, never of input.
    std::string safe;
    // The case in particulars (presented, expected, next step): shown to the operator, and to an
    // authenticated confidential client whose diagnostics are on.
    std::string hint;
    // Logs and audit only; never leaves the process.
    std::string detail;
    // Where the user can mend it in a browser; shown to any caller. Empty: nowhere.
    std::string interaction_uri = {};

    std::string_view text() const { return safe.empty() ? error_row(code).text : safe; }
    // "TX-STK-03 The subject token has expired. (hint; detail)": for logs and the command line.
    std::string describe() const;
};

}  // namespace cambist
