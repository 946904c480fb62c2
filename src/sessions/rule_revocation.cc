// SPDX-License-Identifier: Apache-2.0
#include "sessions/rule_revocation.h"

#include <string>

namespace cambist::sessions {
namespace {

constexpr std::string_view kPrefix = "rule:";

}  // namespace

Revocation revocation_of_rule(std::string_view rule, std::int64_t before, std::int64_t until) {
    return {.kind = RevocationKind::kToken,
            .id = std::string(kPrefix) + std::string(rule),
            .before = before,
            .until = until};
}

std::string_view revoked_rule(const Revocation& revocation) {
    return revoked_rule(revocation.kind, revocation.id);
}

std::string_view revoked_rule(RevocationKind kind, std::string_view id) {
    if (kind != RevocationKind::kToken || !id.starts_with(kPrefix)) return {};
    return id.substr(kPrefix.size());
}

}  // namespace cambist::sessions
