// SPDX-License-Identifier: Apache-2.0
#include "policy/device.h"

#include <string>

#include "policy/scopes.h"
#include "policy/trace.h"

namespace cambist::policy {

Status settle_device_secret(PlanFacts& plan, const Facts& facts) {
    if (!holds(plan.scopes, kDeviceScope)) return {};
    const std::string client = quoted(facts.requester->client_id.text());
    if (!plan.with_id_token)
        return fail(ErrorCode::kDeviceSecretNotGiven,
                    client +
                        " asked for device_sso and gets no ID token, which a device secret goes "
                        "with. Ask for openid too.");
    const bool is_login = facts.grant == GrantType::kPassword || plan.opens != OpenSession::kNone;
    if (!is_login)
        return fail(ErrorCode::kDeviceSecretNotGiven,
                    client +
                        " asked for device_sso, and by this grant it gets no log-in of its own. "
                        "Leave the scope out, or let the rule say session: create.");
    plan.gives_device_secret = true;
    return {};
}

Status settle_device_scope(PlanFacts& plan, const Facts& facts, bool hands_off) {
    if (!holds(plan.scopes, kDeviceScope) || hands_off || facts.proves_device) return {};
    if (holds(facts.wanted->scopes, kDeviceScope))
        return fail(ErrorCode::kDeviceSecretNotGiven,
                    "An exchange is no log-in. Leave device_sso out, or ask for a hand-off.");
    std::erase(plan.scopes, kDeviceScope);
    return {};
}

}  // namespace cambist::policy
