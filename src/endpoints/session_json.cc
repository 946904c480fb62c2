// SPDX-License-Identifier: Apache-2.0
#include "endpoints/session_json.h"

#include <algorithm>

#include "json/parse.h"
#include "policy/actors.h"
#include "sessions/expiry.h"

namespace cambist::endpoints {
namespace {

json::Value texts(const std::vector<std::string>& all) {
    auto list = json::Value::array();
    for (const auto& one : all) list.push(one);
    return list;
}

}  // namespace

json::Value render_family(const RefreshFamily& family) {
    auto out = json::Value::object();
    out.set("id", family.id).set("client", family.client.text());
    if (!family.requester.empty()) out.set("requester", family.requester.text());
    out.set("scopes", texts(family.scopes));
    if (!family.audience.empty()) out.set("audiences", texts(family.audience));
    if (!family.rule.empty()) out.set("rule", family.rule.text());
    if (const auto act = policy::shown(family.act); !act.empty())
        if (auto chain = json::parse(act, {}, json::Positions::kNone))
            out.set("act", *std::move(chain));
    out.set("created", family.created);
    if (family.expires != 0) out.set("expires", family.expires);
    return out;
}

json::Value render_session(const Realm& realm, const Session& session,
                           const std::vector<RefreshFamily>& families) {
    auto end = sessions::idle_end(realm, session);
    if (session.expires != 0) end = std::min(end, session.expires);
    auto list = json::Value::array();
    for (const auto& family : families) list.push(render_family(family));
    auto out = json::Value::object();
    out.set("id", session.id.text()).set("client", session.client.text());
    out.set("method", session.auth_method).set("offline", session.offline);
    out.set("started", session.started).set("lastAccess", session.last_access);
    out.set("expires", end).set("refreshFamilies", std::move(list));
    return out;
}

}  // namespace cambist::endpoints
