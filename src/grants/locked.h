// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "grants/grant.h"

namespace cambist::grants {

// Whom Keycloak's brute force detection has locked comes in by no log-in elsewhere either.
// kSubjectDisabled.
Status check_unlocked(const Sources& sources, const realms::Snapshot& realm,
                      const VerifiedToken& token, TimePoint now);

}  // namespace cambist::grants
