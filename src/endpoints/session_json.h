// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "json/value.h"
#include "model/realm.h"
#include "model/session.h"

namespace cambist::endpoints {

// A log-in as its user and administrators are shown it: times in seconds since 1970, `expires` the
// nearer of its idle and its hard end. `families`: those that hang on it.
json::Value render_session(const Realm& realm, const Session& session,
                           const std::vector<RefreshFamily>& families);
// A refresh family: who may refresh, for what, who asked and who acts (but for hidden ones).
json::Value render_family(const RefreshFamily& family);

}  // namespace cambist::endpoints
