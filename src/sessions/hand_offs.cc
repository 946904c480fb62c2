// SPDX-License-Identifier: Apache-2.0
#include "sessions/hand_offs.h"

#include <utility>

#include "crypto/digest.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"
#include "store/codec.h"

namespace cambist::sessions {
namespace {

constexpr std::string_view kPrefix = "hc_";
constexpr std::size_t kRandomBytes = 32;

}  // namespace

std::string make_hand_off_code(const Random& random) {
    return std::string(kPrefix) + make_token(random, kRandomBytes);
}

bool looks_like_hand_off_code(std::string_view text) { return text.starts_with(kPrefix); }

std::string hand_off_mark(std::string_view hash) { return short_id("h:" + std::string(hash)); }

std::string receipt_of(const HandedOver& handed) {
    HandedOver kept;
    kept.family.id = handed.family.id;
    kept.family.user = handed.family.user;
    kept.family.client = handed.family.client;
    kept.terms.challenge = handed.terms.challenge;
    kept.terms.origin = handed.terms.origin;
    kept.terms.redirect_uri = handed.terms.redirect_uri;
    return store::render_handed_over(kept);
}

Result<HandOffs::Found> HandOffs::find(const Realm& realm, std::string_view code,
                                       TimePoint now) const {
    if (!looks_like_hand_off_code(code))
        return fail(ErrorCode::kHandOffInvalid,
                    "hand-off codes of this server begin with 'hc_', this text does not");
    auto hash = crypto::sha256_base64url(code);
    CAMBIST_TRY(const auto stored, store_.hand_offs().find(realm.name.text(), hash));
    if (!stored) return fail(ErrorCode::kHandOffInvalid, "it is unknown here, or long over");
    if (!stored->is_taken && stored->expires <= to_unix(now))
        return fail(ErrorCode::kHandOffExpired,
                    "it ended at " + to_iso8601(from_unix(stored->expires)));
    // One that an older version took left nothing to tell its client by.
    if (stored->is_taken && stored->payload.empty())
        return fail(ErrorCode::kHandOffTaken, "it comes a second time");
    CAMBIST_TRY(auto handed, store::parse_handed_over(stored->payload));
    return Found{std::move(handed), std::move(hash), stored->is_taken};
}

Status HandOffs::revoke(const Realm& realm, std::string_view hash, TimePoint now) const {
    return revocations_.add(realm.name.text(), {.kind = RevocationKind::kToken,
                                                .id = hand_off_mark(hash),
                                                .before = 0,
                                                .until = revocation_end(realm, to_unix(now))});
}

}  // namespace cambist::sessions
