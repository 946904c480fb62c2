// SPDX-License-Identifier: Apache-2.0
#include "audit/verify.h"

#include <algorithm>

#include "audit/record_json.h"
#include "store/chain.h"

namespace cambist::audit {
namespace {

using store::AuditRow;

// Follows the chains of all nodes, row by row.
class Follower {
  public:
    Follower(const std::vector<ChainEnd>& known, std::vector<store::AuditBeginning> beginnings)
        : known_(known), beginnings_(std::move(beginnings)) {}

    // What is wrong with the next row, or nothing.
    std::string fault_of(const AuditRow& row) {
        if (ends_.empty() || ends_.back().node != row.node) ends_.push_back(beginning_of(row.node));
        ChainEnd& end = ends_.back();
        if (row.sequence != end.sequence + 1)
            return "the row after number " + std::to_string(end.sequence) + " is missing";
        if (row.previous != end.hash) return "it does not follow from the row before it";
        if (store::chain_hash(row.node, row.sequence, row.previous, row.body) != row.hash)
            return "its text does not match its hash";
        end.sequence = row.sequence;
        end.hash = row.hash;
        return fault_of_body(row);
    }

    // A known end that was not reached: rows were cut off.
    std::optional<BrokenRow> missing_end() const {
        for (const auto& known : known_) {
            const auto end = std::ranges::find(ends_, known.node, &ChainEnd::node);
            if (end == ends_.end() || end->sequence < known.sequence)
                return BrokenRow{known.node, known.sequence, {}, "the chain ends before it"};
        }
        return std::nullopt;
    }

    std::vector<ChainEnd> take_ends() { return std::move(ends_); }

  private:
    // Where the chain was cut off at its old end, by pruning, or its first row.
    ChainEnd beginning_of(const std::string& node) const {
        const auto found = std::ranges::find(beginnings_, node, &store::AuditBeginning::node);
        if (found == beginnings_.end()) return {node, 0, std::string(store::kChainStart)};
        return {node, found->sequence, found->hash};
    }

    // The hash covers the body; trace and time stand beside it only to be found by.
    std::string fault_of_body(const AuditRow& row) const {
        const auto record = parse_record(row.body);
        if (!record) return "its text is no audit record";
        if (record->trace.text() != row.trace) return "its trace id is not the one of its text";
        if (record->at.time_since_epoch().count() != row.at_us)
            return "its time is not the one of its text";
        const bool differs = std::ranges::any_of(known_, [&](const ChainEnd& known) {
            return known.node == row.node && known.sequence == row.sequence &&
                   known.hash != row.hash;
        });
        return differs ? "it was another row when its hash was written down" : "";
    }

    const std::vector<ChainEnd>& known_;
    const std::vector<store::AuditBeginning> beginnings_;
    std::vector<ChainEnd> ends_;
};

}  // namespace

Result<VerifyReport> verify(const store::AuditStore& store, const std::vector<ChainEnd>& known) {
    VerifyReport report;
    CAMBIST_TRY(report.beginnings, store.beginnings());
    Follower follower(known, report.beginnings);
    CAMBIST_CHECK(store.scan([&](const AuditRow& row) {
        ++report.rows;
        if (auto fault = follower.fault_of(row); !fault.empty())
            report.broken = BrokenRow{row.node, row.sequence, row.trace, std::move(fault)};
        return report.intact();
    }));
    if (report.intact()) report.broken = follower.missing_end();
    report.ends = follower.take_ends();
    return report;
}

}  // namespace cambist::audit
