// SPDX-License-Identifier: Apache-2.0
#include "tokens/introspection.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "claims/claims.h"
#include "json/parse.h"
#include "json/value.h"
#include "tokens/answer_jwt.h"
#include "tokens/hidden_scopes.h"
#include "tokens/jti.h"

namespace cambist::tokens {
namespace {

// The client scopes that were in force when the token was made: the holder's default ones and what
// its scope names; those that are gone from the realm meanwhile write nothing.
// One that names organizations stands for the client scope in front of its colon, and for a rule
// that gave it.
std::vector<std::string> client_scopes_of(const Realm& realm, const Client& holder,
                                          const std::vector<std::string>& named) {
    auto scopes = holder.default_scopes;
    for (const auto& asked : named) {
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

// A token, with the names of all its client scopes.
struct Token {
    const realms::Snapshot& realm;
    const VerifiedToken& verified;
    const Session* session;
    std::vector<std::string> scopes;

    Token(const realms::Snapshot& of, const VerifiedToken& token, const Session* login,
          const json::Value& claims)
        : realm(of), verified(token), session(login), scopes(token.facts().scopes) {
        std::ranges::move(read_hidden_scopes(claims), std::back_inserter(scopes));
    }
    const TokenFacts& facts() const { return verified.facts(); }
    std::vector<std::string> client_scopes_of(const Client& client) const {
        return tokens::client_scopes_of(*realm.realm, client, scopes);
    }
};

void add_mapped(const Token& token, claims::Destination destination, json::Value& document) {
    const auto& facts = token.facts();
    const auto* holder = token.realm.realm->find_client(facts.holder.text());
    if (holder == nullptr) return;
    const auto scopes = token.client_scopes_of(*holder);
    claims::ClaimRequest request;
    request.holder = holder;
    request.subject = token.verified.subject().get();
    request.session = token.session;
    request.client_scopes = &scopes;
    request.audience = &facts.audience;
    // What an exchange left out for other audiences must not come back here.
    request.audience_restricted = is_exchanged(facts.jti);
    request.destination = destination;
    request.lightweight = facts.is_lightweight;
    request.auth_time = facts.auth_time;
    request.acr = facts.acr;
    token.realm.claims->write(request, document);
}

// What only this server reads.
void leave_out_hidden(json::Value& document) {
    for (const std::string_view name :
         {std::string_view("xact"), std::string_view("xidp"), kHiddenScopesClaim})
        document.erase(name);
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

// The claims that the mappers of access tokens keep from introspection (introspection.token.claim).
std::vector<std::string> hidden_claims(const Token& token) {
    const auto& facts = token.facts();
    const auto written = [&](const Client& client, bool shown) {
        return token.realm.claims->access_claims(client, token.client_scopes_of(client),
                                                 facts.is_lightweight, shown);
    };
    const auto* holder = token.realm.realm->find_client(facts.holder.text());
    if (holder == nullptr) return {};
    auto hidden = written(*holder, false);
    if (!is_exchanged(facts.jti)) return hidden;
    // In Keycloak's legacy exchange the claims are made by the mappers of the target.
    std::vector<std::string> of_targets;
    for (const auto& name : facts.audience) {
        const auto* client = token.realm.realm->find_client(name);
        if (client == nullptr || client == holder) continue;
        std::ranges::move(written(*client, false), std::back_inserter(of_targets));
    }
    if (of_targets.empty()) return hidden;
    const auto shown = written(*holder, true);
    std::ranges::copy_if(of_targets, std::back_inserter(hidden),
                         [&](const std::string& name) { return !holds(shown, name); });
    return hidden;
}

// What a token was issued with stays as it is, whether it could be made again or not; but not what
// the mappers hide. What they show besides is added.
void add_shown(const Token& token, json::Value& document) {
    auto mapped = json::Value::object();
    add_mapped(token, claims::Destination::kIntrospection, mapped);
    for (const auto& name : hidden_claims(token)) document.erase(name);
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
    const Token described(realm, token, session, document);
    leave_out_hidden(document);
    // A token that was narrowed by a rule is not filled up again behind the rule's back.
    if (facts.type != TokenType::kIdToken && token_of_jti(facts.jti) != JtiToken::kMinimal) {
        add_shown(described, document);
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
    document.set("scope", join(shown_scopes(*realm.realm, family.client, family.scopes), " "));
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
        add_mapped(Token(realm, token, session, claims), claims::Destination::kUserinfo, document);
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
