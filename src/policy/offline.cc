// SPDX-License-Identifier: Apache-2.0
#include "policy/offline.h"

#include <algorithm>

#include "policy/scopes.h"
#include "policy/trace.h"

namespace cambist::policy {

bool may_be_offline(const Facts& facts) {
    const ClientScope* scope = facts.realm->find_scope(kOfflineScope);
    return scope == nullptr || scope->scope_mappings.empty() ||
           std::ranges::any_of(scope->scope_mappings,
                               [&](const RoleRef& role) { return facts.subject->has_role(role); });
}

Result<bool> wants_offline(const Facts& facts, const Terms& terms) {
    const bool hands_off = facts.wanted->token_type == TokenType::kHandOff;
    const bool wants_refresh =
        facts.wanted->token_type == TokenType::kRefreshToken || hands_off || facts.proves_device;
    const bool is_asked = holds(facts.wanted->scopes, kOfflineScope);
    const bool is_default =
        terms.all_by_switch && !hands_off && holds(facts.reach.client_scopes, kOfflineScope);
    if (!is_asked && !(wants_refresh && is_default)) return false;
    const std::string rule = "rule " + quoted(terms.rules.front()->id.text());
    const std::string requester = quoted(facts.requester->client_id.text());
    if (!terms.may_offline)
        return fail(ErrorCode::kOfflineNotAllowed,
                    "An exchange gives no offline token here: " + rule + " lets " + requester +
                        " have tokens within the subject's session. Leave offline_access out" +
                        (is_asked ? ", or let the owner write refresh: offline."
                                  : " of its default client scopes."));
    if (!wants_refresh)
        return fail(ErrorCode::kOfflineNotAllowed,
                    "Scope offline_access is for a refresh token: send requested_token_type=" +
                        std::string(urn_of(TokenType::kRefreshToken)) + " too, or leave it out.");
    if (!terms.holder->use_refresh_tokens)
        return fail(ErrorCode::kOfflineNotForUser,
                    "Client " + quoted(terms.holder->client_id.text()) +
                        " does not use refresh tokens (use.refresh.tokens).");
    if (!may_be_offline(facts))
        return fail(ErrorCode::kOfflineNotForUser,
                    "Subject " + quoted(facts.subject->user->username) +
                        " has none of the roles of the client scope offline_access.");
    return true;
}

Result<OpenSession> choose_session(const Facts& facts, const Terms& terms, bool offline) {
    const std::string requester = quoted(facts.requester->client_id.text());
    const std::string rule = "rule " + quoted(terms.rules.front()->id.text());
    if (!terms.may_refresh)
        return fail(ErrorCode::kRefreshNotAllowed,
                    terms.all_by_switch
                        ? "Set standard.token.exchange.enableRefreshRequestedTokenType of " +
                              requester + " to SAME_SESSION and let it use refresh tokens."
                        : "A rule of the targets (" + rule + ") has refresh: none.");
    if (!terms.holder->use_refresh_tokens)
        return fail(ErrorCode::kRefreshNotAllowed,
                    "Client " + quoted(terms.holder->client_id.text()) +
                        " does not use refresh tokens (use.refresh.tokens).");
    if (offline) return OpenSession::kOffline;
    const bool has_session = facts.session != nullptr && !facts.session->offline &&
                             !facts.subject_token->session.empty();
    if (has_session) return OpenSession::kNone;
    if (terms.may_create_session) return OpenSession::kOnline;
    return fail(ErrorCode::kRefreshNeedsSession,
                "The subject token of " + quoted(facts.subject->user->username) +
                    " belongs to no online session, and " + rule +
                    " creates none. Leave requested_token_type out" +
                    (terms.may_offline ? ", or ask for scope offline_access." : "."));
}

Session session_to_open(const Facts& facts, OpenSession kind) {
    const Lifetimes& times = facts.realm->lifetimes;
    Session session;
    session.started = session.last_access = to_unix(facts.now);
    session.offline = kind == OpenSession::kOffline;
    if (!session.offline) {
        session.expires = session.started + times.sso_session_max.count();
    } else if (times.offline_session_max_enabled) {
        session.expires = session.started + times.offline_session_max.count();
    }
    return session;
}

}  // namespace cambist::policy
