// SPDX-License-Identifier: Apache-2.0
#include "issuers/in_use.h"

namespace cambist::issuers {
namespace {

// Longer than an exchange takes from the answer to its commit.
constexpr Seconds kRemembered{30};
constexpr std::size_t kMost = 10'000;

}  // namespace

Status InUse::begin(const std::string& token, TimePoint now) const {
    return until_.with([&](auto& until) -> Status {
        if (const auto found = until.find(token); found != until.end() && now < found->second)
            return fail(ErrorCode::kForeignReplayed, found->second == TimePoint::max()
                                                         ? "another request is using it now"
                                                         : "another request has just used it");
        if (until.size() >= kMost)
            std::erase_if(until, [&](const auto& one) { return one.second <= now; });
        // Those who ask are few (trust::Remote), so that this makes room.
        if (until.size() >= kMost)
            std::erase_if(until, [](const auto& one) { return one.second != TimePoint::max(); });
        until.insert_or_assign(token, TimePoint::max());
        return {};
    });
}

void InUse::end(const std::string& token, bool is_used_up, TimePoint now) const {
    until_.with([&](auto& until) {
        if (is_used_up)
            until.insert_or_assign(token, now + kRemembered);
        else
            until.erase(token);
    });
}

}  // namespace cambist::issuers
