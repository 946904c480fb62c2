// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <thread>

#include "store/chain.h"
#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;  // milliseconds

// Counts rows from 1 and checks each link.
void expect_whole_chain(Store& store, std::size_t rows) {
    std::string previous(kChainStart);
    std::int64_t sequence = 0;
    ASSERT_TRUE(store.audit().scan([&](const AuditRow& row) {
        EXPECT_EQ(row.sequence, ++sequence);
        EXPECT_EQ(row.previous, previous);
        EXPECT_EQ(row.hash, chain_hash(row.node, row.sequence, row.previous, row.body));
        previous = row.hash;
        return true;
    }));
    EXPECT_EQ(sequence, static_cast<std::int64_t>(rows));
}

TEST_P(StoreConformance, AnAuditRowComesBackWithItsPlaceInTheChain) {
    const std::string trace = make_trace(kStart, 'A');
    ASSERT_TRUE(commit({make_audit(trace, kStart * 1000)}));
    const auto row = store().audit().find(trace);
    ASSERT_TRUE(row && row->has_value());
    EXPECT_EQ((*row)->sequence, 1);
    EXPECT_EQ((*row)->at_us, kStart * 1000);
    EXPECT_EQ((*row)->body, make_audit(trace).body);
    EXPECT_EQ((*row)->previous, kChainStart);
    EXPECT_FALSE((*row)->node.empty());
    expect_whole_chain(store(), 1);
}

TEST_P(StoreConformance, TheChainHasNoGapsUnderConcurrentCommitters) {
    constexpr int kCommitters = 16;
    constexpr int kRows = 40;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kCommitters; ++i)
            threads.emplace_back([this, i] {
                for (int row = 0; row < kRows; ++row)
                    EXPECT_TRUE(commit({make_audit(std::to_string(i) + "/" + std::to_string(row)),
                                        make_audit("second")}));
            });
    }
    expect_whole_chain(store(), kCommitters * kRows * 2UL);
}

TEST_P(StoreConformance, AnAuditRowIsFoundByTraceAmongMany) {
    std::vector<std::string> traces;
    std::vector<Operation> rows;
    for (int i = 0; i < 300; ++i) {
        // One a second, every tenth a minute late.
        const std::int64_t ms = kStart + i * 1000 - (i % 10 == 9 ? 60'000 : 0);
        traces.push_back(make_trace(ms, i % 2 == 0 ? 'A' : 'B'));
        rows.emplace_back(AppendAudit{traces.back(), ms * 1000, std::to_string(i)});
    }
    ASSERT_TRUE(commit(std::move(rows)));
    for (std::size_t i = 0; i < traces.size(); ++i) {
        const auto row = store().audit().find(traces[i]);
        ASSERT_TRUE(row && row->has_value()) << i;
        EXPECT_EQ((*row)->trace, traces[i]);
    }
    EXPECT_FALSE(store().audit().find(make_trace(kStart, 'Z'))->has_value());
    EXPECT_FALSE(store().audit().find("no such trace")->has_value());
    EXPECT_FALSE(store().audit().find("")->has_value());
}

TEST_P(StoreConformance, AnAuditRowIsFoundAlsoWhenTheClockWasSetBack) {
    for (const std::int64_t ms : {kStart, kStart + 90'000'000, kStart + 1000, kStart + 2000})
        ASSERT_TRUE(commit({AppendAudit{make_trace(ms, 'C'), ms * 1000, "{}"}}));
    for (const std::int64_t ms : {kStart, kStart + 90'000'000, kStart + 1000, kStart + 2000})
        EXPECT_TRUE(store().audit().find(make_trace(ms, 'C'))->has_value()) << ms;
}

TEST_P(StoreConformance, TheTailIsTheNewestRowsOldestFirst) {
    for (const char* trace : {"T1", "T2", "T3"}) ASSERT_TRUE(commit({make_audit(trace)}));
    const auto tail = store().audit().tail(2);
    ASSERT_TRUE(tail);
    ASSERT_EQ(tail->size(), 2U);
    EXPECT_EQ((*tail)[0].trace, "T2");
    EXPECT_EQ((*tail)[1].trace, "T3");
    EXPECT_EQ(store().audit().tail(9)->size(), 3U);
    EXPECT_TRUE(store().audit().tail(0)->empty());
}

TEST_P(StoreConformance, AScanEndsWhenItsVisitorSaysSo) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(commit({make_audit("T")}));
    int seen = 0;
    ASSERT_TRUE(store().audit().scan([&seen](const AuditRow&) { return ++seen < 3; }));
    EXPECT_EQ(seen, 3);
}

TEST_P(StoreConformance, AuditBodiesMayHoldAnyBytes) {
    const std::string body("{\"a\":\"\0\n\xff\"}", 11);
    ASSERT_TRUE(commit({AppendAudit{"T1", 1, body}}));
    EXPECT_EQ(store().audit().tail(1)->front().body, body);
    expect_whole_chain(store(), 1);
}

TEST(Chain, AHashCoversEachOfItsParts) {
    const std::set<std::string> hashes{
        chain_hash("n", 1, kChainStart, "{}"),  chain_hash("m", 1, kChainStart, "{}"),
        chain_hash("n", 2, kChainStart, "{}"),  chain_hash("n", 1, "x", "{}"),
        chain_hash("n", 1, kChainStart, "{ }"), chain_hash("n", 11, kChainStart.substr(1), "{}")};
    EXPECT_EQ(hashes.size(), 6U);
    EXPECT_EQ(hashes.begin()->size(), 64U);
}

}  // namespace
}  // namespace cambist::store
