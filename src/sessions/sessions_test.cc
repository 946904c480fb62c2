// SPDX-License-Identifier: Apache-2.0
#include "sessions/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "sessions/expiry.h"
#include "sessions/families.h"
#include "sessions/revocations.h"
#include "sessions/rule_revocation.h"
#include "sessions/short_id.h"
#include "store_memory/memory_store.h"

namespace cambist::sessions {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::string_view kRealm = "shop";

class SessionsTest : public testing::Test {
  protected:
    SessionsTest() { realm_.name = RealmName(std::string(kRealm)); }

    Session login() {
        auto session = sessions_.make(realm_, UserId("u1"), ClientId("web"), "password", now_);
        commit({store::AddSession{session}});
        return session;
    }
    void commit(std::vector<store::Operation> operations) {
        ASSERT_TRUE(store_.commit({std::string(kRealm), std::move(operations)}).has_value());
    }
    bool is_found(const SessionId& id, std::int64_t at) const {
        const auto found = sessions_.find_live(realm_, id, from_unix(at));
        EXPECT_TRUE(found.has_value());
        return found.has_value() && found->has_value();
    }
    NewRefreshToken add_family(RefreshFamily family) {
        auto token = make_refresh_token(random_);
        commit({store::AddRefreshFamily{std::move(family), token.hash}});
        return token;
    }
    RefreshFamily family(std::string id) const {
        RefreshFamily made;
        made.id = std::move(id);
        made.user = UserId("u1");
        made.client = ClientId("web");
        made.xid = "tree";
        made.xp = {"ancestor"};
        made.created = kNow;
        made.expires = kNow + 1800;
        return made;
    }
    ErrorCode refusal(std::string_view token, std::int64_t at = kNow) const {
        const auto found = families_.find_usable(realm_, token, from_unix(at));
        EXPECT_FALSE(found.has_value());
        return found.has_value() ? ErrorCode::kInternal : found.error().code;
    }

