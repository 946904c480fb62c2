// SPDX-License-Identifier: Apache-2.0
#include "postgresql/rows.h"

#include <libpq-fe.h>

#include <charconv>

#include "base/result.h"
#include "postgresql/query.h"

namespace cambist::postgresql {

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

int Rows::size() const { return PQntuples(result_.get()); }

std::int64_t Rows::changed() const {
    const std::string_view digits = PQcmdTuples(result_.get());
    std::int64_t count = 0;
    // No digits where a statement has no rows to count, such as COMMIT.
    static_cast<void>(std::from_chars(digits.data(), digits.data() + digits.size(), count));
    return count;
}

std::string_view Rows::bytes(int row, int column) const {
    CAMBIST_ASSERT(row >= 0 && row < size() && column >= 0 && column < PQnfields(result_.get()));
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::string Rows::text(int row, int column) const { return from_stored(bytes(row, column)); }

// bigint, integer, smallint and boolean, by their lengths.
std::int64_t Rows::int64(int row, int column) const {
    const auto value = bytes(row, column);
    if (value.empty()) return 0;
    CAMBIST_ASSERT(value.size() == 8 || value.size() == 4 || value.size() == 2 ||
                   value.size() == 1);
    std::uint64_t number = (value.front() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : value) number = (number << 8U) | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(number);
}

}  // namespace cambist::postgresql
