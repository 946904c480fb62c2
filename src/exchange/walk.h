// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <chrono>
#include <memory>

#include "model/flow.h"
#include "realms/snapshot.h"

namespace cambist::exchange {

// The stages of an exchange, in order (docs/flow.md).
enum class Stage : std::uint8_t { kParse, kClient, kPossession, kParties, kDecide, kMint, kRecord };
inline constexpr std::array<std::string_view, 7> kStageNames{
    "parse", "client", "possession", "parties", "decide", "mint", "record"};

// What becomes known on the way, whatever the end: the audit record, and what the answer depends
// on. Belongs to one request.
struct Walk {
    AuditRecord record;
    std::shared_ptr<const realms::Snapshot> realm;  // null until found
    bool diagnostics = false;  // the client proved who it is and may see causes
    // The requested audiences that no rule permitted; filled when the decision is no.
    std::vector<std::string> refused_targets;
    // Whom the user has not consented to, when he is another one than the requester.
    std::string unconsented;
    bool is_bound_by_dpop = false;  // the subject token
    std::array<std::chrono::nanoseconds, kStageNames.size()> spent{};
    // Of an issue, what only stands in the answer: what was issued before is void, by realm, client
    // and user; members that mappers add, as in an object without its braces.
    std::int64_t not_before = 0;
    std::string response_claims;

    // Ends one stage: notes its time and that it passed.
    void passed(Stage stage);
    // Up to now; the record is written before its own commit can be timed.
    void note_duration();
    // The last stage that was begun is the one that refused.
    void refused(const Error& error);

    // For a request whose shape was refused: what it says of its grant and its client, unproved.
    void guess(std::string_view body, const Caller& caller);
    void saw(const TokenRequest& request);
    // What was asked for is kept from here on only: strangers can not fill the audit trail.
    void saw(const AuthenticatedClient& client, const TokenRequest& request);
    void saw(const Possession& possession);
    void saw(const Parties& parties);
    void saw(const Decision& decision);
    void saw(const IssuePlan& plan, const MintedToken& minted);

  private:
    void note(const ForeignFacts& foreign, std::string_view party);

    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point since_ = begun_;
    std::size_t next_ = 0;
};

}  // namespace cambist::exchange
