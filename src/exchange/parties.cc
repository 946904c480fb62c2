// SPDX-License-Identifier: Apache-2.0
#include "exchange/parties.h"

#include <algorithm>

#include "json/parse.h"
#include "sessions/short_id.h"

namespace cambist::exchange {
namespace {

// A tree deeper than this is a loop, not a design; the bound also keeps tokens small.
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

}  // namespace

Result<Parties> relate(Evidence evidence, const Caller& caller, const Realm& realm) {
    Parties parties;
    parties.subject = std::move(evidence.subject);
    parties.session = std::move(evidence.session);
    parties.session_is_new = evidence.session_is_new;
    parties.refresh_hash = std::move(evidence.refresh_hash);
    if (evidence.subject_token) {
        auto facts = std::move(*evidence.subject_token).release();
        parties.act = facts.act;
        parties.xid = facts.xid.empty() ? sessions::short_id(facts.jti) : facts.xid;
        parties.xp = facts.xp;
        // A family is an ancestor of its own tokens already.
        if (auto id = sessions::short_id(facts.jti);
            std::ranges::find(parties.xp, id) == parties.xp.end())
            parties.xp.push_back(std::move(id));
        parties.subject_token = std::move(facts);
        parties.subject_family = std::move(evidence.subject_family);
    } else {
        parties.client_address = caller.address;
    }
    if (evidence.family) {
        parties.act = evidence.family->act;
        parties.xid = evidence.family->xid;
        parties.xp = evidence.family->xp;
        parties.family = std::move(evidence.family);
    }
    CAMBIST_CHECK(check_actor_chain(parties.act, realm.max_chain_depth));
    if (parties.xp.size() > kMaxAncestors)
        return fail(ErrorCode::kChainTooDeep,
                    "more than " + std::to_string(kMaxAncestors) + " exchanges in a row");
    return parties;
}

}  // namespace cambist::exchange
