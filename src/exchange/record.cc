// SPDX-License-Identifier: Apache-2.0
// The end of every request: its record is durable, then it is answered. The worker goes on
// meanwhile; docs/flow.md says on which thread what happens.
#include "exchange/record.h"

#include "base/text.h"
#include "grants/assertion_words.h"

namespace cambist::exchange {
namespace {

constexpr std::int64_t kDay = 86400;
// So long a second use of a hand-off is known as one.
constexpr std::int64_t kHandOffMemory = kDay;

// One more issue by this rule for this actor (a client where it asks without a token) today, UTC.
store::CountUse count_of_today(const PlanFacts::DailyLimit& daily, const Parties& parties,
                               const IssuePlan& plan, TimePoint now) {
    const auto day = to_unix(now) / kDay;
    const auto& actor = parties.actor != nullptr ? parties.actor->user->id.text()
                                                 : plan.facts().requester->client_id.text();
    return {.key = "rule " + daily.rule.text() + " " + actor + " " + std::to_string(day),
            .limit = daily.limit,
            .until = (day + 1) * kDay};
}

// For who finds it spent.
std::string describe(const PlanFacts::DailyLimit& daily, TimePoint now) {
    const auto next = (to_unix(now) / kDay + 1) * kDay;
    return "Rule '" + printable(daily.rule.text(), 60) + "' gives an actor " +
           std::to_string(daily.limit) + " a day; the next one begins at " +
           to_iso8601(from_unix(next)) + ". ";
}

constexpr std::string_view kForeignPurpose = "foreign-token";

// With the issue and not before: a refusal neither uses a token up nor makes a user.
void add_foreign(const std::optional<TokenFacts>& token, Issue& issue) {
    if (!token || token->foreign == nullptr) return;
    const auto& foreign = *token->foreign;
    if (!foreign.one_time.empty()) {
        issue.changes.push_back(store::TakeOnce{std::string(kForeignPurpose), token->issuer,
                                                foreign.one_time, foreign.one_time_until});
        issue.uses_foreign = true;
    }
    if (foreign.new_user) issue.changes.push_back(store::AddUser{*foreign.new_user});
    if (foreign.new_link) {
        issue.changes.push_back(store::AddFederatedIdentity{*foreign.new_link});
        issue.makes_link = true;
    }
    if (foreign.changed_user)
        issue.user_changes.emplace_back(*foreign.changed_user, foreign.change);
}

// Whether somebody else made the same link meanwhile: the ids of new users follow from who they
// are, so that both mean the same user. What is left to write does not make it again.
bool is_linked_by_now(const store::FederatedIdentityStore& links, const std::string& realm,
                      const std::vector<store::Operation>& changes) {
    for (const auto& change : changes) {
        const auto* add = std::get_if<store::AddFederatedIdentity>(&change);
        if (add == nullptr) continue;
        const auto found = links.find(realm, add->identity.issuer, add->identity.subject);
        if (!found || !*found || (*found)->user != add->identity.user) return false;
    }
    return true;
}

void leave_out_links(std::vector<store::Operation>& changes) {
    std::erase_if(changes, [](const store::Operation& change) {
        return std::holds_alternative<store::AddUser>(change) ||
               std::holds_alternative<store::AddFederatedIdentity>(change);
    });
}

}  // namespace

Issue changes_of(const MintedToken& minted, const IssuePlan& plan, const Parties& parties,
                 const Possession& possession, const TokenRequest& request) {
    Issue issue;
    auto& changes = issue.changes;
    add_foreign(parties.subject_token, issue);
    add_foreign(parties.actor_token, issue);
    if (parties.session_is_new && parties.session)
        changes.push_back(store::AddSession{*parties.session});
    if (minted.new_family)
        changes.push_back(store::AddRefreshFamily{*minted.new_family, minted.refresh_hash});
    for (const auto& daily : plan.facts().daily_limits) {
        changes.push_back(count_of_today(daily, parties, plan, request.at));
        issue.counted += describe(daily, request.at);
    }
    if (minted.hand_off) changes.push_back(store::AddHandOff{*minted.hand_off});
    if (parties.handed)
        changes.push_back(store::TakeHandOff{
            parties.hand_off_hash, sessions::hand_off_mark(parties.hand_off_hash),
            to_unix(request.at) + kHandOffMemory, sessions::receipt_of(*parties.handed)});
    if (minted.reference) changes.push_back(store::AddReferenceToken{*minted.reference});
    if (plan.facts().consumes_subject && parties.subject_family) {
        // The gate first: of two takers one finds it unused.
        const auto& family = *parties.subject_family;
        changes.push_back(
            store::RotateRefresh{family.id, parties.refresh_hash, {}, family.expires});
        changes.push_back(store::RevokeFamily{family.id});
        issue.used = family;
    }
    if (parties.family) {
        const bool rotates = plan.facts().refresh == IssueRefresh::kRotate;
        changes.push_back(store::RotateRefresh{parties.family->id, parties.refresh_hash,
                                               rotates ? minted.refresh_hash : std::string(),
                                               plan.facts().refresh_expires_at});
        if (parties.session)
            changes.push_back(store::TouchSession{parties.session->id, to_unix(request.at)});
        issue.used = parties.family;
    }
    issue.hand_off = parties.hand_off_hash;
    if (parties.session && !changes.empty()) issue.touched = parties.session->id;
    // With the issue and not before: a proof is used once, and a refusal does not use it up.
    if (const auto& once = possession.one_time(); !once.id.empty()) {
        changes.push_back(
            store::TakeOnce{std::string(possession::kProofPurpose), {}, once.id, once.expires});
        issue.uses_proof = true;
    }
    return issue;
}

// A request on its way through the store.
struct Exchange::Pending {
    Issue issue;
    Walk walk;
    Done done;
};

void Exchange::conclude(Walked walked, Done done) const {
    if (walked.issue)
        return record(std::make_unique<Pending>(
            Pending{*std::move(walked.issue), std::move(walked.walk), std::move(done)}));
    refuse(std::make_unique<Pending>(Pending{{}, std::move(walked.walk), std::move(done)}),
           std::move(walked.issue.error()));
}

void Exchange::record(std::unique_ptr<Pending> pending) const {
    auto& walk = pending->walk;
    walk.note_duration();
    const auto& issue = pending->issue;
    if (issue.used || !issue.hand_off.empty() || issue.makes_link || !issue.user_changes.empty()) {
        // Somebody else can spoil this commit by using the token first. What follows then waits for
        // the store (the family is revoked), and must not do so on the store's own thread. A spent
        // proof of possession can spoil one too, but after that there is only a refusal to write.
        auto written = write_waiting(*pending);
        if (written) change_users(*pending);
        return settle(std::move(pending), std::move(written));
    }
    const auto& record = walk.record;
    auto changes = std::move(pending->issue.changes);
    parts_.ledger.write(record, std::move(changes),
                        [this, pending = std::move(pending)](Status written) mutable {
                            settle(std::move(pending), std::move(written));
                        });
}

// Two exchanges of one new user at once: whoever comes second finds him made.
Status Exchange::write_waiting(Pending& pending) const {
    auto& [issue, walk, done] = pending;
    if (!issue.makes_link || parts_.links == nullptr)
        return parts_.ledger.write(walk.record, std::move(issue.changes));
    auto written = parts_.ledger.write(walk.record, issue.changes);
    const auto& realm = walk.realm->realm->name.text();
    const bool is_spoiled = !written && written.error().code == ErrorCode::kConflict;
    if (!is_spoiled || !is_linked_by_now(*parts_.links, realm, issue.changes)) return written;
    leave_out_links(issue.changes);
    return parts_.ledger.write(walk.record, std::move(issue.changes));
}

// After the issue and not in its transaction: what others change of the user meanwhile stays, and
// the next token of the same subject says it again, should this fail.
void Exchange::change_users(const Pending& pending) const {
    if (parts_.users == nullptr) return;
    const auto& realm = *pending.walk.realm->realm;
    for (const auto& [id, change] : pending.issue.user_changes) {
        const auto changed =
            parts_.users->update(realm.name.text(), id, [&](User& user) { apply(change, user); });
        parts_.identities.invalidate(realm.name, id);
        if (!changed)
            parts_.log.warn("user_not_mapped", {{"realm", realm.name.text()},
                                                {"user", id.text()},
                                                {"error", changed.error().describe()}});
    }
}

void Exchange::settle(std::unique_ptr<Pending> pending, Status written) const {
    auto& [issue, walk, done] = *pending;
    const auto& realm = *walk.realm->realm;
    if (written) {
        if (issue.touched) parts_.sessions.forget(realm.name.text(), *issue.touched);
        walk.passed(Stage::kRecord);
        return done({std::move(issue.response), std::move(walk)});
    }
    // Somebody else took the same refresh token between our look and our commit: that is theft or
    // a mistake, and in both cases the family ends.
    if (written.error().code == ErrorCode::kRefreshTokenReused && issue.used) {
        const auto ended = parts_.families.revoke(realm, *issue.used, walk.record.at);
        if (!ended) written = ended;
    }
    if (written.error().code == ErrorCode::kHandOffTaken && !issue.hand_off.empty()) {
        const auto ended = parts_.hand_offs.revoke(realm, issue.hand_off, walk.record.at);
        if (!ended) written = ended;
    }
    if (written.error().code == ErrorCode::kConflict && issue.uses_proof)
        written = fail(ErrorCode::kDpopProofReplayed, "make a proof for every request");
    else if (written.error().code == ErrorCode::kConflict && issue.uses_foreign)
        written = fail(ErrorCode::kForeignReplayed, "it serves once, and was taken before");
    else if (written.error().code == ErrorCode::kConflict && issue.makes_link)
        written = fail(ErrorCode::kBindingUserExists, "somebody made a user of the same name");
    else if (written.error().code == ErrorCode::kDailyLimitReached)
        written = fail(ErrorCode::kDailyLimitReached, std::string(trim(issue.counted)));
    const bool is_assertion = (walk.record.grant == name_of(GrantType::kJwtBearer) ||
                               walk.record.grant == name_of(GrantType::kSaml2Bearer)) &&
                              (issue.uses_foreign || issue.makes_link) &&
                              written.error().code != ErrorCode::kStoreUnavailable;
    refuse(std::move(pending), is_assertion
                                   ? grants::told_of_assertion(std::move(written.error()), realm)
                                   : std::move(written.error()));
}

void Exchange::refuse(std::unique_ptr<Pending> pending, Error error) const {
    auto& walk = pending->walk;
    walk.refused(error);
    const auto& record = walk.record;
    parts_.ledger.write(
        record, {},
        [this, pending = std::move(pending), error = std::move(error)](Status written) mutable {
            if (!written)
                parts_.log.error("refusal_not_recorded",
                                 {{"trace", pending->walk.record.trace.text()},
                                  {"error", written.error().describe()}});
            pending->done({std::unexpected(std::move(error)), std::move(pending->walk)});
        });
}

}  // namespace cambist::exchange
