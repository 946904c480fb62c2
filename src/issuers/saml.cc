// SPDX-License-Identifier: Apache-2.0
#include "issuers/saml.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "jose/algorithms.h"
#include "saml/presented.h"

namespace cambist::issuers {
namespace {

constexpr std::size_t kMostShelves = 4096;
constexpr Seconds kUsualAge{3600};  // where the issuer's entry does not say
constexpr Seconds kUsualLife{86400};

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

Result<const TrustedIssuer*> find_saml_issuer(const realms::Snapshot& realm,
                                              const std::string& claimed,
                                              const PresentedToken& presented, TimePoint now) {
    CAMBIST_TRY(
        const auto* issuer,
        find_issuer(*realm.realm, json::Value::object().set("iss", claimed), presented, now));
    if (issuer->kind == IssuerKind::kSaml2) return issuer;
    return fail(ErrorCode::kIssuerNotForUse, "issuer " + quoted(issuer->alias) + " is of kind " +
                                                 std::string(name_of(issuer->kind)) +
                                                 ", and this is an assertion of SAML 2.0");
}

// An encrypted assertion tells its issuer only to who can open it: all keys of the realm are tried.
Result<saml::DecryptionKeys> decryption_keys(const Realm& realm) {
    saml::DecryptionKeys keys;
    for (const auto& issuer : realm.issuers) {
        const auto& pem = issuer->saml.decryption_key;
        if (pem == nullptr || !issuer->enabled) continue;
        CAMBIST_TRY(auto key, crypto::PrivateKey::from_pem(pem->expose()));
        keys.keys.push_back(std::move(key));
        keys.allows_cbc = keys.allows_cbc || issuer->saml.allows_cbc;
    }
    return keys;
}

struct Opened {
    saml::Presented assertion;
    const TrustedIssuer* issuer;
};

// One issuer's AES-CBC is not the others': what is opened so is nobody's word yet, so it tells no
// more than that it could not be opened.
Result<Opened> open_assertion(const realms::Snapshot& realm, const PresentedToken& presented,
                              TimePoint now) {
    CAMBIST_TRY(auto opening, decryption_keys(*realm.realm));
    CAMBIST_TRY(auto assertion, saml::Presented::decode(presented.text, opening));
    CAMBIST_TRY(const auto* issuer,
                find_saml_issuer(realm, assertion.claimed_issuer(), presented, now));
    if (!opening.allows_cbc || issuer->saml.allows_cbc) return Opened{std::move(assertion), issuer};
    opening.allows_cbc = false;
    auto again = saml::Presented::decode(presented.text, opening);
    if (!again) return fail(ErrorCode::kSamlNotDecrypted);
    return Opened{*std::move(again), issuer};
}

std::vector<crypto::SignatureAlgorithm> algorithms_of(const TrustedIssuer& issuer) {
    std::vector<crypto::SignatureAlgorithm> algorithms;
    for (const auto& name : issuer.algorithms)
        if (const auto* row = jose::find_algorithm(name)) algorithms.push_back(row->signature);
    return algorithms;
}

saml::SignedPart signed_part(SamlSigned part) {
    switch (part) {
        case SamlSigned::kAssertion:
            return saml::SignedPart::kAssertion;
        case SamlSigned::kResponse:
            return saml::SignedPart::kResponse;
        case SamlSigned::kBoth:
            return saml::SignedPart::kBoth;
    }
    std::abort();
}

saml::Demands demands_of(const realms::Snapshot& realm, const TrustedIssuer& issuer,
                         const std::string& entity_id, const PresentedToken& presented) {
    saml::Demands demands;
    demands.issuer = entity_id;
    demands.signers.algorithms = algorithms_of(issuer);
    demands.audiences = wanted_audiences(realm, issuer, presented);
    demands.recipients = issuer.saml.recipients;
    if (demands.recipients.empty())
        demands.recipients = {realm.issuer + "/protocol/openid-connect/token"};
    demands.name_id_format = issuer.saml.name_id_format;
    demands.accepts_responses = issuer.saml.accepts_responses;
    demands.signed_part = signed_part(issuer.saml.signed_part);
    demands.needs_authn_statement = issuer.saml.needs_login;
    demands.skew = issuer.clock_skew;
    demands.most_age = issuer.max_age.value_or(kUsualAge);
    demands.most_life = issuer.max_lifetime.value_or(kUsualLife);
    return demands;
}

json::Value list_of(const std::vector<std::string>& texts) {
    json::Array list;
    for (const auto& text : texts) list.emplace_back(text);
    return json::Value(std::move(list));
}

json::Value claims_of(const saml::AssertionFacts& facts) {
    auto claims = json::Value::object();
    claims.set("iss", facts.issuer).set("sub", facts.name_id.value);
    claims.set("aud", list_of(facts.audiences));
    claims.set("exp", to_unix(facts.expires_at)).set("iat", to_unix(facts.issued_at));
    if (facts.not_before) claims.set("nbf", to_unix(*facts.not_before));
    claims.set("jti", facts.id).set("name_id_format", facts.name_id.format);
    if (const auto& login = facts.authentication) {
        claims.set("auth_time", to_unix(login->instant));
        if (!login->context_class.empty()) claims.set("acr", login->context_class);
        if (!login->session_index.empty()) claims.set("session_index", login->session_index);
    }
    auto attributes = json::Value::object();
    auto friendly = json::Value::object();
    for (const auto& attribute : facts.attributes) {
        attributes.set(attribute.name, list_of(attribute.values));
        // A name for people, which several may share: of those none counts.
        if (attribute.friendly_name.empty()) continue;
        const bool is_shared = friendly.find(attribute.friendly_name) != nullptr;
        friendly.set(attribute.friendly_name,
                     is_shared ? json::Value::array() : list_of(attribute.values));
    }
    claims.set("attributes", std::move(attributes));
    claims.set("friendly", std::move(friendly));
    return claims;
}

Result<saml::AssertionFacts> verify(const saml::Presented& assertion, saml::Demands demands,
                                    const SamlKeys& keys, const TrustedIssuer& issuer,
                                    TimePoint now) {
    CAMBIST_TRY(demands.signers.keys, keys.keys_of(issuer, demands.issuer, now));
    auto verified = assertion.verify(demands, now);
    if (verified || verified.error().code != ErrorCode::kSamlSignature ||
        !keys.renew(issuer, demands.issuer))
        return verified;
    // The identity provider has changed its keys since they were fetched.
    CAMBIST_TRY(demands.signers.keys, keys.keys_of(issuer, demands.issuer, now));
    return assertion.verify(demands, now);
}

// RFC 7522 section 3 and SAML Core section 2.5.1.5: an assertion is not used twice.
void set_single_use(const saml::AssertionFacts& facts, CheckedForeign& token) {
    const bool serves_once = facts.one_time_use || token.issuer->single_use.value_or(true);
    if (!serves_once || !token.foreign.one_time.empty()) return;
    token.foreign.one_time = crypto::sha256_base64url(facts.id);
    token.foreign.one_time_until = to_unix(facts.expires_at + token.issuer->clock_skew) + 1;
}

}  // namespace

Result<std::shared_ptr<const std::string>> SamlKeys::document_of(
    const TrustedIssuer& issuer) const {
    if (!issuer.saml.metadata.empty())
        return std::make_shared<const std::string>(issuer.saml.metadata);
    if (documents_ == nullptr || issuer.endpoints.saml_metadata.empty())
        return fail(ErrorCode::kIssuerKeysUnavailable,
                    "issuer " + quoted(issuer.alias) + " has no keys and no metadata");
    auto document = documents_->current(issuer.endpoints.saml_metadata);
    if (document) return document;
    return fail(ErrorCode::kIssuerKeysUnavailable,
                "the metadata of issuer " + quoted(issuer.alias) + " can not be had now" +
                    trust::why_busy(document.error()),
                document.error().describe());
}

// What stands in the realm is its own key: a changed text is another one.
std::shared_ptr<SamlKeys::Shelf> SamlKeys::shelf_of(const TrustedIssuer& issuer,
                                                    const std::string& entity_id) const {
    const auto& place = issuer.saml.metadata.empty() ? issuer.endpoints.saml_metadata
                                                     : crypto::sha256(issuer.saml.metadata);
    return shelves_.with([&](auto& shelves) {
        if (shelves.size() >= kMostShelves) shelves.clear();
        auto& shelf = shelves[entity_id + '\n' + place];
        if (shelf == nullptr) shelf = std::make_shared<Shelf>(entity_id);
        return shelf;
    });
}

Result<std::vector<crypto::PublicKey>> SamlKeys::keys_of(const TrustedIssuer& issuer,
                                                         const std::string& entity_id,
                                                         TimePoint now) const {
    if (!issuer.keys.jwks.empty()) return keys_.inline_keys(issuer);
    const auto shelf = shelf_of(issuer, entity_id);
    const bool is_inline = !issuer.saml.metadata.empty();
    const auto known = shelf->document.with([](const auto& one) { return one; });
    if (known == nullptr || !is_inline) {
        CAMBIST_TRY(const auto document, document_of(issuer));
        if (document != known) {
            const auto replaced = shelf->keys.replace(*document, now);
            // What was read before serves on; if nothing was, this is why.
            if (!replaced && known == nullptr) return std::unexpected(replaced.error());
            shelf->document.with([&](auto& one) { one = document; });
        }
    }
    CAMBIST_TRY(const auto metadata, shelf->keys.current(now));
    return metadata->signing_keys;
}

bool SamlKeys::renew(const TrustedIssuer& issuer, const std::string& entity_id) const {
    if (documents_ == nullptr || !issuer.keys.jwks.empty() || !issuer.saml.metadata.empty())
        return false;
    const auto known =
        shelf_of(issuer, entity_id)->document.with([](const auto& one) { return one; });
    return documents_->newer(issuer.endpoints.saml_metadata, known) != known;
}

Result<CheckedForeign> check_saml(const realms::Snapshot& realm, const SamlKeys& keys,
                                  const PresentedToken& presented, TimePoint now) {
    CAMBIST_TRY(const auto opened, open_assertion(realm, presented, now));
    const auto& [assertion, issuer] = opened;
    const auto& claimed = assertion.claimed_issuer();
    CheckedForeign token;
    token.issuer = issuer;
    CAMBIST_TRY(const auto facts,
                verify(assertion, demands_of(realm, *token.issuer, claimed, presented), keys,
                       *token.issuer, now));
    token.claims = claims_of(facts);
    token.foreign.alias = token.issuer->alias;
    token.foreign.subject = facts.name_id.value;
    token.facts.type = presented.declared;
    token.facts.issuer = facts.issuer;
    token.facts.claims = token.claims.to_text();
    token.facts.audience = facts.audiences;
    token.facts.hash = crypto::sha256_base64url(presented.text);
    token.facts.jti = facts.issuer + "#" + facts.id;
    CAMBIST_CHECK(check_times(presented, now, token));
    set_single_use(facts, token);
    CAMBIST_CHECK(check_demands(presented, token));
    CAMBIST_CHECK(read_rights(presented, token));
    return token;
}

}  // namespace cambist::issuers
