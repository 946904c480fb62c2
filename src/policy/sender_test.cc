// SPDX-License-Identifier: Apache-2.0
#include "policy/sender.h"

#include <gtest/gtest.h>

#include "policy/policy_fixture.h"

namespace cambist::policy {
namespace {

// What a subject token is bound to, what the request proves, who asks by which rule, and the end.
struct BindingCase {
    const char* name;
    Confirmation bound;
    Confirmation proven;
    bool by_holder;
    bool rebind;
    const char* end;
    Confirmation issued;
};
const Confirmation kNothing;
const Confirmation kA{.jkt = "a", .x5t_s256 = {}};
const Confirmation kB{.jkt = "b", .x5t_s256 = {}};
const Confirmation kX{.jkt = {}, .x5t_s256 = "x"};
const Confirmation kY{.jkt = {}, .x5t_s256 = "y"};
const Confirmation kAX{.jkt = "a", .x5t_s256 = "x"};
const Confirmation kAY{.jkt = "a", .x5t_s256 = "y"};

class BindingMatrix : public PolicyTest, public testing::WithParamInterface<BindingCase> {
  protected:
    Decision outcome() {
        const auto& test = GetParam();
        auto& rule = add(orders_to_billing());
        rule.subject->rebind = test.rebind;
        token.cnf = test.bound;
        token.is_bound = !test.bound.empty();
        if (test.by_holder) token.holder = ClientId("orders-api");
        auto request = facts();
        request.proven = &test.proven;
        realm.index();
        return Policy::compile(realm).decide(request);
    }
};

TEST_P(BindingMatrix, IsNeverWeakened) {
    // specs: DPP-25
    const auto decision = outcome();
    EXPECT_EQ(code_of(decision), GetParam().end) << hint_of(decision);
    if (!decision.plan) return;
    EXPECT_EQ(decision.plan->facts().cnf, GetParam().issued);
    EXPECT_FALSE(!GetParam().bound.empty() && decision.plan->facts().cnf.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BindingMatrix,
    testing::Values(
        BindingCase{"UnboundStaysUnbound", kNothing, kNothing, true, false, "permitted", kNothing},
        BindingCase{"UnboundBecomesBound", kNothing, kB, true, false, "permitted", kB},
        BindingCase{"CertificateAloneBindsNobody", kNothing, kX, true, false, "permitted",
                    kNothing},
        BindingCase{"HolderWithItsKey", kA, kA, true, false, "permitted", kA},
        BindingCase{"HolderWithoutKey", kA, kNothing, true, false, "kSenderConstrained", {}},
        BindingCase{"HolderWithAnotherKey", kA, kB, true, false, "kBindingMismatch", {}},
        BindingCase{"HolderWithACertificateForAKey", kA, kX, true, false, "kSenderConstrained", {}},
        BindingCase{"HolderIsNotRebound", kA, kB, true, true, "kBindingMismatch", {}},
        BindingCase{"HolderWithItsCertificate", kX, kX, true, false, "permitted", kX},
        BindingCase{"HolderWithAnotherCertificate", kX, kY, true, false, "kBindingMismatch", {}},
        BindingCase{"HolderAddsAKey", kX, kAX, true, false, "permitted", kAX},
        BindingCase{"BothKeysAreNeeded", kAX, kA, true, false, "kSenderConstrained", {}},
        BindingCase{"BothKeysMustBeRight", kAX, kAY, true, false, "kBindingMismatch", {}},
        BindingCase{"BothKeysAreKept", kAX, kAX, true, false, "permitted", kAX},
        BindingCase{"StrangerWithoutKey", kA, kNothing, false, false, "kSenderConstrained", {}},
        BindingCase{"StrangerWithItsOwnKey", kA, kB, false, false, "kSenderConstrained", {}},
        BindingCase{"StrangerWithTheSameKey", kA, kA, false, false, "permitted", kA},
        BindingCase{"ReboundToAKey", kA, kB, false, true, "permitted", kB},
        BindingCase{"ReboundToACertificate", kA, kX, false, true, "permitted", kX},
        BindingCase{"ReboundToNothing", kA, kNothing, false, true, "kBindingDropped", {}}),
    [](const auto& test) { return std::string(test.param.name); });

using SenderTest = PolicyTest;

TEST_F(SenderTest, ABindingThatCanNotBeProvedIsNeverLeftOut) {
    add(orders_to_billing()).subject->rebind = true;
    token.is_bound = true;
    auto request = facts();
    request.proven = &kB;
    realm.index();
    EXPECT_EQ(code_of(Policy::compile(realm).decide(request)), "kSenderConstrained");
}

TEST_F(SenderTest, TheSwitchOfKeycloakDoesNotRebind) {
    switch_on();
    token.cnf = kA;
    token.is_bound = true;
    auto request = facts();
    request.proven = &kB;
    realm.index();
    EXPECT_EQ(code_of(Policy::compile(realm).decide(request)), "kSenderConstrained");
}

TEST_F(SenderTest, ACertificateBindsWhereTheClientIsRegisteredForThat) {
    add(orders_to_billing());
    client("orders-api").certificate_bound = true;
    auto request = facts();
    request.proven = &kX;
    realm.index();
    const auto decision = Policy::compile(realm).decide(request);
    ASSERT_TRUE(decision.plan) << hint_of(decision);
    EXPECT_EQ(decision.plan->facts().cnf, kX);
}

TEST_F(SenderTest, AClientThatMustBeBoundGetsNothingWithoutItsKey) {
    add(orders_to_billing());
    client("orders-api").dpop_bound = true;
    EXPECT_EQ(code_of(decide()), "kDpopProofMissing");
    client("orders-api").dpop_bound = false;
    client("orders-api").certificate_bound = true;
    EXPECT_EQ(code_of(decide()), "kCertificateMissing");
}

struct RefreshCase {
    const char* name;
    ClientKind kind;
    Confirmation family;
    Confirmation proven;
    bool good;
};
class RefreshProof : public PolicyTest, public testing::WithParamInterface<RefreshCase> {};

TEST_P(RefreshProof, IsOfTheSameKeyForPublicClientsAndOfTheSameKindForAll) {
    const auto& test = GetParam();
    grant = GrantType::kRefreshToken;
    client("orders-api").kind = test.kind;
    family.cnf = test.family;
    auto request = facts();
    request.proven = &test.proven;
    const auto status = check_refresh_proof(request);
    EXPECT_EQ(status.has_value(), test.good);
    EXPECT_TRUE(status || status.error().code == ErrorCode::kRefreshNotProved);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RefreshProof,
    testing::Values(RefreshCase{"Unbound", ClientKind::kPublic, kNothing, kNothing, true},
                    RefreshCase{"PublicSame", ClientKind::kPublic, kA, kA, true},
                    RefreshCase{"PublicOther", ClientKind::kPublic, kA, kB, false},
                    RefreshCase{"PublicNone", ClientKind::kPublic, kA, kNothing, false},
                    RefreshCase{"PublicOtherCertificate", ClientKind::kPublic, kX, kY, false},
                    RefreshCase{"ConfidentialOther", ClientKind::kConfidential, kA, kB, true},
                    RefreshCase{"ConfidentialNone", ClientKind::kConfidential, kA, kNothing, false},
                    RefreshCase{"ConfidentialOtherKind", ClientKind::kConfidential, kA, kX, false},
                    RefreshCase{"ConfidentialNewCertificate", ClientKind::kConfidential, kX, kY,
                                true}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cambist::policy
