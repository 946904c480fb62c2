// SPDX-License-Identifier: Apache-2.0
#include "clients/assertion.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "jose/claims.h"

namespace cambist::clients {
namespace {

constexpr Seconds kSkew{15};          // the client's clock is not ours
constexpr Seconds kMaxLifetime{600};  // bounds how long a used jti must be kept
// What the header may call it (RFC 8725 section 3.11): anything else is another kind of token that
// the client's key has signed too.
constexpr std::string_view kTypes[] = {"JWT", "client-authentication+jwt"};

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

std::string quoted(const std::vector<std::string>& texts) {
    constexpr std::size_t kMost = 3;
    std::string all;
    for (std::size_t i = 0; i < std::min(texts.size(), kMost); ++i)
        all += (i == 0 ? "" : ", ") + quoted(texts[i]);
    return texts.size() > kMost ? all + " and " + std::to_string(texts.size() - kMost) + " more"
                                : all;
}

// Most often one of two clocks is wrong: both are shown.
std::unexpected<Error> refuse_time(std::string what, TimePoint said, TimePoint now) {
    return refuse_assertion(std::move(what) + ": it says " + to_iso8601(said) +
                            ", and here it is " + to_iso8601(now));
}

// The issuer alone, as one value: another address in `aud` is how an attacker's server gets an
// assertion that is good here (audience injection). Older clients write the token endpoint; a
// switch of the client admits it.
Status check_audience(const json::Value& claims, const Client& client,
                      const realms::Snapshot& realm) {
    CAMBIST_TRY(const auto audience, jose::strings_claim(claims, "aud"));
    const auto legacy = client.attributes.find("cambist.assertion.audience");
    const bool endpoint_too =
        legacy != client.attributes.end() && legacy->second == "token-endpoint";
    if (audience.size() == 1 &&
        (audience.front() == realm.issuer ||
         (endpoint_too && audience.front() == realm.issuer + "/protocol/openid-connect/token")))
        return {};
    return refuse_assertion("aud must be exactly the issuer, '" + realm.issuer + "', and is " +
                            quoted(audience));
}

// Last of all checks, so that a bad assertion can not burn a good one's jti.
Status take_once(const std::string& jti, const Client& client, const realms::Snapshot& realm,
                 store::Store& store, TimePoint expires) {
    const store::TakeOnce once{"client-assertion", client.client_id.text(),
                               crypto::sha256_base64url(jti), to_unix(expires + kSkew) + 1};
    auto taken = store.commit({realm.realm->name.text(), {once}});
    if (!taken && taken.error().code == ErrorCode::kConflict)
        return fail(ErrorCode::kClientAssertionReplayed,
                    "the jti " + quoted(jti) + " was used before");
    return taken;
}

Status check_claims(const json::Value& claims, const Client& client, const realms::Snapshot& realm,
                    store::Store& store, TimePoint now) {
    CAMBIST_TRY(const auto issuer, jose::required_string(claims, "iss"));
    CAMBIST_TRY(const auto subject, jose::required_string(claims, "sub"));
    if (issuer != client.client_id.text() || subject != issuer)
        return refuse_assertion("iss and sub must both be the client_id; they are " +
                                quoted(issuer) + " and " + quoted(subject));
    CAMBIST_CHECK(check_audience(claims, client, realm));
    CAMBIST_TRY(const auto expires, jose::required_date(claims, "exp"));
    if (expires + kSkew <= now) return refuse_time("it has expired (exp)", expires, now);
    if (expires > now + kMaxLifetime + kSkew)
        return refuse_time("exp is more than 10 minutes ahead", expires, now);
    CAMBIST_TRY(const auto not_before, jose::date_claim(claims, "nbf"));
    if (not_before && *not_before > now + kSkew)
        return refuse_time("it is not valid yet (nbf)", *not_before, now);
    CAMBIST_TRY(const auto issued, jose::date_claim(claims, "iat"));
    if (issued && *issued > now + kSkew) return refuse_time("iat lies ahead", *issued, now);
    CAMBIST_TRY(const auto jti, jose::required_string(claims, "jti"));
    return take_once(jti, client, realm, store, expires);
}

}  // namespace

std::unexpected<Error> refuse_assertion(std::string hint, std::string detail) {
    return fail(ErrorCode::kClientAssertionInvalid, std::move(hint), std::move(detail));
}

Status check_assertion(const jose::VerifiedJws& assertion, const Client& client,
                       const realms::Snapshot& realm, store::Store& store, TimePoint now) {
    const auto is_ours = [&](std::string_view typ) { return jose::typ_is(assertion.header, typ); };
    if (!assertion.header.typ.empty() && std::ranges::none_of(kTypes, is_ours))
        return refuse_assertion("typ says that this JWT is something else");
    const auto claims = jose::parse_claims(assertion.payload);
    if (!claims) return refuse_assertion("the claims can not be read", claims.error().describe());
    auto checked = check_claims(*claims, client, realm, store, now);
    // A claim of the wrong form is a bad assertion, not a bad request.
    if (!checked && checked.error().code == ErrorCode::kTokenClaims)
        return refuse_assertion(checked.error().hint);
    return checked;
}

}  // namespace cambist::clients