    Realm realm_;
    SystemRandom random_;
    TimePoint now_ = from_unix(kNow);
    store_memory::MemoryStore store_;
    Revocations revocations_{store_};
    Sessions sessions_{store_, revocations_, random_};
    Families families_{store_, revocations_};
};

TEST_F(SessionsTest, ADeviceSecretIsKeptAsAHashAndEndsWithTheLogIn) {
    auto session = sessions_.make(realm_, UserId("u1"), ClientId("web"), "password", now_);
    const auto text = sessions_.give_device_secret(session);
    EXPECT_TRUE(looks_like_device_secret(text));
    EXPECT_EQ(text.size(), 47U);
    EXPECT_EQ(session.device_hash, hash_of_device_secret(text));
    EXPECT_FALSE(session.device_hash.contains(text));
    EXPECT_EQ(device_secret_end(realm_, session), session.expires);
    make_offline(realm_, session);
    EXPECT_EQ(device_secret_end(realm_, session),
              session.started + realm_.lifetimes.offline_session_idle.count());
}

TEST_F(SessionsTest, ANewSessionIsLiveOnceItIsStored) {
    const auto made = sessions_.make(realm_, UserId("u1"), ClientId("web"), "password", now_);
    EXPECT_FALSE(is_found(made.id, kNow));
    const auto session = login();
    EXPECT_TRUE(is_found(session.id, kNow));
    EXPECT_EQ(session.started, kNow);
    EXPECT_EQ(session.expires, kNow + 36000);
    EXPECT_EQ(session.auth_method, "password");
}

TEST_F(SessionsTest, TheSecondOfTheIdleEndIsOver) {
    const auto session = login();
    EXPECT_TRUE(is_found(session.id, kNow + 1799));
    EXPECT_FALSE(is_found(session.id, kNow + 1800));
}

TEST_F(SessionsTest, ATouchKeepsTheSessionThoughTheCopyIsOld) {
    const auto session = login();
    EXPECT_TRUE(is_found(session.id, kNow));
    commit({store::TouchSession{session.id, kNow + 1000}});
    EXPECT_TRUE(is_found(session.id, kNow + 2000));
    EXPECT_FALSE(is_found(session.id, kNow + 2800));
}

TEST_F(SessionsTest, TheSecondOfTheHardEndIsOver) {
    const auto session = login();
    commit({store::TouchSession{session.id, kNow + 35999}});
    EXPECT_TRUE(is_found(session.id, kNow + 35999));
    EXPECT_FALSE(is_found(session.id, kNow + 36000));
}

TEST_F(SessionsTest, AShorterLimitOfTheRealmReachesSessionsThatAreThere) {
    const auto session = login();
    realm_.lifetimes.sso_session_max = Seconds(60);
    EXPECT_FALSE(is_found(session.id, kNow + 60));
}

TEST_F(SessionsTest, AnEndedSessionIsGoneAtOnceAndItsTokensAreRevoked) {
    const auto session = login();
    auto of_session = family("f1");
    of_session.session = session.id;
    const auto token = add_family(of_session);
    EXPECT_TRUE(is_found(session.id, kNow));
    ASSERT_TRUE(sessions_.end(realm_, session.id, now_).has_value());
    EXPECT_FALSE(is_found(session.id, kNow));
    TokenFacts facts;
    facts.session = session.id;
    facts.issued_at = kNow;
    ASSERT_TRUE(revocations_.covers(kRealm, facts).has_value());
    EXPECT_EQ(revocations_.covers(kRealm, facts)->kind, RevocationKind::kSession);
    EXPECT_EQ(refusal(token.text), ErrorCode::kRefreshTokenInvalid);
}

TEST_F(SessionsTest, AFailingCommitEndsNothing) {
    const auto session = login();
    store_.fail_commits(true);
    EXPECT_FALSE(sessions_.end(realm_, session.id, now_).has_value());
    EXPECT_TRUE(is_found(session.id, kNow));
    EXPECT_EQ(revocations_.size(), 0U);
}

TEST_F(SessionsTest, ASessionEndedOnAnotherNodeIsRefusedThoughCachedHere) {
    const auto session = login();
    EXPECT_TRUE(is_found(session.id, kNow));
    commit({store::EndSession{session.id},
            store::AddRevocation{{RevocationKind::kSession, session.id.text(), 0, kNow + 100}}});
    ASSERT_TRUE(revocations_.refresh().has_value());
    EXPECT_FALSE(is_found(session.id, kNow));
}

TEST_F(SessionsTest, EndingAllOfAUserSparesOthersAndLaterTokens) {
    const auto first = login();
    const auto second = login();
    auto other = sessions_.make(realm_, UserId("u2"), ClientId("web"), "password", now_);
    commit({store::AddSession{other}});
    EXPECT_EQ(*sessions_.end_all_of(realm_, UserId("u1"), now_), 2U);
    EXPECT_FALSE(is_found(first.id, kNow));
    EXPECT_FALSE(is_found(second.id, kNow));
    EXPECT_TRUE(is_found(other.id, kNow));
    TokenFacts facts;
    facts.subject = UserId("u1");
    facts.issued_at = kNow;
    EXPECT_TRUE(revocations_.covers(kRealm, facts).has_value());
    facts.issued_at = kNow + 1;
    EXPECT_FALSE(revocations_.covers(kRealm, facts).has_value());
}

TEST_F(SessionsTest, TheCacheIsBounded) {
    const Sessions small(store_, revocations_, random_, 2);
    for (int i = 0; i < 5; ++i) {
        const auto session = login();
        EXPECT_TRUE(small.find_live(realm_, session.id, now_)->has_value());
        EXPECT_TRUE(small.find_live(realm_, session.id, now_)->has_value());
    }
}

TEST_F(SessionsTest, ASessionOfAnotherRealmIsUnknown) {
    const auto session = login();
    EXPECT_TRUE(is_found(session.id, kNow));
    realm_.name = RealmName("other");
    EXPECT_FALSE(is_found(session.id, kNow));
}

// Revocations ---------------------------------------------------------------------------------

TokenFacts facts_of_everything() {
    TokenFacts facts;
    facts.jti = "nt:1";
    facts.xp = {short_id("root"), short_id("f1")};
    facts.xid = "tree";
    facts.session = SessionId("s1");
    facts.subject = UserId("u1");
    facts.holder = ClientId("web");
    facts.issued_at = kNow;
    return facts;
}

TEST_F(SessionsTest, ARevocationOfAnyNameOfATokenCoversIt) {
    struct Case {
        const char* name;
        RevocationKind kind;
        std::string id;
        bool covers;
    };
    const std::vector<Case> cases{{"itself", RevocationKind::kToken, short_id("nt:1"), true},
                                  {"ancestor", RevocationKind::kToken, short_id("root"), true},
                                  {"family", RevocationKind::kFamily, "f1", true},
                                  {"tree", RevocationKind::kTree, "tree", true},
                                  {"session", RevocationKind::kSession, "s1", true},
                                  {"user", RevocationKind::kUser, "u1", true},
                                  {"client", RevocationKind::kClient, "web", true},
                                  {"actor", RevocationKind::kActor, "agent", true},
                                  {"other token", RevocationKind::kToken, short_id("x"), false},
                                  {"other kind", RevocationKind::kUser, "web", false},
                                  {"no id", RevocationKind::kSession, "", false}};
    const std::vector<std::string> actors{"desk", "agent"};
    for (const auto& item : cases) {
        store_memory::MemoryStore store;
        const Revocations revocations(store);
        const Revocation added{item.kind, item.id, 0, kNow + 100};
        ASSERT_TRUE(revocations.add(kRealm, added).has_value());
        const auto covered = revocations.covers(kRealm, facts_of_everything(), actors);
        EXPECT_EQ(covered.has_value(), item.covers) << item.name;
        EXPECT_TRUE(!covered || covered->kind == item.kind) << item.name;
        EXPECT_FALSE(revocations.covers("other", facts_of_everything(), actors)) << item.name;
    }
}

TEST_F(SessionsTest, ARevokedRuleCoversWhatItLedToUntilThen) {
    const auto revocation = revocation_of_rule("acts", kNow, kNow + 100);
    EXPECT_EQ(revoked_rule(revocation), "acts");
    EXPECT_THAT(describe(revocation), testing::StartsWith("the rule acts, for what was issued"));
    ASSERT_TRUE(revocations_.add(kRealm, revocation).has_value());
    auto facts = facts_of_everything();
    EXPECT_FALSE(revocations_.covers(kRealm, facts).has_value());
    facts.xp.push_back(rule_mark("acts"));
    EXPECT_TRUE(revocations_.covers(kRealm, facts).has_value());
    facts.issued_at = kNow + 1;
    EXPECT_FALSE(revocations_.covers(kRealm, facts).has_value());
    Revocations after(store_);
    ASSERT_TRUE(after.load().has_value());
    facts.issued_at = kNow;
    EXPECT_TRUE(after.covers(kRealm, facts).has_value());
    EXPECT_EQ(revoked_rule({RevocationKind::kUser, "rule:acts", 0, 0}), "");
}

TEST_F(SessionsTest, IssuedInTheSecondOfARevocationIsCovered) {
    ASSERT_TRUE(revocations_.add(kRealm, {RevocationKind::kClient, "web", kNow, 0}).has_value());
    auto facts = facts_of_everything();
    EXPECT_TRUE(revocations_.covers(kRealm, facts).has_value());
    facts.issued_at = kNow + 1;
    EXPECT_FALSE(revocations_.covers(kRealm, facts).has_value());
}

TEST_F(SessionsTest, TheWiderOfTwoRevocationsStays) {
    ASSERT_TRUE(revocations_.add(kRealm, {RevocationKind::kUser, "u1", 0, 10}).has_value());
    ASSERT_TRUE(revocations_.add(kRealm, {RevocationKind::kUser, "u1", 5, 20}).has_value());
    const auto covered = revocations_.covers(kRealm, facts_of_everything());
    ASSERT_TRUE(covered.has_value());
    EXPECT_EQ(covered->before, 0);
    EXPECT_EQ(covered->until, 20);
}

TEST_F(SessionsTest, RevocationsSurviveARestart) {
    for (int i = 0; i < 600; ++i) {
        const Revocation added{RevocationKind::kTree, "t" + std::to_string(i), 0, kNow + 10 + i};
        ASSERT_TRUE(revocations_.add(kRealm, added).has_value());
    }
    Revocations after(store_);
    ASSERT_TRUE(after.load().has_value());
    EXPECT_EQ(after.size(), 600U);
    EXPECT_EQ(revocations_.size(), 600U);
    for (const auto* view : {&revocations_, &after}) {
        for (int i = 0; i < 600; ++i) {
            TokenFacts facts;
            facts.xid = "t" + std::to_string(i);
            EXPECT_TRUE(view->covers(kRealm, facts).has_value()) << i;
        }
    }
    EXPECT_EQ(after.prune(kNow + 10), 1U);
    EXPECT_EQ(after.size(), 599U);
}

TEST_F(SessionsTest, NotDurableIsNotRevokedAndSaysSo) {
    store_.fail_commits(true);
    const auto status = revocations_.add(kRealm, {RevocationKind::kUser, "u1", 0, 0});
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(revocations_.covers(kRealm, facts_of_everything()).has_value());
}

TEST_F(SessionsTest, MoreRevocationsThanAPageAreAllLoaded) {
    const auto id_of = [](std::size_t i) { return "t" + std::to_string(i); };
    for (const auto count : {Revocations::kPage, 2 * Revocations::kPage + 1}) {
        store_memory::MemoryStore store;
        store::Batch batch{.realm = std::string(kRealm), .operations = {}};
        for (std::size_t i = 0; i < count; ++i)
            batch.operations.emplace_back(
                store::AddRevocation{{RevocationKind::kTree, id_of(i), 0, 0}});
        ASSERT_TRUE(store.commit(std::move(batch)).has_value());
        const Revocations loaded(store);
        ASSERT_TRUE(loaded.load().has_value());
        EXPECT_EQ(loaded.size(), count);
        for (const auto i : {std::size_t{0}, Revocations::kPage - 1, count - 1}) {
            TokenFacts facts;
            facts.xid = id_of(i);
            EXPECT_TRUE(loaded.covers(kRealm, facts).has_value()) << i;
        }
        ASSERT_TRUE(loaded.refresh().has_value());
        EXPECT_EQ(loaded.size(), count);
    }
}

TEST_F(SessionsTest, ReadersSeeEveryRevocationThatWasAdded) {
    constexpr int kRounds = 400;
    std::jthread writer([&] {
        for (int i = 0; i < kRounds; ++i) {
            EXPECT_TRUE(
                revocations_.add(kRealm, {RevocationKind::kTree, "t" + std::to_string(i), 0, 0})
                    .has_value());
        }
    });
    int seen = 0;
    while (seen < kRounds) {
        TokenFacts facts;
        facts.xid = "t" + std::to_string(seen);
        if (revocations_.covers(kRealm, facts)) ++seen;
    }
    EXPECT_EQ(seen, kRounds);
}

// Refresh families ----------------------------------------------------------------------------

TEST_F(SessionsTest, ARefreshTokenIsLongRandomAndKnownByItsHashOnly) {
    const auto first = make_refresh_token(random_);
    EXPECT_TRUE(looks_like_refresh_token(first.text));
    EXPECT_EQ(first.text.size(), 3U + 43U);
    EXPECT_NE(first.text, make_refresh_token(random_).text);
    EXPECT_EQ(first.hash, hash_of_refresh_token(first.text));
    EXPECT_EQ(first.hash.size(), 43U);
}

TEST_F(SessionsTest, AFreshTokenFindsItsFamily) {
    const auto token = add_family(family("f1"));
    const auto found = families_.find_usable(realm_, token.text, now_);
    ASSERT_TRUE(found.has_value()) << found.error().describe();
    EXPECT_EQ(found->family.id, "f1");
    EXPECT_EQ(found->hash, token.hash);
}

TEST_F(SessionsTest, UnknownAndForeignTextsAreInvalid) {
    const auto token = add_family(family("f1"));
    for (const auto& text : {std::string("cr_unknown"), std::string("eyJ.a.b"), std::string(),
                             token.hash, token.text + "A"}) {
        EXPECT_EQ(refusal(text), ErrorCode::kRefreshTokenInvalid) << text;
    }
    realm_.name = RealmName("other");
    EXPECT_EQ(refusal(token.text), ErrorCode::kRefreshTokenInvalid);
}

TEST_F(SessionsTest, TheSecondOfTheFamilysEndIsOver) {
    const auto token = add_family(family("f1"));
    EXPECT_TRUE(families_.find_usable(realm_, token.text, from_unix(kNow + 1799)).has_value());
    EXPECT_EQ(refusal(token.text, kNow + 1800), ErrorCode::kRefreshTokenExpired);
}

TEST_F(SessionsTest, UsingARotatedTokenKillsTheFamilyAndWhatItIssued) {
    const auto old = add_family(family("f1"));
    const auto fresh = make_refresh_token(random_);
    commit({store::RotateRefresh{"f1", old.hash, fresh.hash, kNow + 1800}});
    EXPECT_TRUE(families_.find_usable(realm_, fresh.text, now_).has_value());
    EXPECT_EQ(refusal(old.text), ErrorCode::kRefreshTokenReused);
    EXPECT_EQ(refusal(fresh.text), ErrorCode::kRefreshTokenInvalid);
    const auto covered = revocations_.covers(kRealm, facts_of_everything());
    ASSERT_TRUE(covered.has_value());
    EXPECT_EQ(covered->kind, RevocationKind::kFamily);
    Revocations after(store_);
    ASSERT_TRUE(after.load().has_value());
    EXPECT_TRUE(after.covers(kRealm, facts_of_everything()).has_value());
}

TEST_F(SessionsTest, AllowedReusesAreCounted) {
    auto lenient = family("f1");
    lenient.max_reuse = 1;
    const auto old = add_family(lenient);
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(families_.find_usable(realm_, old.text, now_).has_value()) << i;
        commit(
            {store::RotateRefresh{"f1", old.hash, make_refresh_token(random_).hash, kNow + 1800}});
    }
    EXPECT_EQ(refusal(old.text), ErrorCode::kRefreshTokenReused);
}

