// SPDX-License-Identifier: Apache-2.0
#include "app/upkeep.h"

namespace cambist::app {
namespace {

constexpr int kLeaseTurns = 3;  // how many turns the holder may miss before another takes over

std::string beginnings_text(const std::vector<store::AuditBeginning>& beginnings) {
    std::string text;
    for (const auto& beginning : beginnings)
        text += (text.empty() ? "" : "; ") + beginning.node + " up to record " +
                std::to_string(beginning.sequence) + " with hash " + beginning.hash;
    return text;
}

}  // namespace

Upkeep::Upkeep(const Parts& parts, const config::UpkeepSettings& settings)
    : parts_(parts), settings_(settings), holder_(make_token(parts.random, 16)) {}

void Upkeep::run(const std::stop_token& stop) {
    if (const auto done = run_all(stop); !done)
        parts_.log.error("upkeep_failed", {{"error", done.error().describe()}});
}

// Nothing goes before the longest time by which a clock may be wrong: what was pruned while a clock
// was ahead would count as never taken, or never revoked, once it is right again.
Status Upkeep::run_all(const std::stop_token& stop) {
    const auto now = to_unix(parts_.clock.now()) - settings_.clock_error.count();
    parts_.revocations.prune(now);
    CAMBIST_TRY(const bool is_ours,
                parts_.store.take_lease("upkeep", holder_, kLeaseTurns * settings_.interval));
    if (!is_ours) return {};
    // A slice a call; under load there is more than one.
    while (!stop.stop_requested()) {
        CAMBIST_TRY(const auto removed, parts_.store.prune(now));
        if (removed == 0) break;
    }
    CAMBIST_CHECK(parts_.realms.advance_keys());
    return prune_audit(stop);
}

Status Upkeep::prune_audit(const std::stop_token& stop) {
    if (settings_.audit_retention.count() == 0) return {};
    const auto before = parts_.clock.now() - settings_.audit_retention;
    std::size_t removed = 0;
    while (!stop.stop_requested()) {
        CAMBIST_TRY(const auto slice, parts_.store.prune_audit(before.time_since_epoch().count()));
        if (slice == 0) break;
        removed += slice;
    }
    if (removed == 0) return {};
    CAMBIST_TRY(const auto beginnings, parts_.store.audit().beginnings());
    // In the chain too, so that who keeps its end knows its beginning.
    AuditRecord record;
    record.at = parts_.clock.now();
    record.trace = TraceId(make_ulid(parts_.random, record.at.time_since_epoch().count() / 1000));
    record.event = "audit_pruned";
    record.reason = beginnings_text(beginnings);
    parts_.log.info("audit_pruned", {{"records", removed}, {"beginning", record.reason}});
    return parts_.ledger.write(record);
}

}  // namespace cambist::app
