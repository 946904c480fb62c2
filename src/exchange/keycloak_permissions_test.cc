// SPDX-License-Identifier: Apache-2.0
// Keycloak's permissions of the legacy exchange: the decisions that a real Keycloak 22 took
// (tests/data/keycloak/bank, made by tools/keycloak/permissions.py), row by row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "identity/resolve.h"
#include "json/parse.h"
#include "policy/policy.h"
#include "representation/realm_file.h"

namespace cambist::exchange {
namespace {

using Names = std::vector<std::string>;

constexpr std::int64_t kNow = 1'800'000'000;

std::string read_bank(const std::string& name) {
    std::ifstream in(std::string(CAMBIST_SOURCE_DIR) + "/tests/data/keycloak/bank/" + name,
                     std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

json::Value parsed(const std::string& text) {
    auto value = json::parse(text, json::kConfigLimits);
    EXPECT_TRUE(value);
    return value ? *std::move(value) : json::Value();
}

Names names_of(const json::Value& list) {
    Names names;
    for (const auto& one : list.as_array()) names.push_back(*one.if_string());
    return names;
}

json::Value& resource_server(json::Value& realm) {
    for (auto& client : realm.find("clients")->as_array())
        if (*client.find_string("clientId") == "realm-management")
            return *client.find("authorizationSettings");
    ADD_FAILURE();
    return realm;
}

// The bank, and requests that are put to its policy.
class Bank {
  public:
    explicit Bank(const json::Value& representation) {
        auto outcome = representation::read_realm_file(representation.to_text(), "bank.json", {});
        EXPECT_TRUE(outcome.file);
        if (!outcome.file) return;
        realm_ = std::make_shared<const Realm>(std::move(outcome.file->realm));
        users_ = std::move(outcome.file->users);
        policy_ = policy::Policy::compile(*realm_);
        token_.expires_at = kNow + 600;
        facts_.realm = realm_.get();
        facts_.grant = GrantType::kTokenExchange;
        facts_.method = ClientAuthMethod::kClientSecretBasic;
        facts_.wanted = &wanted_;
        facts_.now = from_unix(kNow);
    }

    bool may_exchange(const std::string& client, const std::string& user,
                      const std::string& target) {
        const auto subject = find(user);
        ask(client, "web", {"account"}, &*subject);
        wanted_.audiences = {target};
        return decide(client);
    }
    // By the token that `front` got for the actor, or without one.
    bool may_become(const std::string& client, const std::string& actor, const std::string& front,
                    const std::string& whom) {
        const auto subject = find(whom);
        const auto acting = actor.empty() ? std::optional<Identity>() : find(actor);
        ask(client, front, {"api-a", "api-b"}, &*subject);
        facts_.mode = Mode::kSwitchSubject;
        facts_.naked = actor.empty();
        facts_.actor = acting ? &*acting : nullptr;
        if (actor.empty()) facts_.subject_token = nullptr;
        wanted_.audiences.clear();
        const bool granted = decide(client);
        facts_.mode = Mode::kSameSubject;
        facts_.naked = false;
        facts_.actor = nullptr;
        return granted;
    }

  private:
    std::optional<Identity> find(const std::string& name) const {
        for (const User& user : users_)
            if (user.username == name) return identity::resolve_identity(*realm_, user);
        return std::nullopt;
    }
    void ask(const std::string& client, const std::string& holder, Names audience,
             const Identity* subject) {
        facts_.requester = realm_->find_client(client);
        token_.holder = ClientId(holder);
        token_.audience = std::move(audience);
        token_.claims = R"({"preferred_username":")" + subject->user->username + "\"}";
        facts_.subject = subject;
        facts_.subject_token = &token_;
    }
    bool decide(const std::string& client) {
        const auto account = find("service-account-" + client);
        facts_.requester_account = account ? &*account : nullptr;
        if (facts_.actor != nullptr)
            token_.claims = R"({"preferred_username":")" + facts_.actor->user->username + "\"}";
        return policy_.decide(facts_).plan.has_value();
    }

    std::shared_ptr<const Realm> realm_;
    std::vector<User> users_;
    policy::Policy policy_;
    TokenFacts token_;
    Wanted wanted_;
    Facts facts_;
};

const json::Value& decided() {
    static const json::Value decisions = parsed(read_bank("decisions.json"));
    return decisions;
}

class ServerSettings : public testing::TestWithParam<const char*> {};

TEST_P(ServerSettings, LetInWhomKeycloakLetsIn) {
    json::Value realm = parsed(read_bank("bank.json"));
    if (std::string_view(GetParam()) == "affirmative")
        resource_server(realm).set("decisionStrategy", "AFFIRMATIVE");
    if (std::string_view(GetParam()) == "permissive")
        resource_server(realm).set("policyEnforcementMode", "PERMISSIVE");
    Bank bank(realm);
    for (const auto& row : decided().find("exchange")->find(GetParam())->as_object()) {
        Names ours;
        for (const char* client : {"api-a", "api-b", "api-c", "api-d"})
            if (bank.may_exchange(client, "anna", row.key)) ours.emplace_back(client);
        EXPECT_EQ(ours, names_of(row.value)) << row.key;
    }
}

INSTANTIATE_TEST_SUITE_P(All, ServerSettings,
                         testing::Values("unanimous", "affirmative", "permissive"),
                         [](const auto& test) { return std::string(test.param); });

// What bank.py sets for `impersonate` and `user-impersonated`.
struct Setting {
    const char* name;
    const char* impersonate;
    const char* strategy;
    const char* impersonated = "[]";
    const char* impersonated_strategy = "UNANIMOUS";
};
constexpr const char* kHelpdeskOrA = R"(["helpdesk","a"])";
class Impersonation : public testing::TestWithParam<Setting> {};

void set_permission(json::Value& realm, std::string_view name, const char* policies,
                    const char* strategy) {
    for (auto& policy : resource_server(realm).find("policies")->as_array()) {
        if (*policy.find_string("name") != name) continue;
        policy.find("config")->set("applyPolicies", policies);
        policy.set("decisionStrategy", strategy);
    }
}

// Here nobody becomes an administrator unless user-impersonated says who can be impersonated.
TEST_P(Impersonation, IsOfWhomKeycloakLets) {
    const Setting& setting = GetParam();
    json::Value realm = parsed(read_bank("bank.json"));
    set_permission(realm, "admin-impersonating.permission.users", setting.impersonate,
                   setting.strategy);
    set_permission(realm, "user-impersonated.permission.users", setting.impersonated,
                   setting.impersonated_strategy);
    const bool is_open = std::string_view(setting.impersonated) == "[]";
    Bank bank(realm);
    for (const auto& row : decided().find("impersonate")->find(setting.name)->as_object()) {
        const std::string& who = row.key;
        // "anna by portal at api-a", or a client that asks without a token.
        const auto by = who.find(" by ");
        const auto at = who.find(" at ");
        const bool naked = by == std::string::npos;
        const std::string actor = naked ? "" : who.substr(0, by);
        const std::string front = naked ? "" : who.substr(by + 4, at - by - 4);
        const std::string client = naked ? who : who.substr(at + 4);
        Names expected = names_of(row.value);
        if (is_open) std::erase(expected, "carl");
        Names ours;
        for (const char* whom : {"anna", "bert", "carl", "dora", "emil"})
            if (bank.may_become(client, actor, front, whom)) ours.emplace_back(whom);
        EXPECT_EQ(ours, expected) << who;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Impersonation,
    testing::Values(
        Setting{"unset", "[]", "UNANIMOUS"}, Setting{"users", R"(["anna"])", "UNANIMOUS"},
        Setting{"role", R"(["helpdesk"])", "UNANIMOUS"}, Setting{"client", R"(["a"])", "UNANIMOUS"},
        Setting{"holder", R"(["portal"])", "UNANIMOUS"},
        Setting{"both", R"(["helpdesk","portal"])", "UNANIMOUS"},
        Setting{"either", kHelpdeskOrA, "AFFIRMATIVE"},
        Setting{"aggregate", R"(["helpdesk or a"])", "UNANIMOUS"},
        Setting{"group", R"(["staff"])", "UNANIMOUS"},
        Setting{"regex", R"(["called a"])", "UNANIMOUS"},
        Setting{"negative", R"(["not a"])", "UNANIMOUS"},
        Setting{"customers", kHelpdeskOrA, "AFFIRMATIVE", R"(["customers"])"},
        Setting{"plain", kHelpdeskOrA, "AFFIRMATIVE", R"(["plain customers"])"},
        Setting{"no vips", kHelpdeskOrA, "AFFIRMATIVE", R"(["customers","not vip"])"},
        Setting{"not dora", kHelpdeskOrA, "AFFIRMATIVE", R"(["not dora"])"},
        Setting{"by client", kHelpdeskOrA, "AFFIRMATIVE", R"(["a"])"},
        Setting{"by no client", kHelpdeskOrA, "AFFIRMATIVE", R"(["not a"])"},
        Setting{"attribute", kHelpdeskOrA, "AFFIRMATIVE", R"(["european"])"},
        Setting{"tiers", kHelpdeskOrA, "AFFIRMATIVE", R"(["gold","european"])", "CONSENSUS"},
        Setting{"only whom", "[]", "UNANIMOUS", R"(["customers"])"}),
    [](const auto& test) {
        std::string name = test.param.name;
        std::ranges::replace(name, ' ', '_');
        return name;
    });

}  // namespace
}  // namespace cambist::exchange
