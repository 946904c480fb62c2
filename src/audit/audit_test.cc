// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "audit/file_sink.h"
#include "audit/ledger.h"
#include "audit/record_json.h"
#include "audit/test_record.h"
#include "audit/verify.h"
#include "json/parse.h"
#include "store_memory/memory_store.h"

namespace cambist::audit {
namespace {

TEST(RecordJson, KeepsEveryMember) {
    for (const auto& record : {make_record(), make_refusal(), AuditRecord{}}) {
        const auto text = render_record(record);
        const auto parsed = parse_record(text);
        ASSERT_TRUE(parsed) << parsed.error().describe();
        EXPECT_EQ(render_record(*parsed), text);
    }
}

TEST(RecordJson, WritesEveryMemberByAStableName) {
    auto record = make_refusal();
    const auto json = json::parse(render_record(record));
    ASSERT_TRUE(json);
    std::string names;
    for (const auto& member : json->as_object()) names += member.key + ' ';
    EXPECT_EQ(names,
              "version trace at issued durationUs realm grant client clientMethod peer subject "
              "subjectName subjectIssuer subjectClient actor requestedType audiences resources "
              "scopes error errorDetail rules policyVersion grantedScopes grantedAudience "
              "issuedType issuedJti expiresAt subjectTokenHash issuedTokenHash refreshTokenHash "
              "xid sid act steps ");
    EXPECT_EQ(json->find("version")->as_int64(), 1);
}

TEST(RecordJson, IsOneLineAndUtf8WhateverTheClientSent) {
    auto record = make_record();
    record.audiences = {std::string("a\n\0\xff\x1b[31m", 9)};
    const auto text = render_record(record);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto parsed = parse_record(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->audiences[0], std::string("a\n\0\xef\xbf\xbd\x1b[31m", 11));
}

TEST(RecordJson, PassesOverMembersOfANewerVersion) {
    EXPECT_TRUE(parse_record(R"({"version":2,"trace":"T","at":1,"issued":true,"new":[{}]})"));
}

struct BadCase {
    const char* name;
    const char* text;
};
class RefusedRecord : public testing::TestWithParam<BadCase> {};
TEST_P(RefusedRecord, IsAParseError) {
    const auto parsed = parse_record(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::kParse);
}
INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedRecord,
    testing::Values(BadCase{"Empty", ""}, BadCase{"Array", "[]"}, BadCase{"NoVersion", "{}"},
                    BadCase{"NoOutcome", R"({"version":1,"trace":"T"})"},
                    BadCase{"WrongKind", R"({"version":1,"issued":true,"client":7})"},
                    BadCase{"WrongList", R"({"version":1,"issued":true,"rules":["a",1]})"},
                    BadCase{"WrongStep", R"({"version":1,"issued":true,"steps":[1]})"},
                    BadCase{"DuplicateKey", R"({"version":1,"issued":false,"issued":true})"}),
    [](const auto& test) { return std::string(test.param.name); });

class LedgerTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "cambist_XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::string file() const { return folder_ + "/audit.jsonl"; }
    std::unique_ptr<Ledger> open(AuditSettings settings) {
        auto ledger = Ledger::open(std::move(settings), store_, log_);
        EXPECT_TRUE(ledger);
        return *std::move(ledger);
    }
    static std::string content(const std::string& path) {
        std::stringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    std::size_t rows() { return store_.audit().tail(100)->size(); }

    SystemClock clock_;
    Log log_{clock_};
    store_memory::MemoryStore store_;
    std::string folder_;
};

TEST_F(LedgerTest, WritesARecordThatIsFoundByItsTrace) {
    const auto ledger = open({});
    ASSERT_TRUE(ledger->write(make_record("T1")));
    const auto row = store_.audit().find("T1");
    ASSERT_TRUE(row && row->has_value());
    EXPECT_EQ((*row)->at_us, 1'700'000'000'123'456);
    EXPECT_EQ(parse_record((*row)->body)->client, "orders-api");
}

TEST_F(LedgerTest, WritesOperationsAndRecordTogetherOrNotAtAll) {
    const auto ledger = open({});
    ASSERT_TRUE(ledger->write(make_record("T1"), {store::TakeOnce{"code", "", "c1", 900}}));
    const auto second = ledger->write(make_record("T2"), {store::TakeOnce{"code", "", "c1", 900}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_EQ(rows(), 1U);
}

TEST_F(LedgerTest, FailsWhenTheStoreFailsAndWritesNoLine) {
    const auto ledger = open({.file = file()});
    store_.fail_commits(true);
    EXPECT_FALSE(ledger->write(make_record("T1")));
    EXPECT_EQ(content(file()), "");
}

TEST_F(LedgerTest, DoesNotWaitForALoneRecordWhenAsyncButStillForOperations) {
    const auto ledger = open({.durability = Durability::kAsync, .file = {}});
    ASSERT_TRUE(ledger->write(make_record("T1")));
    EXPECT_EQ(rows(), 1U);
    store_.fail_commits(true);
    EXPECT_TRUE(ledger->write(make_record("T2")));
    EXPECT_FALSE(ledger->write(make_record("T3"), {store::EndSession{}}));
}

TEST_F(LedgerTest, AppendsALineARecordAndGoesOnInANewFileAfterRotation) {
    const auto ledger = open({.file = file()});
    ASSERT_TRUE(ledger->write(make_record("T1")));
    std::filesystem::rename(file(), file() + ".1");
    ledger->write_later(make_record("T2"));
    ASSERT_TRUE(ledger->reopen());
    ASSERT_TRUE(ledger->write(make_record("T3")));
    EXPECT_EQ(content(file() + ".1"),
              render_record(make_record("T1")) + "\n" + render_record(make_record("T2")) + "\n");
    EXPECT_EQ(content(file()), render_record(make_record("T3")) + "\n");
}

TEST_F(LedgerTest, RefusesAFileThatCanNotBeOpened) {
    const auto ledger = Ledger::open({.file = folder_ + "/no/such/file"}, store_, log_);
    ASSERT_FALSE(ledger);
    EXPECT_EQ(ledger.error().code, ErrorCode::kConfigInvalid);
}

// A chain as a list, so that a test can damage it.
class FakeAudit final : public store::AuditStore {
  public:
    std::vector<store::AuditRow> rows;
    std::vector<store::AuditBeginning> begin;
    Result<std::optional<store::AuditRow>> find(std::string_view /*trace*/) const override {
        return std::nullopt;
    }
    Result<std::vector<store::AuditRow>> tail(std::size_t /*limit*/) const override { return rows; }
    Result<std::vector<store::AuditBeginning>> beginnings() const override { return begin; }
    Status scan(const std::function<bool(const store::AuditRow&)>& visit) const override {
        for (const auto& row : rows)
            if (!visit(row)) break;
        return {};
    }
};

class Verify : public LedgerTest {
  protected:
    void SetUp() override {
        LedgerTest::SetUp();
        const auto ledger = open({});
        for (const char* trace : {"T1", "T2", "T3"}) ASSERT_TRUE(ledger->write(make_record(trace)));
        chain_.rows = *store_.audit().tail(9);
        known_ = verify(chain_)->ends;
    }
    BrokenRow broken() {
        const auto report = verify(chain_, known_);
        EXPECT_TRUE(report && report->broken);
        return report && report->broken ? *report->broken : BrokenRow{};
    }
    FakeAudit chain_;
    std::vector<ChainEnd> known_;
};

TEST_F(Verify, FindsAWholeChainWholeAndSaysWhereItEnds) {
    const auto report = verify(chain_, known_);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->intact());
    EXPECT_EQ(report->rows, 3);
    EXPECT_EQ(report->ends, (std::vector<ChainEnd>{{"memory", 3, chain_.rows[2].hash}}));
    EXPECT_TRUE(verify(FakeAudit{})->intact());
}

TEST_F(Verify, FindsAPrunedChainWholeFromItsBeginningOn) {
    const auto first = chain_.rows.front();
    chain_.rows.erase(chain_.rows.begin());
    EXPECT_EQ(broken().reason, "the row after number 0 is missing");
    chain_.begin = {{first.node, first.sequence, first.hash}};
    const auto report = verify(chain_, known_);
    EXPECT_TRUE(report->intact());
    EXPECT_EQ(report->rows, 2);
    ASSERT_EQ(report->beginnings.size(), 1U);
    chain_.begin.front().hash = std::string(64, '1');
    EXPECT_EQ(broken().reason, "it does not follow from the row before it");
    chain_.begin.front() = {first.node, first.sequence + 1, first.hash};
    EXPECT_TRUE(verify(chain_)->broken);
}

TEST_F(Verify, FindsAChangedBody) {
    chain_.rows[1].body = render_record(make_refusal());
    EXPECT_EQ(broken().sequence, 2);
    EXPECT_EQ(broken().reason, "its text does not match its hash");
}

TEST_F(Verify, FindsAMissingRow) {
    chain_.rows.erase(chain_.rows.begin() + 1);
    EXPECT_EQ(broken().sequence, 3);
    EXPECT_EQ(broken().reason, "the row after number 1 is missing");
}

TEST_F(Verify, FindsAMissingBeginning) {
    chain_.rows.erase(chain_.rows.begin());
    EXPECT_EQ(broken().sequence, 2);
}

TEST_F(Verify, FindsASwappedTraceAndAChangedTime) {
    chain_.rows[1].trace = "T9";
    EXPECT_EQ(broken().reason, "its trace id is not the one of its text");
    chain_.rows[1].trace = "T2";
    chain_.rows[1].at_us += 1;
    EXPECT_EQ(broken().reason, "its time is not the one of its text");
}

TEST_F(Verify, FindsACutOffEndOnlyByAKnownOne) {
    chain_.rows.pop_back();
    EXPECT_TRUE(verify(chain_)->intact());
    EXPECT_EQ(broken().sequence, 3);
    EXPECT_EQ(broken().reason, "the chain ends before it");
    chain_.rows.clear();
    EXPECT_EQ(broken().node, "memory");
}

TEST_F(Verify, FindsAChainThatWasWrittenAnewByAKnownEnd) {
    store_memory::MemoryStore other;
    for (const char* trace : {"T1", "T2", "T4", "T5"})
        ASSERT_TRUE(other.commit({"shop", {append_operation(make_record(trace))}}));
    chain_.rows = *other.audit().tail(9);
    EXPECT_TRUE(verify(chain_)->intact());
    EXPECT_EQ(broken().reason, "it was another row when its hash was written down");
}

}  // namespace
}  // namespace cambist::audit
