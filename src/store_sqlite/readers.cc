// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/readers.h"

namespace cambist::store_sqlite {

Readers::Lease::~Lease() {
    if (connection_) pool_.give_back(*std::move(connection_));
}

Result<Readers::Lease> Readers::borrow() const {
    auto idle =
        pool_.wait([this](const Pool& pool) { return !pool.idle.empty() || pool.opened < most_; },
                   [](Pool& pool) -> std::optional<sql::Connection> {
                       if (pool.idle.empty()) {
                           ++pool.opened;
                           return std::nullopt;
                       }
                       auto last = std::move(pool.idle.back());
                       pool.idle.pop_back();
                       return last;
                   });
    if (idle) return Lease(*this, *std::move(idle));
    auto opened = open_();
    if (!opened) {
        pool_.change_one([](Pool& pool) { --pool.opened; });
        return std::unexpected(opened.error());
    }
    return Lease(*this, *std::move(opened));
}

void Readers::give_back(sql::Connection connection) const {
    pool_.change_one([&](Pool& pool) { pool.idle.push_back(std::move(connection)); });
}

}  // namespace cambist::store_sqlite
