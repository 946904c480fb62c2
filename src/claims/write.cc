// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "claims/compiled.h"
#include "claims/organizations.h"
#include "claims/tree.h"
#include "json/parse.h"

namespace cambist::claims {

namespace {

// In a minimal token mappers write nothing but the organization that it was asked for.
void run(const MapperSet& set, Destinations wanted, bool minimal, const Context& context,
         ClaimTree& tree) {
    for (const auto& compiled : set.mappers) {
        if (minimal && !compiled.is_of_organizations) continue;
        if ((compiled.destinations & wanted) != 0) compiled.mapper->write(context, tree);
    }
}

Destinations destinations_of(const ClaimRequest& request) {
    if (request.lightweight && request.destination == Destination::kAccessToken)
        return kLightweight;
    return bit_of(request.destination);
}

// RFC 7662 section 2.2: members of the answer that are no claims of the token.
bool is_of_introspection(const ClaimRequest& request, std::string_view name) {
    return request.destination == Destination::kIntrospection &&
           (name == "active" || name == "username" || name == "token_type");
}

// How the requester of a hand-off says that the user logged in: the minter has written that.
bool is_stated(const ClaimRequest& request, std::string_view name) {
    const bool is_token = request.destination == Destination::kAccessToken ||
                          request.destination == Destination::kIdToken;
    return is_token && name == "amr" && request.session != nullptr &&
           request.session->auth_method.starts_with("amr:");
}

bool is_wanted(const ClaimRequest& request, std::string_view name) {
    if (is_of_introspection(request, name) || is_stated(request, name)) return false;
    if (request.destination == Destination::kTokenResponse && is_response_member(name))
        return false;
    return request.kind != ClaimsKind::kList ||
           (request.names != nullptr &&
            std::ranges::find(*request.names, name) != request.names->end());
}

// RFC 9068 section 2.2.1: how the user authenticated, whatever the mappers are.
void write_authentication(const Context& context, ClaimTree& tree) {
    static constexpr std::array<std::string_view, 1> kAuthTime{"auth_time"};
    static constexpr std::array<std::string_view, 1> kAcr{"acr"};
    if (context.auth_time != 0)
        tree.set(kAuthTime, [&](std::string& text) {
            text += std::to_string(context.auth_time);
            return true;
        });
    if (!context.acr.empty()) tree.set_string(kAcr, context.acr);
}

}  // namespace

bool is_response_member(std::string_view name) {
    static constexpr std::array<std::string_view, 14> kMembers{
        "access_token",  "token_type",           "expires_in", "refresh_token",
        "scope",         "refresh_expires_in",   "id_token",   "issued_token_type",
        "session_state", "not-before-policy",    "error",      "error_description",
        "error_uri",     "authorization_details"};
    return std::ranges::find(kMembers, name) != kMembers.end();
}

void RealmClaims::write(const ClaimRequest& request, json::Writer& out) const {
    const bool minimal = request.kind == ClaimsKind::kMinimal;
    if (minimal && request.client_scopes->empty()) return;
    const auto* holder = parts_->find_client(*request.holder);
    if (holder == nullptr) return;
    ScopeList scopes;
    scopes.reserve(request.client_scopes->size());
    for (const auto& name : *request.client_scopes) {
        if (const auto* scope = parts_->find_asked(name)) scopes.push_back(scope);
    }
    const auto roles = parts_->roles_of(*holder, scopes, *request.subject,
                                        request.audience_restricted ? request.audience : nullptr);
    const auto* session = request.session;
    const auto auth_time =
        request.auth_time != 0 || session == nullptr ? request.auth_time : session->started;
    const auto acr =
        request.acr.empty() && session != nullptr ? std::string_view(session->acr) : request.acr;
    const auto organizations =
        organizations_of(*parts_->realm, *request.subject, *request.client_scopes, acr);
    const Context context{*parts_->realm,
                          *holder->client,
                          *request.subject,
                          session,
                          roles,
                          holder->web_origins,
                          auth_time,
                          acr,
                          request.client_address,
                          request.impersonator,
                          request.reason,
                          request.ticket,
                          organizations};
    ClaimTree tree;
    if (request.with_authentication) write_authentication(context, tree);
    const auto wanted = destinations_of(request);
    for (const auto* scope : scopes) run(scope->mappers, wanted, minimal, context, tree);
    run(holder->mappers, wanted, minimal, context, tree);
    tree.write(out, [&](std::string_view name) { return is_wanted(request, name); });
}

namespace {

// A claim may be called by the client whose roles it holds.
void add_names(const Realm& realm, std::string_view root, std::vector<std::string>& names) {
    const auto at = root.find(kClientPlaceholder);
    if (at == std::string_view::npos) {
        names.emplace_back(root);
        return;
    }
    for (const auto& client : realm.clients) {
        auto name =
            std::string(root).replace(at, kClientPlaceholder.size(), client.client_id.text());
        if (!is_protected_claim(name)) names.push_back(std::move(name));
    }
}

}  // namespace

std::vector<std::string> RealmClaims::access_claims(const Client& holder,
                                                    const std::vector<std::string>& client_scopes,
                                                    bool lightweight, bool shown) const {
    const auto access = lightweight ? kLightweight : bit_of(Destination::kAccessToken);
    std::vector<std::string> names;
    const auto add = [&](const MapperSet& set) {
        for (const auto& compiled : set.mappers) {
            const bool is_shown =
                (compiled.destinations & bit_of(Destination::kIntrospection)) != 0;
            if ((compiled.destinations & access) != 0 && is_shown == shown)
                add_names(*parts_->realm, compiled.mapper->root(), names);
        }
    };
    for (const auto& name : client_scopes)
        if (const auto* scope = parts_->find_asked(name)) add(scope->mappers);
    if (const auto* client = parts_->find_client(holder)) add(client->mappers);
    return names;
}

void RealmClaims::write(const ClaimRequest& request, json::Value& claims) const {
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    write(request, writer);
    writer.end_object();
    auto written =
        json::parse(text, {.max_depth = 64, .max_bytes = text.size()}, json::Positions::kNone);
    // Only a text that is no UTF-8 comes here, and no parser of ours lets one in.
    if (!written) return;
    for (auto& member : written->as_object()) {
        if (claims.find(member.key) == nullptr)
            claims.set(std::move(member.key), std::move(member.value));
    }
}

}  // namespace cambist::claims
