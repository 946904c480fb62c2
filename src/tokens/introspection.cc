// SPDX-License-Identifier: Apache-2.0
#include "tokens/introspection.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "claims/claims.h"
#include "json/parse.h"
#include "json/value.h"
#include "tokens/answer_jwt.h"
#include "tokens/jti.h"

namespace cambist::tokens {
namespace {

// The client scopes that were in force when the token was made: the holder's default ones and what
// its scope names; those that are gone from the realm meanwhile write nothing.
std::vector<std::string> client_scopes_of(const Client& holder, const TokenFacts& facts) {
    auto scopes = holder.default_scopes;
    for (const auto& scope : facts.scopes) {
        const bool is_new = std::ranges::find(scopes, scope) == scopes.end();
        const bool is_optional =
            std::ranges::find(holder.optional_scopes, scope) != holder.optional_scopes.end();
        if (is_new && is_optional) scopes.push_back(scope);
    }
    return scopes;
}

void add_mapped(const realms::Snapshot& realm, const VerifiedToken& token,
                claims::Destination destination, json::Value& document) {
    const auto& facts = token.facts();
    const auto* holder = realm.realm->find_client(facts.holder.text());
    if (holder == nullptr) return;
    const auto scopes = client_scopes_of(*holder, facts);
    claims::ClaimRequest request;
    request.holder = holder;
    request.subject = token.subject().get();
    request.client_scopes = &scopes;
    request.audience = &facts.audience;
    // What an exchange left out for other audiences must not come back here.
    request.audience_restricted = is_exchanged(facts.jti);
    request.destination = destination;
    request.lightweight = facts.is_lightweight;
    request.auth_time = facts.auth_time;
    request.acr = facts.acr;
    realm.claims->write(request, document);
}

}  // namespace

Result<std::string> render_introspection(const realms::Snapshot& realm, const VerifiedToken& token,
                                         JwtMember jwt) {
    const auto& facts = token.facts();
    CAMBIST_TRY(auto document, json::parse(facts.claims, {}, json::Positions::kNone));
    // A token that was narrowed by a rule is not filled up again behind the rule's back.
    if (facts.type != TokenType::kIdToken && token_of_jti(facts.jti) != JtiToken::kMinimal) {
        add_mapped(realm, token, claims::Destination::kIntrospection, document);
    }
    if (jwt == JwtMember::kAdd && facts.type != TokenType::kIdToken) {
        CAMBIST_TRY(auto signed_again, sign_access_claims(realm, facts.holder, document));
        document.set("jwt", std::move(signed_again));
    }
    document.set("client_id", facts.holder.text());
    document.set("username", token.subject()->user->username);
    if (facts.type != TokenType::kIdToken) document.set("token_type", "Bearer");
    document.set("active", true);
    return document.to_text();
}

std::string render_refresh_introspection(const realms::Snapshot& realm, const RefreshFamily& family,
                                         const Identity& subject, const Session* session) {
    json::Value document = json::Value::object();
    if (family.expires != 0) document.set("exp", family.expires);
    document.set("iat", family.created);
    document.set("iss", realm.issuer);
    document.set("aud", realm.issuer);
    document.set("sub", family.user.text());
    document.set("typ", session != nullptr && session->offline ? "Offline" : "Refresh");
    document.set("azp", family.client.text());
    if (!family.session.empty()) document.set("sid", family.session.text());
    document.set("scope", join(family.scopes, " "));
    document.set("client_id", family.client.text());
    document.set("username", subject.user->username);
    document.set("active", true);
    return document.to_text();
}

Result<json::Value> make_userinfo(const realms::Snapshot& realm, const VerifiedToken& token) {
    json::Value document = json::Value::object();
    document.set("sub", token.facts().subject.text());
    if (!token.facts().act.empty()) {
        CAMBIST_TRY(auto act, json::parse(token.facts().act, {}, json::Positions::kNone));
        document.set("act", std::move(act));
    }
    // OpenID Connect Core section 5.3.2 wants sub; what a rule withheld from the token stays so.
    if (token_of_jti(token.facts().jti) != JtiToken::kMinimal) {
        add_mapped(realm, token, claims::Destination::kUserinfo, document);
    }
    return document;
}

bool may_introspect(const Client& caller, const TokenFacts& facts) {
    if (caller.introspect_any_audience || caller.client_id == facts.holder) return true;
    const auto& audience = facts.audience;
    const auto names = [&audience](const std::string& name) {
        return !name.empty() && std::ranges::find(audience, name) != audience.end();
    };
    return names(caller.client_id.text()) || names(caller.resource_url);
}

}  // namespace cambist::tokens
