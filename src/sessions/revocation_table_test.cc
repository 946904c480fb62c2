// SPDX-License-Identifier: Apache-2.0
#include "sessions/revocation_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "sessions/short_id.h"

namespace cambist::sessions {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

Revocation session(int i, std::int64_t until = kNow + 1000) {
    return {RevocationKind::kSession, "6f1d0f0a-0000-4000-8000-" + std::to_string(100000 + i), 0,
            until};
}
std::shared_ptr<RevocationTable> table_of(int sessions, std::int64_t until = kNow + 1000) {
    auto table = std::make_shared<RevocationTable>();
    for (int i = 0; i < sessions; ++i)
        while (!table->add(session(i, until))) table = table->grown();
    return table;
}

TEST(RevocationTable, FindsASessionByItsIdAndByItsMark) {
    const auto table = table_of(5000);
    EXPECT_EQ(table->size(), 5000U);
    for (int i = 0; i < 5000; ++i) {
        const auto id = session(i).id;
        const auto by_id = table->find({'s', id}, kNow);
        ASSERT_TRUE(by_id) << i;
        EXPECT_EQ(by_id->id, id);
        EXPECT_EQ(by_id->kind, RevocationKind::kSession);
        const auto by_mark = table->find({'i', session_mark(id)}, kNow);
        ASSERT_TRUE(by_mark) << i;
        EXPECT_EQ(by_mark->id, id);
        EXPECT_FALSE(table->find({'u', id}, kNow)) << i;
        EXPECT_FALSE(table->find({'s', session(i + 5000).id}, kNow)) << i;
    }
}

TEST(RevocationTable, AddingTheSameAgainTakesNoRoom) {
    RevocationTable table;
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(table.add(session(1)));
    EXPECT_EQ(table.size(), 1U);
}

TEST(RevocationTable, AWiderOneIsShownUnderBothKeys) {
    RevocationTable table;
    auto narrow = session(1, kNow + 10);
    narrow.before = kNow;
    ASSERT_TRUE(table.add(narrow));
    EXPECT_FALSE(table.find({'s', narrow.id}, kNow + 1));
    ASSERT_TRUE(table.add(session(1, kNow + 5)));
    ASSERT_TRUE(table.add(narrow));
    for (const auto& [letter, id] :
         {std::pair('s', narrow.id), std::pair('i', session_mark(narrow.id))}) {
        const auto found = table.find({letter, id}, kNow + 1);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->before, 0);
        EXPECT_EQ(found->until, kNow + 10);
    }
    EXPECT_EQ(table.size(), 1U);
}

TEST(RevocationTable, AFullOneSaysSoAndKeepsWhatItHas) {
    RevocationTable table;
    int added = 0;
    while (table.add(session(added))) ++added;
    EXPECT_GT(added, 10);
    EXPECT_FALSE(table.find({'s', session(added).id}, kNow));
    const auto bigger = table.grown();
    EXPECT_TRUE(bigger->add(session(added)));
    for (int i = 0; i <= added; ++i) EXPECT_TRUE(bigger->find({'s', session(i).id}, kNow)) << i;
    EXPECT_EQ(bigger->size(), static_cast<std::size_t>(added) + 1);
}

TEST(RevocationTable, ForgetsWhatIsOverWhenItIsAPartOfIt) {
    auto table = table_of(20'000);
    EXPECT_EQ(table->without_over(kNow), nullptr);
    const auto few = session(30'000, kNow);
    while (!table->add(few)) table = table->grown();
    EXPECT_EQ(table->without_over(kNow), nullptr);
    for (int i = 0; i < 4000; ++i)
        while (!table->add(session(40'000 + i, kNow))) table = table->grown();
    const auto kept = table->without_over(kNow);
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->size(), 20'000U);
    EXPECT_FALSE(kept->find({'s', few.id}, kNow));
    EXPECT_TRUE(kept->find({'i', session_mark(session(7).id)}, kNow));
    const auto none = table->without_over(kNow + 1000);
    ASSERT_NE(none, nullptr);
    EXPECT_EQ(none->size(), 0U);
}

TEST(RevocationTable, ReadersBesideTheWriterMissNothingThatWasAdded) {
    auto table = table_of(3000);
    std::atomic<int> added = 3000;
    std::jthread writer([&] {
        for (int i = 3000; table->add(session(i)); ++i) added = i + 1;
    });
    const auto known = added.load();
    for (int i = 0; i < known; ++i) EXPECT_TRUE(table->find({'s', session(i).id}, kNow)) << i;
    writer.join();
    for (int i = 0; i < added; ++i)
        EXPECT_TRUE(table->find({'i', session_mark(session(i).id)}, kNow)) << i;
}

}  // namespace
}  // namespace cambist::sessions
