// SPDX-License-Identifier: Apache-2.0
#include "policy/sender.h"

#include "policy/trace.h"

namespace cambist::policy {
namespace {

const Confirmation& proven_of(const Facts& facts) {
    static const Confirmation kNothing;
    return facts.proven == nullptr ? kNothing : *facts.proven;
}

bool is_bound(const Facts& facts) {
    return facts.subject_token != nullptr && facts.subject_token->is_bound;
}

bool holds(const std::string& wanted, const std::string& proven) {
    return wanted.empty() || wanted == proven;
}

bool has_all(const Confirmation& wanted, const Confirmation& proven) {
    return !wanted.empty() && holds(wanted.jkt, proven.jkt) &&
           holds(wanted.x5t_s256, proven.x5t_s256);
}

std::string keys_of(const Confirmation& cnf) {
    if (cnf.empty()) return "a key of a kind that this server can not prove (cnf)";
    if (cnf.x5t_s256.empty()) return "DPoP key " + quoted(cnf.jkt);
    const std::string certificate = "TLS certificate " + quoted(cnf.x5t_s256);
    return cnf.jkt.empty() ? certificate : "DPoP key " + quoted(cnf.jkt) + " and " + certificate;
}

std::string how_to_prove(const Confirmation& cnf) {
    if (cnf.x5t_s256.empty()) return "send a DPoP proof made with that key";
    return cnf.jkt.empty() ? "connect with that certificate" : "prove both";
}

}  // namespace

Status check_demanded_keys(const Facts& facts) {
    const Client& client = *facts.requester;
    if (client.dpop_bound && proven_of(facts).jkt.empty())
        return fail(ErrorCode::kDpopProofMissing, "Client " + quoted(client.client_id.text()) +
                                                      " has dpop.bound.access.tokens. Let it send "
                                                      "a DPoP proof.");
    if (client.certificate_bound && proven_of(facts).x5t_s256.empty())
        return fail(ErrorCode::kCertificateMissing,
                    "Client " + quoted(client.client_id.text()) +
                        " has tls.client.certificate.bound.access.tokens. Let it connect with its "
                        "certificate.");
    return {};
}

bool needs_rebinding(const Facts& facts) {
    return is_bound(facts) && facts.subject_token->holder != facts.requester->client_id &&
           !has_all(facts.subject_token->cnf, proven_of(facts));
}

Status check_sender(const Facts& facts) {
    if (!is_bound(facts)) return {};
    const TokenFacts& token = *facts.subject_token;
    const Confirmation& proven = proven_of(facts);
    const std::string bound = "The subject token, held by " + quoted(token.holder.text()) +
                              ", is bound to " + keys_of(token.cnf);
    if (token.cnf.empty())
        return fail(ErrorCode::kSenderConstrained, bound +
                                                       ". Get one that is bound by DPoP, by a "
                                                       "TLS certificate, or to nothing.");
    // What another client has to bring depends on the rules.
    if (has_all(token.cnf, proven) || needs_rebinding(facts)) return {};
    const bool lacks = (!token.cnf.jkt.empty() && proven.jkt.empty()) ||
                       (!token.cnf.x5t_s256.empty() && proven.x5t_s256.empty());
    if (lacks)
        return fail(ErrorCode::kSenderConstrained, bound + "; " + how_to_prove(token.cnf) + ".");
    return fail(ErrorCode::kBindingMismatch, bound + "; the request proved " + keys_of(proven) +
                                                 ". Use the key that the token was issued for.");
}

Status check_actor_sender(const Facts& facts) {
    const TokenFacts* token = facts.actor_token;
    if (token == nullptr || !token->is_bound || has_all(token->cnf, proven_of(facts))) return {};
    return std::unexpected(
        Error{.code = ErrorCode::kSenderConstrained,
              .safe = "The actor token is bound to a key and no proof of that key came with it.",
              .hint = "The actor token, held by " + quoted(token->holder.text()) +
                      ", is bound to " + keys_of(token->cnf) + "; " + how_to_prove(token->cnf) +
                      ", or let the actor get a token that is bound to nothing.",
              .detail = {}});
}

Status check_rebound(const Facts& facts) {
    if (!is_bound(facts) || !binding_of(facts).empty()) return {};
    return fail(ErrorCode::kBindingDropped,
                "The subject token is bound to " + keys_of(facts.subject_token->cnf) + ", and " +
                    quoted(facts.requester->client_id.text()) +
                    " proved no key of its own that the new token could be bound to. Send a DPoP "
                    "proof, or connect with a client certificate.");
}

Status check_holder_key(const Facts& facts, const Client& holder) {
    if (&holder == facts.requester) return {};
    const std::string name = quoted(holder.client_id.text());
    if (!binding_of(facts).empty())
        return fail(ErrorCode::kBindingDropped,
                    "By the rule " + name +
                        " holds the token, and it would be bound to the key of " +
                        quoted(facts.requester->client_id.text()) +
                        ". Send no proof of a key, or let the requester hold it.");
    if (holder.dpop_bound || holder.certificate_bound)
        return fail(ErrorCode::kBindingDropped,
                    "Client " + name +
                        " is registered for bound tokens, and its key is not here. Use a hand-off, "
                        "which it redeems with its own key.");
    return {};
}

Status check_refresh_proof(const Facts& facts) {
    const Confirmation& cnf = facts.family->cnf;
    if (cnf.empty()) return {};
    const Confirmation& proven = proven_of(facts);
    const bool lacks = (!cnf.jkt.empty() && proven.jkt.empty()) ||
                       (!cnf.x5t_s256.empty() && proven.x5t_s256.empty());
    const std::string who = quoted(facts.requester->client_id.text());
    if (lacks)
        return fail(ErrorCode::kRefreshNotProved,
                    "What " + who + " got with this refresh token is bound to " + keys_of(cnf) +
                        "; " + how_to_prove(cnf) + ".");
    if (!facts.requester->is_public() || has_all(cnf, proven)) return {};
    return fail(ErrorCode::kRefreshNotProved, "The refresh token of the public client " + who +
                                                  " is bound to " + keys_of(cnf) +
                                                  "; the request proved " + keys_of(proven) + ".");
}

Confirmation binding_of(const Facts& facts) {
    if (facts.proven == nullptr) return {};
    const bool inherits =
        is_bound(facts) || (facts.family != nullptr && !facts.family->cnf.x5t_s256.empty());
    Confirmation cnf{.jkt = facts.proven->jkt, .x5t_s256 = {}};
    if (facts.requester->certificate_bound || inherits) cnf.x5t_s256 = facts.proven->x5t_s256;
    return cnf;
}

}  // namespace cambist::policy
