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
// One that names organizations stands for the client scope in front of its colon, and for a rule
// that gave it.
std::vector<std::string> client_scopes_of(const Realm& realm, const Client& holder,
                                          const TokenFacts& facts) {
    auto scopes = holder.default_scopes;
    for (const auto& asked : facts.scopes) {
        const auto* found = realm.find_asked_scope(asked);
        const auto& scope = found == nullptr ? asked : found->name;
        const bool is_new = std::ranges::find(scopes, scope) == scopes.end();
        const bool is_optional =
            std::ranges::find(holder.optional_scopes, scope) != holder.optional_scopes.end();
        const auto of = is_new ? find_organization_scope(realm, scope) : std::nullopt;
        if (of) std::erase(scopes, of->scope->name);
        if (is_new && (is_optional || of)) scopes.push_back(scope);
    }
    return scopes;
}

void add_mapped(const realms::Snapshot& realm, const VerifiedToken& token, const Session* session,
                claims::Destination destination, json::Value& document) {
    const auto& facts = token.facts();
    const auto* holder = realm.realm->find_client(facts.holder.text());
    if (holder == nullptr) return;
    const auto scopes = client_scopes_of(*realm.realm, *holder, facts);
    claims::ClaimRequest request;
    request.holder = holder;
    request.subject = token.subject().get();
    request.session = session;
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

// What only this server reads.
void leave_out_hidden(json::Value& document) {
    if (document.find("xact") == nullptr && document.find("xidp") == nullptr) return;
    auto shown = json::Value::object();
    for (auto& member : document.as_object())
        if (member.key != "xact" && member.key != "xidp")
            shown.set(std::move(member.key), std::move(member.value));
    document = std::move(shown);
}

// A claim that the realm's mappers keep from introspection is not shown, although the token has it
// (introspection.token.claim). What the token rests on is no mapper's.
void keep_shown(json::Value& document, const json::Value& mapped) {
    auto shown = json::Value::object();
    for (auto& member : document.as_object()) {
        const bool is_of_mappers =
            !claims::RealmClaims::is_protected(member.key) || member.key == "realm_access" ||
            member.key == "resource_access" || member.key == "acr" || member.key == "session_state";
        if (!is_of_mappers || mapped.find(member.key) != nullptr)
            shown.set(std::move(member.key), std::move(member.value));
    }
    document = std::move(shown);
}

// The claims that the mappers show, in the token's words where it has them.
void add_shown(const realms::Snapshot& realm, const VerifiedToken& token, const Session* session,
               json::Value& document) {
    auto mapped = json::Value::object();
    add_mapped(realm, token, session, claims::Destination::kIntrospection, mapped);
    keep_shown(document, mapped);
    for (auto& member : mapped.as_object())
        if (document.find(member.key) == nullptr)
            document.set(std::move(member.key), std::move(member.value));
}

// By which identifier the token's client knows the user.
std::string subject_of(const realms::Snapshot& realm, const ClientId& client,
                       const Identity& subject) {
    const auto& id = subject.user->id;
    const auto* holder = realm.realm->find_client(client.text());
    if (holder == nullptr || subject.is_service_account()) return id.text();
    return realm.claims->pairwise_subject(*holder, id).value_or(id.text());
}

}  // namespace

Result<std::string> render_introspection(const realms::Snapshot& realm, const VerifiedToken& token,
                                         const Session* session, JwtMember jwt) {
    const auto& facts = token.facts();
    CAMBIST_TRY(auto document, json::parse(facts.claims, {}, json::Positions::kNone));
    leave_out_hidden(document);
    // A token that was narrowed by a rule is not filled up again behind the rule's back.
    if (facts.type != TokenType::kIdToken && token_of_jti(facts.jti) != JtiToken::kMinimal) {
        add_shown(realm, token, session, document);
    }
    if (jwt == JwtMember::kAdd && facts.type != TokenType::kIdToken) {
        CAMBIST_TRY(auto signed_again, sign_access_claims(realm, facts.holder, document));
        document.set("jwt", std::move(signed_again));
    }
    document.set("client_id", facts.holder.text());
    document.set("username", token.subject()->user->username);
    if (facts.type != TokenType::kIdToken)
        document.set("token_type", facts.cnf.jkt.empty() ? "Bearer" : "DPoP");
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
    document.set("sub", subject_of(realm, family.client, subject));
    document.set("typ", session != nullptr && session->offline ? "Offline" : "Refresh");
    document.set("azp", family.client.text());
    if (!family.session.empty()) document.set("sid", family.session.text());
    document.set("scope", join(family.scopes, " "));
    if (!family.cnf.empty()) document.set("cnf", to_json(family.cnf));
    document.set("client_id", family.client.text());
    document.set("username", subject.user->username);
    document.set("active", true);
    return document.to_text();
}

Result<json::Value> make_userinfo(const realms::Snapshot& realm, const VerifiedToken& token,
                                  const Session* session) {
    json::Value document = json::Value::object();
    document.set("sub", subject_of(realm, token.facts().holder, *token.subject()));
    // As the token says it: not with those whom it hides.
    CAMBIST_TRY(const auto claims, json::parse(token.facts().claims, {}, json::Positions::kNone));
    if (const auto* act = claims.find("act")) document.set("act", *act);
    // OpenID Connect Core section 5.3.2 wants sub; what a rule withheld from the token stays so.
    if (token_of_jti(token.facts().jti) != JtiToken::kMinimal) {
        add_mapped(realm, token, session, claims::Destination::kUserinfo, document);
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