TEST_F(SessionsTest, AFamilyThatHasSpentItsUsesLivesOnButRefreshesNoMore) {
    auto bounded = family("f1");
    bounded.rotate = false;
    bounded.max_uses = 2;
    const auto token = add_family(bounded);
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(families_.find_usable(realm_, token.text, now_).has_value()) << i;
        commit({store::RotateRefresh{"f1", token.hash, {}, kNow + 1800}});
    }
    EXPECT_EQ(refusal(token.text), ErrorCode::kRefreshUsesSpent);
    EXPECT_FALSE(revocations_.covers(kRealm, facts_of_everything()).has_value());
}

TEST_F(SessionsTest, WhatRevokesAnAncestorRevokesTheRefreshToken) {
    const auto token = add_family(family("f1"));
    ASSERT_TRUE(revocations_.add(kRealm, {RevocationKind::kToken, "ancestor", 0, 0}).has_value());
    EXPECT_EQ(refusal(token.text), ErrorCode::kRefreshRevoked);
}

TEST_F(SessionsTest, FindChangesNothingEvenForAUsedToken) {
    const auto old = add_family(family("f1"));
    const auto fresh = make_refresh_token(random_);
    commit({store::RotateRefresh{"f1", old.hash, fresh.hash, kNow + 1800}});
    const auto found = families_.find(realm_, old.text);
    ASSERT_TRUE(found.has_value() && found->has_value());
    EXPECT_EQ((*found)->state, store::RefreshState::kUsed);
    EXPECT_TRUE(families_.find_usable(realm_, fresh.text, now_).has_value());
}

