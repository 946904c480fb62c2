// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>

#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

// Random rules and requests over a small world, so that they meet often. The seed is fixed: a
// failure can be repeated.
class AnyRequest : public PolicyTest {
  protected:
    bool coin(int of = 2) { return pick(of) == 0; }
    // SplitMix64: repeatable, and good enough to choose cases.
    int pick(int below) {
        std::uint64_t word = state_ += 0x9E3779B97F4A7C15ULL;
        word = (word ^ (word >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        word = (word ^ (word >> 27U)) * 0x94D049BB133111EBULL;
        return static_cast<int>((word ^ (word >> 31U)) % static_cast<std::uint64_t>(below));
    }
    Names some(const Names& from) {
        Names chosen;
        for (const std::string& name : from)
            if (coin()) chosen.push_back(name);
        return chosen;
    }

    Rule any_rule(int number) {
        Rule rule;
        rule.id = RuleId("r" + std::to_string(number));
        rule.effect = coin(6) ? Effect::kDeny : Effect::kPermit;
        rule.enabled = !coin(8);
        rule.requester = clients_by(&RequesterSelector::clients, some({"orders-api", "catalog"}));
        rule.requester->any = rule.requester->clients.empty() && coin();
        if (coin(8)) rule.requester->auth_methods = {ClientAuthMethod::kPrivateKeyJwt};
        rule.subject = subjects(coin() ? everybody() : people(&UserSelector::groups, {"/staff"}));
        if (coin(4)) {
            rule.subject->users =
                all_but(*rule.subject->users, people(&UserSelector::roles, {"admin"}));
        }
        rule.subject->binding = static_cast<Binding>(pick(4));
        rule.target = audiences(some(kTargets));
        rule.result.token_types = {TokenType::kAccessToken};
        if (coin()) rule.result.token_types.push_back(TokenType::kIdToken);
        rule.result.scopes = some(kScopes);
        rule.result.beyond_subject = coin(5);
        if (coin()) rule.result.lifetime = Seconds(1 + pick(1000));
        if (coin(5)) rule.result.extend_to = Seconds(1 + pick(1000));
        rule.result.refresh = coin() ? RefreshKind::kBounded : RefreshKind::kNone;
        rule.result.claims = static_cast<ClaimsKind>(pick(3));
        if (coin(6)) rule.risk = Risk{"why", "x", kNow - 50 + pick(100)};
        if (coin(10)) rule.result.mode = Mode::kDelegation;
        return rule;
    }

    void any_world() {
        realm.rules.clear();
        const int count = pick(8);
        for (int i = 0; i < count; ++i) add(any_rule(i));
        client("orders-api").standard_token_exchange = coin(3);
        reach.audiences = some(kTargets);
        reach.scopes = some(kScopes);
        reach.client_scopes = reach.scopes;
        token.audience = some({"orders-api", "billing-api"});
        token.holder = ClientId(coin() ? "web" : "orders-api");
        token.scopes = some(kScopes);
        token.expires_at = kNow + 1 + pick(1000);
        has_session = coin();
        session.expires = kNow + 1 + pick(1000);
        alice.groups = coin() ? Names{"/staff"} : Names{"/guests"};
        alice.roles = coin(4) ? std::vector<RoleRef>{{"", "admin"}} : std::vector<RoleRef>{};
        wanted = {};
        wanted.audiences = some(kTargets);
        wanted.has_scope = coin();
        if (wanted.has_scope) wanted.scopes = some(kScopes);
        constexpr std::array kTypes{TokenType::kAccessToken, TokenType::kIdToken,
                                    TokenType::kRefreshToken};
        if (coin(3)) wanted.token_type = kTypes[static_cast<std::size_t>(pick(3))];
    }

    const Rule* find_rule(const Policy& policy, const RuleId& id) {
        const auto found = std::ranges::find(policy.rules(), id, &Rule::id);
        return found == policy.rules().end() ? nullptr : &*found;
    }

    void expect_sound(const Policy& policy, const PlanFacts& plan);

    inline static const Names kTargets{"billing-api", "catalog", "archive"};
    inline static const Names kScopes{"a", "b", "c", "openid"};
    std::uint64_t state_ = 20261122;
};

bool has_type(const Rule& rule, TokenType type) {
    return std::ranges::find(rule.result.token_types, type) != rule.result.token_types.end();
}

bool has(const Names& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

void AnyRequest::expect_sound(const Policy& policy, const PlanFacts& plan) {
    EXPECT_FALSE(has(plan.audience, "archive")) << "a disabled client";
    EXPECT_GT(plan.expires_at, kNow);
    EXPECT_TRUE(!has_session || plan.expires_at <= session.expires);
    EXPECT_TRUE(wanted.audiences.empty() || plan.audience.size() == wanted.audiences.size());
    ASSERT_FALSE(plan.rules.empty());
    for (const RuleId& id : plan.rules) {
        const Rule* rule = find_rule(policy, id);
        ASSERT_NE(rule, nullptr);
        const RuleResult& result = rule->result;
        EXPECT_EQ(rule->effect, Effect::kPermit);
        EXPECT_TRUE(rule->enabled);
        EXPECT_TRUE(!rule->risk || rule->risk->expires_at >= kNow);
        EXPECT_TRUE(!result.lifetime || plan.expires_at <= kNow + result.lifetime->count());
        EXPECT_LE(plan.expires_at,
                  result.extend_to ? kNow + result.extend_to->count() : token.expires_at);
        EXPECT_TRUE(plan.refresh == IssueRefresh::kNone || result.refresh != RefreshKind::kNone);
        for (const std::string& scope : plan.scopes) {
            if (scope == "openid" && has_type(*rule, TokenType::kIdToken)) continue;
            EXPECT_TRUE(has(result.client_scopes ? reach.scopes : result.scopes, scope)) << scope;
            const bool is_narrow = !result.client_scopes && !result.beyond_subject;
            EXPECT_TRUE(!is_narrow || has(token.scopes, scope)) << scope;
        }
    }
}

TEST_F(AnyRequest, IsNarrowedByEveryRuleThatServesIt) {
    int permitted = 0;
    for (int i = 0; i < 5'000 && !HasFailure(); ++i) {
        any_world();
        realm.index();
        const Policy policy = Policy::compile(realm);
        const Decision decision = policy.decide(facts());
        ASSERT_NE(decision.plan.has_value(), decision.refusal.has_value());
        EXPECT_EQ(decision.steps.back().passed, decision.plan.has_value());
        if (!decision.plan) continue;
        ++permitted;
        expect_sound(policy, decision.plan->facts());
    }
    EXPECT_GT(permitted, 100);
}

TEST_F(AnyRequest, IsRefusedOnceADenialCoversIt) {
    for (int i = 0; i < 1000; ++i) {
        any_world();
        Rule deny = denial("stop");
        realm.rules.insert(realm.rules.begin() + pick(static_cast<int>(realm.rules.size()) + 1),
                           deny);
        EXPECT_NE(code_of(decide()), "permitted");
    }
}

TEST_F(AnyRequest, DoesNotDependOnTheOrderOfDenials) {
    for (int i = 0; i < 1000; ++i) {
        any_world();
        const std::string before = code_of(decide());
        std::vector<Rule> moved;
        for (const Rule& rule : realm.rules)
            moved.insert(rule.effect == Effect::kDeny ? moved.begin() : moved.end(), rule);
        realm.rules = std::move(moved);
        EXPECT_EQ(code_of(decide()), before);
    }
}

TEST_F(AnyRequest, IsDecidedAlikeEveryTime) {
    for (int i = 0; i < 500; ++i) {
        any_world();
        const Decision one = decide();
        const Decision two = decide();
        EXPECT_EQ(code_of(one), code_of(two));
        EXPECT_EQ(stages_of(one), stages_of(two));
    }
}

TEST_F(AnyRequest, VersionFollowsEveryRule) {
    const auto version = [&] {
        realm.index();
        return Policy::compile(realm).version();
    };
    const std::string empty = version();
    EXPECT_EQ(empty.size(), 16U);
    add(orders_to_billing());
    const std::string one = version();
    EXPECT_NE(one, empty);
    EXPECT_EQ(version(), one);
    realm.rules[0].source = "elsewhere";
    EXPECT_EQ(version(), one);
    realm.rules[0].result.scopes = {"invoice:", "read"};
    EXPECT_NE(version(), one);
    realm.rules[0] = orders_to_billing();
    client("catalog").standard_token_exchange = true;
    EXPECT_NE(version(), one);
}

// The best of several rounds, so that a busy machine does not count.
std::int64_t nanoseconds_of(const Policy& policy, const Facts& facts) {
    std::int64_t best = INT64_MAX;
    for (int round = 0; round < 20; ++round) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 50; ++i) EXPECT_TRUE(policy.decide(facts).plan);
        best = std::min(best, (std::chrono::steady_clock::now() - start).count() / 50);
    }
    return best;
}

TEST_F(PolicyTest, TenThousandRulesDoNotSlowADecision) {
    add(orders_to_billing());
    realm.index();
    const std::int64_t alone = nanoseconds_of(Policy::compile(realm), facts());
    for (int i = 0; i < 10'000; ++i) {
        Rule rule = orders_to_billing();
        const std::string number = std::to_string(i);
        rule.id = RuleId("rule-" + number);
        rule.requester->clients = {i % 2 == 0 ? "client-" + number : "orders-api"};
        rule.target = audiences({i % 2 == 0 ? "billing-api" : "target-" + number});
        add(rule);
    }
    realm.index();
    const std::int64_t among_many = nanoseconds_of(Policy::compile(realm), facts());
    RecordProperty("nanoseconds_alone", std::to_string(alone));
    RecordProperty("nanoseconds_among_10000", std::to_string(among_many));
    EXPECT_LT(among_many, 3 * alone + 5000);
}

}  // namespace
}  // namespace cambist::policy
