// SPDX-License-Identifier: Apache-2.0
#include "exchange/walk.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "clients/presented.h"
#include "crypto/digest.h"
#include "exchange/redact.h"
#include "policy/policy.h"

namespace cambist::exchange {
namespace {

// At most so many bytes, and not half a character: a record is UTF-8.
std::string shortened(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    text.resize(most);
    while (!is_valid_utf8(text)) text.pop_back();
    return text;
}

// What a request says is kept short: the audit trail is no place to fill with junk.
std::vector<std::string> bounded(const std::vector<std::string>& values) {
    std::vector<std::string> out;
    for (const auto& value : values) {
        if (out.size() == 16) break;
        out.push_back(shortened(without_tokens(value), 256));
    }
    return out;
}

bool permits(const std::vector<Reason>& reasons, const std::string& target) {
    return std::ranges::any_of(reasons, [&](const Reason& reason) {
        return reason.applies && reason.effect == Effect::kPermit && reason.target == target;
    });
}

// The client that would hold the token: by a rule with holder: target the target, else the
// requester, and then nothing.
std::string target_that_holds(const Decision& decision, const realms::Snapshot& realm) {
    for (const auto& reason : decision.reasons) {
        if (!reason.applies || reason.effect != Effect::kPermit) continue;
        const auto& rules = realm.policy->rules();
        const auto rule = std::ranges::find(rules, reason.rule, &Rule::id);
        if (rule == rules.end() || rule->result.holder != Holder::kTarget) continue;
        const auto* client = realm.realm->find_client(reason.target);
        if (client == nullptr) client = realm.realm->find_client_by_resource(reason.target);
        if (client != nullptr) return client->client_id.text();
    }
    return {};
}

std::string list(const std::vector<std::string>& values) {
    return values.empty() ? "none" : join(values, " ");
}

// What mappers change of a user, by its names: its values are the user's own affair. The names are
// the realm's, no token's.
std::string names_of(const UserChange& change) {
    std::vector<std::string> parts;
    const auto add = [&](std::string_view what, const std::vector<std::string>& names) {
        if (!names.empty()) parts.push_back(std::string(what) + join(names, " "));
    };
    const auto texts = [](const std::vector<RoleRef>& roles) {
        std::vector<std::string> out;
        for (const auto& role : roles) out.push_back(to_text(role));
        return out;
    };
    std::vector<std::string> set;
    std::vector<std::string> removed;
    for (const auto& [name, values] : change.attributes)
        (values.empty() ? removed : set).push_back(name);
    if (change.username) set.emplace_back("username");
    if (change.email) set.emplace_back("email");
    if (change.first_name) set.emplace_back("firstName");
    if (change.last_name) set.emplace_back("lastName");
    add("roles given: ", texts(change.gives));
    add("roles taken: ", texts(change.takes));
    add("groups joined: ", change.joins);
    add("groups left: ", change.leaves);
    add("attributes set: ", set);
    add("attributes removed: ", removed);
    constexpr std::size_t kMostNames = 1000;
    auto text = join(parts, "; ");
    return text.size() <= kMostNames ? text : shortened(std::move(text), kMostNames) + "...";
}

}  // namespace

void Walk::passed(Stage stage) {
    const auto now = std::chrono::steady_clock::now();
    spent[static_cast<std::size_t>(stage)] = now - since_;
    since_ = now;
    next_ = static_cast<std::size_t>(stage) + 1;
}

void Walk::refused(const Error& error) {
    record.issued = false;
    note_duration();
    record.error_code = error_row(error.code).id;
    record.error_detail = without_tokens(error.hint);
    if (!error.detail.empty()) {
        if (!record.error_detail.empty()) record.error_detail += "; ";
        record.error_detail += without_tokens(error.detail);
    }
    constexpr std::size_t kMaxDetail = 600;
    if (record.error_detail.size() > kMaxDetail) record.error_detail.resize(kMaxDetail);
    // The policy has written its own steps, the failing one included.
    if (!record.steps.empty() && !record.steps.back().passed) return;
    const auto stage = next_ < kStageNames.size() ? kStageNames[next_] : "respond";
    record.steps.push_back({std::string(stage), false, std::string(error.text())});
}

void Walk::note_duration() {
    record.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::steady_clock::now() - begun_)
                             .count();
}

void Walk::guess(std::string_view body, const Caller& caller) {
    const auto form = Form::parse(body);
    if (!form) return;
    if (const auto grant = find_grant_type(form->find("grant_type").value_or("")))
        record.grant = name_of(*grant);
    if (const auto client = clients::named_client(*form, caller))
        record.steps.push_back(
            {"client", true, "claims to be " + shortened(without_tokens(client->text()), 64)});
}

void Walk::saw(const TokenRequest& request) {
    record.grant = name_of(request.grant);
    if (request.wanted.token_type)
        record.requested_type = short_name_of(*request.wanted.token_type);
    const auto& organization = request.wanted.organization;
    record.steps.push_back(
        {"parse", true,
         "grant " + record.grant +
             (organization.empty() ? std::string() : ", organization '" + organization + "'")});
    for (const auto* name : {"subject_token", "assertion"})
        if (const auto token = request.form.find(name))
            record.subject_token_hash = crypto::sha256_base64url(*token);
    // Whoever finds an actor token in the wrong hands finds what it acted in.
    if (const auto token = request.form.find("actor_token"))
        record.steps.push_back(
            {"actor token", true, "SHA-256 " + crypto::sha256_base64url(*token)});
    passed(Stage::kParse);
}

