// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <array>

namespace cambist {
namespace {

constexpr auto kRows = std::to_array<ErrorRow>({
#define CAMBIST_ERROR(name, id, text, neutral) \
    {ErrorCode::name, #name, id, text, ErrorCode::neutral},
#include "base/error_codes.def"
#undef CAMBIST_ERROR
});

}  // namespace

std::span<const ErrorRow> error_rows() { return kRows; }

const ErrorRow& error_row(ErrorCode code) { return kRows.at(static_cast<std::size_t>(code)); }

std::string Error::describe() const {
    std::string out(error_row(code).id);
    out += ' ';
    out += text();
    if (hint.empty() && detail.empty()) return out;
    out += " (";
    out += hint;
    if (!hint.empty() && !detail.empty()) out += "; ";
    out += detail;
    out += ')';
    return out;
}

}  // namespace cambist
