// SPDX-License-Identifier: Apache-2.0
#include "exchange/parties.h"

#include <algorithm>
#include <utility>

#include "json/parse.h"
#include "sessions/hand_offs.h"
#include "sessions/short_id.h"

namespace cambist::exchange {
namespace {

// What comes of more tokens, rules and families is a loop, not a design; the bound also keeps
// tokens small.
constexpr std::size_t kMaxAncestors = 32;

// RFC 8693 section 4.1: nested `act` objects, the newest outermost. Its depth is bounded and it is
// never cut.
Status check_actor_chain(const std::string& act, std::int64_t max_depth) {
    if (act.empty()) return {};
    CAMBIST_TRY(const auto chain, json::parse(act, {}, json::Positions::kNone));
    std::int64_t depth = 0;
    for (const json::Value* link = &chain; link != nullptr; link = link->find("act")) {
        if (!link->is_object())
            return fail(ErrorCode::kSubjectTokenClaims, "act must be an object at every level");
        if (++depth > max_depth)
            return fail(ErrorCode::kChainTooDeep,
                        "more than " + std::to_string(max_depth) + " actors");
    }
    return {};
}

void append_once(std::vector<std::string>& ids, std::string id) {
    if (!id.empty() && std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
}

// The end of any token, session or family that this one comes of reaches it by these ids.
void take_ancestors(Parties& parties, const TokenFacts& facts) {
    for (const auto& id : facts.xp) append_once(parties.xp, id);
    append_once(parties.xp, sessions::short_id(facts.jti));
}

void take_subject_token(Parties& parties, Evidence& evidence) {
    auto facts = std::move(*evidence.subject_token).release();
    parties.act = facts.act;
    parties.xid = facts.xid.empty() ? sessions::short_id(facts.jti) : facts.xid;
    parties.xp = facts.xp;
    // A family is an ancestor of its own tokens already.
    append_once(parties.xp, sessions::short_id(facts.jti));
    parties.subject_token = std::move(facts);
    parties.subject_family = std::move(evidence.subject_family);
}

// Who presents his own token becomes the actor, and nothing of his log-in is the other's.
void switch_subject(Parties& parties, std::shared_ptr<const Identity> requested) {
    parties.mode = Mode::kSwitchSubject;
    parties.actor = std::exchange(parties.subject, std::move(requested));
    if (!parties.subject_token) return;
    append_once(parties.xp, sessions::session_mark(parties.subject_token->session.text()));
    parties.session.reset();
    parties.subject_token->auth_time = 0;
    parties.subject_token->acr.clear();
}

void take_actor(Parties& parties, Evidence& evidence) {
    parties.mode = Mode::kDelegation;
    parties.actor = std::move(evidence.actor);
    parties.actor_token = std::move(*evidence.actor_token).release();
    take_ancestors(parties, *parties.actor_token);
    append_once(parties.xp, sessions::session_mark(parties.actor_token->session.text()));
}

void take_handed(Parties& parties, Evidence& evidence) {
    const auto& family = evidence.handed->family;
    parties.act = family.act;
    parties.xid = family.xid;
    parties.xp = family.xp;
    append_once(parties.xp, sessions::hand_off_mark(evidence.hand_off_hash));
    parties.actor = std::move(evidence.actor);
    parties.hand_off_hash = std::move(evidence.hand_off_hash);
    parties.handed = std::move(evidence.handed);
}

}  // namespace

Result<Parties> relate(Evidence evidence, const Caller& caller, const Realm& realm) {
    Parties parties;
    parties.subject = std::move(evidence.subject);
    parties.session = std::move(evidence.session);
    parties.session_is_new = evidence.session_is_new;
    parties.refresh_hash = std::move(evidence.refresh_hash);
    parties.naked = evidence.naked;
    parties.proves_device = evidence.proves_device;
    parties.requested_error = std::move(evidence.requested_error);
    if (evidence.subject_token)
        take_subject_token(parties, evidence);
    else if (!evidence.naked && !evidence.handed)
        parties.client_address = caller.address;
    if (evidence.requested)
        switch_subject(parties, std::move(evidence.requested));
    else if (evidence.actor_token)
        take_actor(parties, evidence);
    if (evidence.family) {
        parties.act = evidence.family->act;
        parties.xid = evidence.family->xid;
        parties.xp = evidence.family->xp;
        parties.actor = std::move(evidence.actor);
        parties.family = std::move(evidence.family);
    }
    if (evidence.handed) take_handed(parties, evidence);
    CAMBIST_CHECK(check_actor_chain(parties.act, realm.max_chain_depth));
    // What was issued already can be refreshed and redeemed: only an exchange makes the tree grow.
    const bool grows = parties.subject_token.has_value() || parties.actor_token.has_value();
    if (grows && parties.xp.size() > kMaxAncestors)
        return fail(ErrorCode::kChainTooDeep, "it comes of more than " +
                                                  std::to_string(kMaxAncestors) +
                                                  " tokens, rules and refresh families");
    return parties;
}

Status check_requested(const Decision& decision, const Parties& parties) {
    if (!parties.requested_error) return {};
    const bool is_told_of_anybody =
        decision.refusal && error_row(decision.refusal->code).neutral != ErrorCode::kNoRule;
    if (is_told_of_anybody) return {};
    return std::unexpected(*parties.requested_error);
}

}  // namespace cambist::exchange