void Walk::saw(const AuthenticatedClient& client, const TokenRequest& request) {
    record.audiences = bounded(request.wanted.audiences);
    record.resources = bounded(request.wanted.resources);
    record.scopes = bounded(request.wanted.scopes);
    record.reason = without_tokens(request.wanted.reason);
    record.ticket = without_tokens(request.wanted.ticket);
    record.client = client.client().client_id.text();
    record.client_method = name_of(client.method());
    diagnostics = client.client().diagnostics && client.client().is_confidential();
    record.steps.push_back({"client", true, record.client + " by " + record.client_method});
    passed(Stage::kClient);
}

void Walk::saw(const Possession& possession) {
    const auto& keys = possession.keys();
    if (!keys.jkt.empty())
        record.steps.push_back({"possession", true, "proved DPoP key " + keys.jkt});
    if (!keys.x5t_s256.empty())
        record.steps.push_back({"possession", true, "showed TLS certificate " + keys.x5t_s256});
    passed(Stage::kPossession);
}

// Whose token it is, and what an issuer in mode audit would have refused.
void Walk::note(const ForeignFacts& foreign, std::string_view party) {
    auto text =
        "of issuer " + foreign.alias + ": " + shortened(without_tokens(foreign.subject), 256);
    if (foreign.new_user) text += ", a new user";
    if (foreign.new_link) text += ", linked from now on";
    if (foreign.changed_user) text += ", changed by mappers (" + names_of(foreign.change) + ")";
    record.steps.push_back({std::string(party), true, std::move(text)});
    for (const auto& objection : foreign.objections)
        record.steps.push_back({std::string(party), true,
                                "mode audit, would be refused: " + without_tokens(objection)});
}

void Walk::saw(const Parties& parties) {
    record.subject = parties.subject->user->id.text();
    record.subject_name = parties.subject->user->username;
    const auto* foreign = parties.subject_token ? parties.subject_token->foreign.get() : nullptr;
    record.subject_issuer = foreign == nullptr ? "self" : foreign->alias;
    if (parties.subject_token) {
        record.subject_client = parties.subject_token->holder.text();
        is_bound_by_dpop = !parties.subject_token->cnf.jkt.empty();
    }
    if (parties.session) record.sid = parties.session->id.text();
    record.xid = parties.xid;
    record.act = parties.act;
    if (parties.actor != nullptr) {
        record.actor = parties.actor->user->id.text();
        record.actor_name = parties.actor->user->username;
    } else if (parties.naked) {
        record.actor = record.client;
    }
    record.steps.push_back({"subject", true, record.subject_name});
    if (foreign != nullptr) note(*foreign, "subject");
    if (parties.actor_token && parties.actor_token->foreign != nullptr)
        note(*parties.actor_token->foreign, "actor");
    if (!record.actor.empty())
        record.steps.push_back(
            {"actor", true, record.actor_name.empty() ? record.actor : record.actor_name});
    if (parties.mode != Mode::kSameSubject)
        record.steps.push_back({"mode", true, std::string(name_of(parties.mode))});
    passed(Stage::kParties);
}

void Walk::saw(const Decision& decision) {
    for (const auto& step : decision.steps) {
        // What authentication and the rules say of the client are one step to a reader.
        const auto same = std::ranges::find(record.steps, step.stage, &TraceStep::stage);
        if (step.passed && same != record.steps.end())
            same->text += "; " + without_tokens(step.text);
        else
            record.steps.push_back({step.stage, step.passed, without_tokens(step.text)});
    }
    for (const auto& reason : decision.reasons) {
        record.steps.push_back({"rule " + reason.rule.text(), reason.applies, reason.text});
        const bool decided = reason.applies && (reason.effect == Effect::kDeny || decision.plan);
        if (decided && reason.effect == Effect::kDeny) record.rules.push_back(reason.rule.text());
    }
    if (!decision.plan) {
        if (decision.refusal->code == ErrorCode::kConsentMissing)
            unconsented = target_that_holds(decision, *realm);
        std::ranges::copy_if(
            record.audiences, std::back_inserter(refused_targets),
            [&](const std::string& target) { return !permits(decision.reasons, target); });
        return;
    }
    for (const auto& rule : decision.plan->facts().rules) record.rules.push_back(rule.text());
    passed(Stage::kDecide);
}

void Walk::saw(const IssuePlan& plan, const MintedToken& minted) {
    record.issued = true;
    record.issued_type = short_name_of(plan.facts().token_type);
    record.issued_jti = minted.jti;
    record.issued_token_hash = crypto::sha256_base64url(minted.text);
    record.refresh_token_hash = minted.refresh_hash;
    record.granted_scopes = minted.scopes;
    record.granted_audience = minted.audience;
    record.expires_at = minted.expires_at;
    record.xid = minted.xid;
    record.sid = minted.session.text();
    record.act = plan.facts().actors;
    if (plan.facts().break_glass) record.event = "break_glass";
    const auto& cnf = plan.facts().cnf;
    auto text = record.issued_type + " " + record.issued_jti + ", for " + list(minted.audience);
    if (!cnf.jkt.empty()) text += ", bound to DPoP key " + cnf.jkt;
    if (!cnf.x5t_s256.empty()) text += ", bound to TLS certificate " + cnf.x5t_s256;
    record.steps.push_back({"mint", true, std::move(text)});
    passed(Stage::kMint);
}

}  // namespace cambist::exchange