TEST(ShortId, Is96BitsOfTheHash) {
    EXPECT_EQ(short_id("abc"), "ungWv48Bz-pBQUDe");  // ba7816bf 8f01cfea 414140de
    EXPECT_EQ(short_id("").size(), 16U);
}

// Expiry --------------------------------------------------------------------------------------

TEST(Expiry, AnOfflineSessionEndsByAgeOnlyWhereTheRealmSaysSo) {
    Realm realm;
    EXPECT_EQ(session_end(realm, kNow, true), 0);
    Session session;
    session.offline = true;
    session.started = kNow;
    session.last_access = kNow + 10'000'000;
    EXPECT_TRUE(is_live(realm, session, kNow + 10'000'001));
    realm.lifetimes.offline_session_max_enabled = true;
    EXPECT_EQ(session_end(realm, kNow, true), kNow + 5'184'000);
    EXPECT_FALSE(is_live(realm, session, kNow + 10'000'001));
}

TEST(Expiry, ARevocationOutlivesEveryTokenThatTheRealmCanIssue) {
    Realm realm;
    realm.clients.emplace_back().access_token_lifespan = Seconds(100'000'000);
    EXPECT_GT(revocation_end(realm, kNow), kNow + 100'000'000);
}

}  // namespace
}  // namespace cambist::sessions
