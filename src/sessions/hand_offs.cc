// SPDX-License-Identifier: Apache-2.0
#include "sessions/hand_offs.h"

#include <utility>

#include "crypto/digest.h"
#include "json/parse.h"
#include "json/writer.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"
#include "store/codec.h"
#include "store/fields.h"

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

std::string render_handed_over(const HandedOver& handed) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    store::write_field(out, "family", store::render_family(handed.family));
    store::write_field(out, "challenge", handed.terms.challenge);
    store::write_field(out, "origin", handed.terms.origin);
    store::write_field(out, "redirectUri", handed.terms.redirect_uri);
    store::write_field(out, "acr", handed.terms.acr);
    store::write_list(out, "amr", handed.terms.amr);
    out.end_object();
    return text;
}

Result<HandedOver> parse_handed_over(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, {}, json::Positions::kNone));
    store::FieldReader reader(json);
    HandedOver handed;
    CAMBIST_TRY(handed.family, store::parse_family(reader.text("family")));
    handed.terms.challenge = reader.text("challenge");
    handed.terms.origin = reader.text("origin");
    handed.terms.redirect_uri = reader.text("redirectUri");
    handed.terms.acr = reader.text("acr");
    handed.terms.amr = reader.list("amr");
    if (reader.is_broken() || handed.terms.challenge.empty())
        return fail(ErrorCode::kParse, "this is no hand-off");
    return handed;
}

Result<HandOffs::Found> HandOffs::find(const Realm& realm, std::string_view code,
                                       TimePoint now) const {
    if (!looks_like_hand_off_code(code))
        return fail(ErrorCode::kHandOffInvalid,
                    "hand-off codes of this server begin with 'hc_', this text does not");
    auto hash = crypto::sha256_base64url(code);
    CAMBIST_TRY(const auto stored, store_.hand_offs().find(realm.name.text(), hash));
    if (!stored) return fail(ErrorCode::kHandOffInvalid, "it is unknown here, or long over");
    if (stored->is_taken) {
        CAMBIST_CHECK(revoke(realm, hash, now));
        return fail(ErrorCode::kHandOffTaken,
                    "it comes a second time, so one of the two had no right to it: all that it "
                    "gave is revoked");
    }
    if (stored->expires <= to_unix(now))
        return fail(ErrorCode::kHandOffExpired,
                    "it ended at " + to_iso8601(from_unix(stored->expires)));
    CAMBIST_TRY(auto handed, parse_handed_over(stored->payload));
    return Found{std::move(handed), std::move(hash)};
}

Status HandOffs::revoke(const Realm& realm, std::string_view hash, TimePoint now) const {
    return revocations_.add(realm.name.text(), {.kind = RevocationKind::kToken,
                                                .id = hand_off_mark(hash),
                                                .before = 0,
                                                .until = revocation_end(realm, to_unix(now))});
}

}  // namespace cambist::sessions
