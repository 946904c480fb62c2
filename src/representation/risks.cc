// SPDX-License-Identifier: Apache-2.0
#include "representation/risks.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.h"

namespace cambist::representation {

namespace {

// The steps of a direct grant flow that are taken here, too: whoever has a one-time password is
// refused, for it can not be checked.
constexpr std::array<std::string_view, 4> kServedSteps{
    "direct-grant-validate-username", "direct-grant-validate-password", "direct-grant-validate-otp",
    "conditional-user-configured"};
constexpr std::string_view kOneTimePassword = "direct-grant-validate-otp";

// The authentication flows of a realm.
class Flows {
  public:
    explicit Flows(const Node& root) {
        for (const auto& flow : root.list("authenticationFlows")) {
            by_name_.emplace(flow.text("alias"), flow);
            by_name_.emplace(flow.text("id"), flow);
        }
    }
    // What a flow (its alias or id) asks for that the password grant does not do here.
    std::optional<std::string> obstacle(const std::string& name) const {
        return by_name_.empty() ? std::nullopt : obstacle_in(name, false, 0);
    }

  private:
    std::optional<std::string> obstacle_in(const std::string& name, bool is_conditional,
                                           std::size_t depth) const {
        static constexpr std::size_t kDeepest = 8;
        const auto flow = by_name_.find(name);
        if (flow == by_name_.end() || depth > kDeepest) return "a flow that is not in the file";
        for (const auto& step : flow->second.list("authenticationExecutions")) {
            const auto requirement = step.text("requirement");
            if (requirement == "DISABLED") continue;
            const auto inner = step.text("flowAlias");
            const auto found = inner.empty()
                                   ? obstacle_of(step.text("authenticator"), is_conditional)
                                   : obstacle_in(inner, requirement == "CONDITIONAL", depth + 1);
            if (found) return found;
        }
        return std::nullopt;
    }
    static std::optional<std::string> obstacle_of(const std::string& step, bool is_conditional) {
        if (std::ranges::find(kServedSteps, step) == kServedSteps.end()) return step;
        if (step == kOneTimePassword && !is_conditional) return step + " for everybody";
        return std::nullopt;
    }

    std::map<std::string, Node> by_name_;
};

void check_direct_grants(const Node& root, Realm& realm) {
    const Flows flows(root);
    const auto common = flows.obstacle(root.text("directGrantFlow", "direct grant"));
    if (common && root.has("directGrantFlow")) {
        root.at("directGrantFlow")
            .risk("asks for " + quoted(*common) +
                  ", which is not served: no client of the realm "
                  "has the password grant here");
        for (auto& client : realm.clients) client.direct_access_grants = false;
    }
    for (const auto& node : root.list("clients")) {
        const auto flow = node.at("authenticationFlowBindingOverrides").text("direct_grant");
        const auto obstacle = flow.empty() ? std::nullopt : flows.obstacle(flow);
        if (!obstacle) continue;
        for (auto& client : realm.clients) {
            if (client.client_id.text() != node.text("clientId")) continue;
            client.direct_access_grants = false;
            node.at("authenticationFlowBindingOverrides")
                .risk("asks for " + quoted(*obstacle) + ", which is not served: client " +
                      quoted(node.text("clientId")) + " has no password grant here");
        }
    }
}

std::vector<std::string> names_of_enabled(const Node& owner, std::string_view list,
                                          std::string_view name) {
    std::vector<std::string> names;
    for (const auto& one : owner.list(list))
        if (one.flag("enabled", true)) names.push_back(one.text(name));
    return names;
}

void check_federation(const Node& root) {
    static constexpr std::string_view kStorage = "org.keycloak.storage.UserStorageProvider";
    std::vector<std::string> names;
    for (const auto& provider : root.at("components").list(kStorage)) {
        const auto enabled = provider.at("config").texts("enabled");
        if (enabled.empty() || enabled.front() != "false") names.push_back(provider.text("name"));
    }
    if (!names.empty())
        root.at("components")
            .at(kStorage)
            .risk("users of " + join(names, ", ") +
                  " are not looked up: who is not in the file is "
                  "unknown here");
}

void check_policies(const Node& root) {
    const auto names = names_of_enabled(root.at("clientPolicies"), "policies", "name");
    if (!names.empty())
        root.at("clientPolicies")
            .risk("what " + join(names, ", ") + " ask of clients is not enforced here");
    if (root.text("passwordPolicy").find("forceExpiredPasswordChange") != std::string::npos)
        root.at("passwordPolicy").risk("passwords do not expire here");
    const auto flow = root.text("clientAuthenticationFlow", "clients");
    if (flow != "clients")
        root.at("clientAuthenticationFlow")
            .risk("is not served: clients authenticate by what they are registered for");
}

// Keycloak's own resource servers hold the permissions of its administrators, and those of the
// legacy exchange, which are read (read_permissions.cc).
void check_authorization(const Node& root) {
    for (const auto& client : root.list("clients")) {
        const auto name = client.text("clientId");
        const auto settings = client.at("authorizationSettings");
        if (name == "realm-management" || name == "admin-permissions") continue;
        if (!settings.list("policies").empty())
            settings.risk("permissions of " + quoted(name) +
                          " are not evaluated here; what asks for them is refused");
    }
}

}  // namespace

void report_risks(const Node& root, Realm& realm) {
    check_direct_grants(root, realm);
    check_federation(root);
    check_policies(root);
    check_authorization(root);
}

}  // namespace cambist::representation
