// SPDX-License-Identifier: Apache-2.0
#include "tokens/minter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/base64url.h"
#include "base/text.h"
#include "claims/claims.h"
#include "crypto/digest.h"
#include "identity/origin.h"
#include "jose/algorithms.h"
#include "jose/jws.h"
#include "json/writer.h"
#include "keys/ring.h"
#include "sessions/families.h"
#include "sessions/hand_offs.h"
#include "store/codec.h"
#include "tokens/ancestors.h"
#include "tokens/encryption.h"
#include "tokens/hidden_actors.h"
#include "tokens/hidden_scopes.h"
#include "tokens/jti.h"
#include "tokens/login_claims.h"
#include "tokens/opaque.h"
#include "tokens/relying_party.h"
#include "tokens/sealed_details.h"

namespace cambist::tokens {
namespace {

constexpr std::size_t kTreeIdBytes = 12;
constexpr std::size_t kUsualPayload = 1536;
constexpr std::string_view kDeviceScope = "device_sso";

// Everything the claims of one issue are made from.
struct Issue {
    const realms::Snapshot& realm;
    const PlanFacts& plan;
    const Parties& parties;
    std::int64_t now = 0;
    std::string jti_prefix;
    std::string xid;
    std::vector<std::string> xp;
    std::string hidden;   // the sealed actor chain; empty: nobody is hidden
    std::string details;  // sealed: what is known of a subject from elsewhere; or empty
};

void write_texts(json::Writer& out, std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out.key(name);
    if (texts.size() == 1) {
        out.string(texts.front());
        return;
    }
    out.begin_array();
    for (const auto& text : texts) out.string(text);
    out.end_array();
}

// What every token of ours has: where it came from and whose it is.
void write_origin(const Issue& issue, json::Writer& out) {
    if (const auto* session = session_of(issue.parties)) out.member("sid", session->id.text());
    out.member("xid", issue.xid);
    write_texts(out, "xp", issue.xp);
    // In ID tokens as well: one may be a subject token, and must not lose what it came with.
    if (!issue.plan.cnf.empty()) out.member("cnf", to_json(issue.plan.cnf));
    if (!issue.plan.act.empty()) out.key("act").raw(issue.plan.act);
    if (!issue.hidden.empty()) out.member("xact", issue.hidden);
    if (!issue.parties.may_act.empty()) out.key("may_act").raw(issue.parties.may_act);
    if (issue.plan.chain_end != 0) out.member("xexp", issue.plan.chain_end);
    identity::write_origin(*issue.parties.subject, out);
    if (!issue.details.empty()) out.member("xidp", issue.details);
}

void write_mapped(const Issue& issue, claims::Destination destination, json::Writer& out) {
    const auto& parties = issue.parties;
    write_stated_methods(parties, out);
    if (issue.plan.claims == ClaimsKind::kMinimal) {
        write_authentication(parties, out);
        if (issue.plan.client_scopes.empty()) return;  // else they name an organization
    }
    const bool is_access_token = destination == claims::Destination::kAccessToken;
    claims::ClaimRequest request;
    request.lightweight = is_access_token && is_lightweight(issue.realm, issue.plan);
    request.with_authentication = is_access_token && issue.plan.claims != ClaimsKind::kMinimal &&
                                  issue.plan.holder->rfc9068_header &&
                                  session_of(parties) != nullptr;
    request.holder = issue.plan.scoped != nullptr ? issue.plan.scoped : issue.plan.holder;
    request.subject = parties.subject.get();
    request.session = session_of(parties);
    request.client_scopes = &issue.plan.client_scopes;
    request.audience = &issue.plan.audience;
    request.audience_restricted = issue.plan.audience_restricted;
    request.destination = destination;
    request.kind = issue.plan.claims;
    request.names = &issue.plan.claim_names;
    request.auth_time = auth_time_of(parties);
    request.acr = acr_of(parties);
    request.client_address = parties.client_address;
    if (issue.plan.switches_subject) {
        request.impersonator = parties.actor.get();
        request.reason = issue.plan.reason;
        request.ticket = issue.plan.ticket;
    }
    issue.realm.claims->write(request, out);
}

// Who the subject is to this client: his id, unless the client knows him by another one.
void write_subject(const Issue& issue, const Client& to, json::Writer& out) {
    const auto& id = issue.parties.subject->user->id;
    const auto pairwise = issue.parties.subject->is_service_account()
                              ? std::nullopt
                              : issue.realm.claims->pairwise_subject(to, id);
    out.member("sub", pairwise ? std::string_view(*pairwise) : std::string_view(id.text()));
}

// RFC 9068 section 2.2 demands an audience; what is for nobody else is for our userinfo end point.
void write_audience(const Issue& issue, json::Writer& out) {
    const auto& plan = issue.plan;
    if (plan.audience.empty() && plan.holder->rfc9068_header)
        out.member("aud", issue.realm.issuer);
    else
        write_texts(out, "aud", plan.audience);
}

std::string access_payload(const Issue& issue, const std::string& jti) {
    const auto& plan = issue.plan;
    std::string payload;
    payload.reserve(kUsualPayload);
    json::Writer out(payload);
    out.begin_object();
    out.member("exp", plan.expires_at).member("iat", issue.now).member("jti", jti);
    out.member("iss", issue.realm.issuer);
    write_audience(issue, out);
    write_subject(issue, *plan.holder, out);
    out.member("typ", "Bearer");
    out.member("azp", plan.holder->client_id.text());
    out.member("client_id", plan.holder->client_id.text());  // RFC 8693 section 4.3
    if (!plan.scopes.empty()) out.member("scope", join(plan.scopes, " "));
    if (const auto hidden = hidden_scopes(plan); !hidden.empty())
        out.member(kHiddenScopesClaim, join(hidden, " "));
    write_origin(issue, out);
    write_mapped(issue, claims::Destination::kAccessToken, out);
    out.end_object();
    return payload;
}

// OpenID Connect Native SSO: ties the ID token to the secret of the device. A refresh gives it
// anew, so that the apps of the device share a fresh one.
void write_device_hash(const Issue& issue, json::Writer& out) {
    const auto* session = session_of(issue.parties);
    const bool is_asked =
        std::ranges::find(issue.plan.scopes, kDeviceScope) != issue.plan.scopes.end();
    if (session != nullptr && is_asked && !session->device_hash.empty())
        out.member("ds_hash", session->device_hash);
}

std::string id_payload(const Issue& issue, const std::string& jti, const std::string& at_hash,
                       const std::vector<std::string>& audience, const Client& party) {
    const auto& plan = issue.plan;
    const auto end = plan.id_token_expires_at != 0 ? plan.id_token_expires_at : plan.expires_at;
    std::string payload;
    payload.reserve(kUsualPayload);
    json::Writer out(payload);
    out.begin_object();
    out.member("exp", end).member("iat", issue.now).member("jti", jti);
    out.member("iss", issue.realm.issuer);
    write_texts(out, "aud", audience);
    write_subject(issue, party, out);
    out.member("typ", "ID");
    out.member("azp", plan.holder->client_id.text());
    if (!at_hash.empty()) out.member("at_hash", at_hash);
    write_device_hash(issue, out);
    write_origin(issue, out);
    write_mapped(issue, claims::Destination::kIdToken, out);
    out.end_object();
    return payload;
}

// What we would not take again is not given: it would be no token at introspection, userinfo and
// the next exchange, and most servers take no such header.
Result<std::string> sign(const keys::SigningKey& key, std::string_view typ,
                         std::string_view payload) {
    CAMBIST_TRY(auto text,
                jose::sign_compact(key.key, {key.signature, key.kid.text(), typ}, payload));
    if (text.size() <= jose::kMaxCompactBytes) return text;
    return fail(ErrorCode::kTokenTooLong,
                "the token would have " + std::to_string(text.size()) + " bytes, at most " +
                    std::to_string(jose::kMaxCompactBytes) +
                    " are taken: leave out roles, groups or attributes (scope mappings instead of "
                    "fullScopeAllowed, optional client scopes), or give the client lightweight or "
                    "opaque tokens");
}

// OpenID Connect Core section 3.1.3.6: the left half of the hash of the ID token's algorithm.
std::string at_hash_of(const keys::SigningKey& key, std::string_view access_token) {
    const auto digest = crypto::digest(jose::algorithm_row(key.signature).hash, access_token);
    return base64url_encode(std::string_view(digest).substr(0, digest.size() / 2));
}

std::string make_jti(const Issue& issue, const Random& random) {
    return issue.jti_prefix + ":" + make_uuid(random);
}

// What it takes to make tokens, beside what they say.
struct Tools {
    const Random& random;
    const trust::ClientKeys& client_keys;
};

// It is made by the registration of who is to read it.
Status mint_id_token(const Issue& issue, const Tools& tools, MintedToken& minted) {
    auto audience = id_audience(issue.plan, *issue.realm.claims);
    CAMBIST_TRY(const auto* party, relying_party(issue.realm, issue.plan, issue.parties, audience));
    const auto& algorithm = id_token_algorithm(*issue.realm.realm, *party);
    CAMBIST_TRY(const auto* key, find_signing_key(issue.realm, algorithm));
    const bool is_alone = issue.plan.token_type == TokenType::kIdToken;
    const auto at_hash = is_alone ? std::string() : at_hash_of(*key, minted.text);
    const auto jti = make_jti(issue, tools.random);
    CAMBIST_TRY(auto text, sign(*key, "JWT", id_payload(issue, jti, at_hash, audience, *party)));
    if (party->id_token_encryption.is_on()) {
        CAMBIST_TRY(text, encrypt_for(tools.client_keys, *party, party->id_token_encryption, text,
                                      tools.random));
    }
    if (!is_alone) {
        minted.id_token = std::move(text);
        return {};
    }
    // RFC 8693 section 2.2.1: it travels in access_token, and is none.
    minted.text = std::move(text);
    minted.token_type = "N_A";
    minted.jti = jti;
    minted.audience = std::move(audience);
    if (issue.plan.id_token_expires_at != 0) minted.expires_at = issue.plan.id_token_expires_at;
    return {};
}

Status mint_access_token(const Issue& issue, const Random& random, MintedToken& minted) {
    const auto& holder = *issue.plan.holder;
    const bool is_asked_for_jwt = issue.plan.token_type == TokenType::kJwt;
    minted.jti = make_jti(issue, random);
    if (holder.access_token_format == AccessTokenFormat::kOpaque && !is_asked_for_jwt) {
        minted.text = make_opaque_token(random);
        minted.reference = ReferenceToken{.hash = crypto::sha256_base64url(minted.text),
                                          .claims = access_payload(issue, minted.jti),
                                          .expires = issue.plan.expires_at};
        return {};
    }
    CAMBIST_TRY(const auto* key,
                find_signing_key(issue.realm, access_token_algorithm(*issue.realm.realm, holder)));
    // RFC 8693 section 3: as a `jwt` it is issued as nothing more special than that.
    const bool has_own_typ = holder.rfc9068_header && !is_asked_for_jwt;
    CAMBIST_TRY(minted.text,
                sign(*key, has_own_typ ? "at+jwt" : "JWT", access_payload(issue, minted.jti)));
    return {};
}

RefreshFamily make_family(const Issue& issue, std::string id) {
    const auto& plan = issue.plan;
    RefreshFamily family;
    family.id = std::move(id);
    if (const auto* session = session_of(issue.parties)) {
        family.session = session->id;
        family.auth_time = session->started;
    }
    if (issue.parties.subject_token) family.auth_time = issue.parties.subject_token->auth_time;
    family.user = issue.parties.subject->user->id;
    family.client = plan.holder->client_id;
    if (plan.requester != plan.holder) family.requester = plan.requester->client_id;
    // What a hand-off gives was asked for by who made it.
    if (issue.parties.handed) family.requester = issue.parties.handed->family.requester;
    family.scopes = plan.scopes;
    std::ranges::move(hidden_scopes(plan), std::back_inserter(family.scopes));
    family.audience = plan.audience;
    family.audience_restricted = plan.audience_restricted;
    family.grant_of_origin = plan.grant;
    if (!plan.rules.empty()) family.rule = plan.rules.front();
    family.xid = issue.xid;
    family.xp = issue.xp;
    family.act = plan.actors;
    family.may_act = issue.parties.may_act;
    family.cnf = plan.cnf;
    family.notes = issue.parties.subject->notes;
    family.created = issue.now;
    family.expires = plan.refresh_expires_at;
    family.not_after = plan.refresh_not_after;
    family.max_uses = plan.refresh_max_uses;
    // RFC 9700 section 4.14.2: a public client's refresh tokens always rotate.
    family.rotate = issue.realm.realm->revoke_refresh_token || plan.holder->is_public();
    family.max_reuse = family.rotate ? issue.realm.realm->refresh_token_max_reuse : 0;
    return family;
}

// The refresh token itself; which family it belongs to was settled before.
void mint_refresh_token(const Issue& issue, const Random& random, MintedToken& minted) {
    const auto kind = issue.plan.refresh;
    if (kind == IssueRefresh::kNone) return;
    minted.refresh_expires_at = issue.plan.refresh_expires_at;
    if (kind == IssueRefresh::kKeep) {
        minted.refresh_hash = issue.parties.refresh_hash;
        return;
    }
    auto token = sessions::make_refresh_token(random);
    minted.refresh_token = std::move(token.text);
    minted.refresh_hash = std::move(token.hash);
}

// The code of a hand-off. Nothing is made yet that it stands for, so that what its client gets is
// decided, bound and dated when it comes.
void mint_hand_off(const Issue& issue, const Random& random, MintedToken& minted) {
    constexpr std::int64_t kMilliseconds = 1000;
    const auto& plan = issue.plan;
    HandedOver handed{.family = make_family(issue, make_ulid(random, issue.now * kMilliseconds)),
                      .access_end = plan.redeem_end,
                      .terms = plan.hand_off};
    handed.family.expires = plan.expires_at;
    if (!plan.joins_session) {
        handed.family.session = {};
        handed.family.auth_time = 0;
    }
    minted.text = sessions::make_hand_off_code(random);
    minted.token_type = "N_A";
    minted.jti = handed.family.id;
    minted.expires_at = plan.expires_at;
    minted.scopes = plan.scopes;
    minted.audience = plan.audience;
    minted.xid = issue.xid;
    minted.hand_off = HandOff{.hash = crypto::sha256_base64url(minted.text),
                              .payload = store::render_handed_over(handed),
                              .expires = plan.expires_at,
                              .is_taken = false,
                              .xid = {}};
}

// RFC 8693 section 2.2.1: the requested token is the answer, whatever it is. Keycloak sends an
// access token beside it.
bool is_refresh_token_alone(const PlanFacts& plan) {
    return plan.grant == GrantType::kTokenExchange && plan.token_type == TokenType::kRefreshToken &&
           plan.realm->error_dialect == ErrorDialect::kStrict;
}

void send_refresh_token_alone(MintedToken& minted) {
    minted.text = std::exchange(minted.refresh_token, {});
    minted.token_type = "N_A";
    minted.jti = minted.new_family ? minted.new_family->id : std::string();
    minted.expires_at = minted.refresh_expires_at;
}

}  // namespace

Result<MintedToken> Minter::mint(const realms::Snapshot& realm, const IssuePlan& plan,
                                 const Parties& parties, const Client& requester,
                                 TimePoint now) const {
    const auto& facts = plan.facts();
    MintedToken minted;
    Issue issue{.realm = realm,
                .plan = facts,
                .parties = parties,
                .now = to_unix(now),
                .jti_prefix = jti_prefix(realm, facts, parties),
                .xid = parties.xid,
                .xp = ancestors(parties, facts),
                .hidden = {},
                .details = {}};
    CAMBIST_TRY(issue.details,
                seal_details(box_, realm.realm->name.text(), *parties.subject, random_));
    if (facts.actors != facts.act) {
        CAMBIST_TRY(issue.hidden,
                    seal_actors(box_, realm.realm->name.text(), facts.actors, random_));
    }
    if (issue.xid.empty()) issue.xid = make_token(random_, kTreeIdBytes);
    CAMBIST_CHECK(check_pairwise(realm, parties, *facts.holder));
    if (facts.refresh == IssueRefresh::kNewFamily) {
        constexpr std::int64_t kMilliseconds = 1000;
        minted.new_family = make_family(issue, make_ulid(random_, issue.now * kMilliseconds));
    }
    const auto* family = minted.new_family ? &*minted.new_family
                         : parties.family  ? &*parties.family
                                           : nullptr;
    issue.xp = with_family(std::move(issue.xp), family);
    minted.type = facts.token_type;
    if (facts.token_type == TokenType::kHandOff) {
        mint_hand_off(issue, random_, minted);
        return minted;
    }
    minted.token_type = requester.lower_case_bearer ? "bearer" : "Bearer";
    if (!facts.cnf.jkt.empty()) minted.token_type = "DPoP";  // RFC 9449 section 5
    minted.expires_at = facts.expires_at;
    minted.scopes = facts.scopes;
    minted.audience = facts.audience;
    minted.xid = issue.xid;
    if (const auto* session = session_of(parties)) minted.session = session->id;
    const bool is_id_token = facts.token_type == TokenType::kIdToken;
    const bool alone = is_refresh_token_alone(facts);
    if (!is_id_token && !alone) CAMBIST_CHECK(mint_access_token(issue, random_, minted));
    if (is_id_token || (facts.with_id_token && !alone)) {
        CAMBIST_CHECK(mint_id_token(issue, {random_, client_keys_}, minted));
    }
    mint_refresh_token(issue, random_, minted);
    minted.device_secret = parties.device_secret;
    if (alone) send_refresh_token_alone(minted);
    return minted;
}

std::string response_claims(const realms::Snapshot& realm, const IssuePlan& plan,
                            const Parties& parties) {
    const auto& facts = plan.facts();
    // The answer that has a code instead of a token says nothing of its subject.
    if (!realm.claims->has_response_claims() || facts.claims == ClaimsKind::kMinimal ||
        facts.token_type == TokenType::kHandOff)
        return {};
    const Issue issue{.realm = realm,
                      .plan = facts,
                      .parties = parties,
                      .now = 0,
                      .jti_prefix = {},
                      .xid = {},
                      .xp = {},
                      .hidden = {},
                      .details = {}};
    std::string text;
    json::Writer out(text);
    out.begin_object();
    write_mapped(issue, claims::Destination::kTokenResponse, out);
    out.end_object();
    return text.substr(1, text.size() - 2);
}

}  // namespace cambist::tokens
