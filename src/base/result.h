// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <expected>
#include <utility>

#include "base/error.h"

namespace cambist {

// A value or the Error that prevented it. std::expected may be dropped without a word; this may
// not.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
  public:
    using std::expected<T, Error>::expected;
};
using Status = Result<void>;

inline std::unexpected<Error> fail(ErrorCode code, std::string hint = {}, std::string detail = {}) {
    return std::unexpected(Error{code, {}, std::move(hint), std::move(detail)});
}

#define CAMBIST_CONCAT_INNER_(a, b) a##b
#define CAMBIST_CONCAT_(a, b) CAMBIST_CONCAT_INNER_(a, b)

// CAMBIST_TRY(const auto x, f());  declares x from f()'s value, or returns f()'s error.
#define CAMBIST_TRY(declaration, ...)                                               \
    auto CAMBIST_CONCAT_(try_, __LINE__) = (__VA_ARGS__);                           \
    if (!CAMBIST_CONCAT_(try_, __LINE__))                                           \
        return std::unexpected(std::move(CAMBIST_CONCAT_(try_, __LINE__)).error()); \
    declaration = *std::move(CAMBIST_CONCAT_(try_, __LINE__))

// CAMBIST_CHECK(f());  goes on if f() succeeded, or returns f()'s error.
#define CAMBIST_CHECK(...) \
    if (auto check_ = (__VA_ARGS__); !check_) return std::unexpected(std::move(check_).error())

// For bugs, never for input: aborts, also in release.
#define CAMBIST_ASSERT(condition)           \
    (static_cast<bool>(condition) ? void(0) \
                                  : ::cambist::assertion_failed(#condition, __FILE__, __LINE__))

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace cambist
