// SPDX-License-Identifier: Apache-2.0
#include "representation/rule_checks.h"

#include <algorithm>
#include <array>

namespace cambist::representation {

namespace {

// What makes a permit dangerous enough that somebody must answer for it, for a while.
std::vector<std::string> risks_of(const Rule& rule) {
    std::vector<std::string> risks;
    if (rule.subject && rule.subject->naked) risks.emplace_back("subject.naked");
    if (rule.subject && rule.subject->admins) risks.emplace_back("subject.admins");
    if (rule.subject && rule.subject->binding == Binding::kAny)
        risks.emplace_back("subject.binding any");
    if (rule.actor && rule.actor->binding == Binding::kAny) risks.emplace_back("actor.binding any");
    if (rule.result.beyond_subject && rule.result.mode != Mode::kSwitchSubject)
        risks.emplace_back("result.scopes.beyondSubject");
    if (rule.result.extend_to) risks.emplace_back("result.extendTo");
    if (rule.result.hide_actor) risks.emplace_back("result.hideActor");
    if (rule.result.refresh == RefreshKind::kOffline) risks.emplace_back("result.refresh offline");
    if (rule.break_glass) risks.emplace_back("breakGlass");
    return risks;
}

void check_risk(const Node& node, const Rule& rule) {
    const auto risks = risks_of(rule);
    if (risks.empty() || node.has("risk")) return;
    std::string all;
    for (const auto& risk : risks) all += (all.empty() ? "" : ", ") + risk;
    node.fault("takes a risk (" + all + ") that nobody states",
               "add risk: { reason: \"why\", expires: 2027-06-30 }");
}

constexpr std::array kRelational{"sameGroup", "sameOrganization", "manages", "relation",
                                 "grantedBy"};

// Selectors that compare with an actor where there is none select nobody, and in a denial would
// deny nobody: neither is what was meant.
void refuse_relational_selectors(const Node& users) {
    if (!users.present()) return;
    for (const auto* key : kRelational) {
        const auto node = users.at(key);
        const bool is_off = node.present() && node.value().if_bool() == false;
        if (node.present() && !is_off)
            node.fault("compares the subject with an actor, and this rule has none",
                       "select by groups, roles, users or attributes, or write another mode");
    }
    refuse_relational_selectors(users.at("not"));
}

void check_granted_by(const Node& users) {
    if (!users.present()) return;
    const auto node = users.at("grantedBy");
    if (node.present() && users.text("grantedBy") != "subject")
        node.fault("only the subject can grant that another acts for him", "write subject");
    check_granted_by(users.at("not"));
}

void check_same_subject(const Node& node, const Rule& rule) {
    if (rule.actor && rule.actor->kind != ActorSelector::Kind::kNone)
        node.at("actor").fault("a same-subject rule has no actor",
                               "write actor: none, or mode: delegation");
    if (rule.subject && rule.subject->naked)
        node.at("subject").at("naked").fault("only a switch-subject rule does without a token");
    if (rule.subject && rule.subject->admins)
        node.at("subject").at("admins").fault("only a switch-subject rule leaves them out",
                                              "remove it");
    const auto result = node.at("result");
    if (rule.result.hide_actor)
        result.at("hideActor").fault("a same-subject rule has no actor to hide", "remove it");
    refuse_relational_selectors(node.at("subject").at("users"));
}

void check_delegation(const Node& node, const Rule& rule) {
    if (!rule.actor || rule.actor->kind == ActorSelector::Kind::kNone)
        node.fault("a delegation rule has no actor",
                   "add actor: required, requester, or select it");
    else if (rule.actor->kind == ActorSelector::Kind::kRequester)
        refuse_relational_selectors(node.at("subject").at("users"));
    if (rule.subject && rule.subject->naked)
        node.at("subject").at("naked").fault("only a switch-subject rule does without a token");
    if (rule.result.hide_actor)
        node.at("result")
            .at("hideActor")
            .fault("a delegation shows who acts (RFC 8693 section 1.1)",
                   "remove it, or write mode: switch-subject");
}

void check_switch(const Node& node, const Rule& rule) {
    const bool is_naked = rule.subject && rule.subject->naked;
    const auto kind = rule.actor ? rule.actor->kind : ActorSelector::Kind::kNone;
    if (is_naked && kind != ActorSelector::Kind::kNone)
        node.at("actor").fault("without a subject token the requester itself acts",
                               "write actor: none");
    if (!is_naked && kind == ActorSelector::Kind::kNone)
        node.fault("a switch-subject rule does not say who acts",
                   "add actor: the users whose token is presented");
    if (kind == ActorSelector::Kind::kRequester)
        node.at("actor").fault("who acts is the one whose token is presented",
                               "select users or clients, or write required");
    const auto result = node.at("result");
    if (rule.result.session == SessionMode::kJoin)
        result.at("session").fault("another subject has no session to join", "write create");
    if (rule.subject && rule.subject->consume)
        node.at("subject").at("consumeRefreshToken").fault("a switch-subject rule can not do this");
}

void check_mode(const Node& node, const Rule& rule) {
    switch (rule.result.mode) {
        case Mode::kSameSubject:
            check_same_subject(node, rule);
            break;
        case Mode::kDelegation:
            check_delegation(node, rule);
            break;
        case Mode::kSwitchSubject:
            check_switch(node, rule);
            break;
    }
    const auto result = node.at("result");
    if (rule.result.session != SessionMode::kNone && rule.result.refresh == RefreshKind::kNone)
        result.at("session").fault(
            result.text("session") + " has no effect without a refresh token",
            "add refresh: bounded, or write none");
    check_granted_by(node.at("subject").at("users"));
    check_granted_by(node.at("actor").at("users"));
}

void check_refresh(const Node& result, const RuleResult& out) {
    if (std::ranges::find(out.token_types, TokenType::kApiKey) != out.token_types.end())
        result.at("tokenTypes")
            .fault("lists api-key, which no exchange gives",
                   "let the user make it: POST /account/api-keys");
    const bool gives =
        std::ranges::find(out.token_types, TokenType::kRefreshToken) != out.token_types.end();
    if (gives && out.refresh == RefreshKind::kNone)
        result.at("tokenTypes")
            .fault("lists refresh_token, but refresh is none", "add refresh: bounded");
    const bool has_bounds = out.refresh_max_age || out.refresh_max_uses;
    if (has_bounds && out.refresh == RefreshKind::kNone)
        result.at("refresh").fault("has bounds, but its kind is none", "write kind: bounded");
}

void check_hand_off(const Node& result, const RuleResult& out) {
    const bool hands_off =
        std::ranges::find(out.token_types, TokenType::kHandOff) != out.token_types.end();
    if (hands_off && out.holder != Holder::kTarget)
        result.fault("hands off to the requester itself", "add holder: target");
    if (!hands_off && result.has("statements"))
        result.at("statements")
            .fault("only who makes a hand-off states how the user logged in",
                   "add handoff to tokenTypes, or remove the key");
}

// For emergencies: somebody reads afterwards why, and it is over soon.
void check_break_glass(const Node& node, const Rule& rule) {
    constexpr Seconds kLongest{900};
    if (!rule.break_glass) return;
    const auto at = node.at("breakGlass");
    if (!rule.demands_reason) at.fault("an emergency needs a reason", "add demands: [reason]");
    if (!rule.result.lifetime || *rule.result.lifetime > kLongest)
        at.fault("an emergency is short", "add lifetime: 5m to the result, or less than 15m");
    if (rule.result.refresh != RefreshKind::kNone || rule.result.extend_to)
        at.fault("an emergency is short", "remove refresh and extendTo");
}

// OpenID Connect Native SSO: the secret comes with an ID token, and names no actor.
void check_device_secret(const Node& node, const Rule& rule) {
    if (!rule.subject || rule.subject->binding != Binding::kDeviceSecret) return;
    const auto subject = node.at("subject");
    if (rule.subject->token_types != std::vector{TokenType::kIdToken})
        subject.at("binding").fault("a device secret comes with an ID token",
                                    "add tokenTypes: [id_token]");
    if (rule.result.mode != Mode::kSameSubject)
        subject.at("binding").fault("a device secret speaks for the user who logged in there",
                                    "write mode: same-subject");
    if (rule.result.holder != Holder::kRequester)
        node.at("result").at("holder").fault(
            "the app that brings the device secret gets the tokens",
            "write requester, or remove the key");
}

void check_lifetime(const Node& result, const RuleResult& out) {
    if (out.extend_to && out.lifetime && *out.lifetime > *out.extend_to)
        result.at("extendTo").fault("is shorter than lifetime");
}

void check_permit(const Node& node, const Rule& rule) {
    if (!node.has("result"))
        return node.fault("a permit has no result", "add result, with its mode and scopes");
    const auto result = node.at("result");
    if (!result.has("mode")) result.fault("does not say its mode", "add mode: same-subject");
    check_mode(node, rule);
    if (rule.subject && rule.subject->rebind && rule.subject->binding != Binding::kAudience)
        node.at("subject").at("rebind").fault(
            "a bound token may be re-bound only by a client that it was sent to",
            "write binding: audience");
    check_refresh(result, rule.result);
    check_lifetime(result, rule.result);
    check_break_glass(node, rule);
    check_device_secret(node, rule);
    check_hand_off(result, rule.result);
    for (const auto* key : {"requester", "subject", "target"})
        if (!node.has(key))
            node.note("never matches: a permit without " + std::string(key) + " selects nobody");
    if (const auto subject = node.at("subject"); subject.present() && !subject.has("users"))
        subject.note("never matches: a permit without subject.users selects nobody");
    check_risk(node, rule);
}

void check_denial(const Node& node) {
    for (const auto* key : {"result", "risk"})
        if (node.has(key)) node.at(key).fault("a denial has no " + std::string(key), "remove it");
    check_granted_by(node.at("subject").at("users"));
    check_granted_by(node.at("actor").at("users"));
}

void check_target(const Node& node, const Realm& realm) {
    for (const auto& [name, at] : node.at("target").text_nodes("audiences")) {
        if (realm.find_client(name) != nullptr) continue;
        std::vector<std::string_view> names;
        names.reserve(realm.clients.size());
        for (const auto& client : realm.clients) names.emplace_back(client.client_id.text());
        const auto slip = did_you_mean(name, names);
        at.note("no client has this id, so it is a logical name" +
                (slip.empty() ? "" : "; " + slip));
    }
}

// A demand that no request could meet.
void check_organization(const Node& node, const Rule& rule, const Realm& realm) {
    const auto& terms = rule.result.organization;
    const bool allows =
        terms.change || std::ranges::any_of(rule.result.scopes, [&](const auto& one) {
            return find_organization_scope(realm, one).has_value();
        });
    if (rule.demands_organization && !allows)
        node.at("demands").fault("lets no request name the organization that it demands",
                                 "add result.organization: { switch: true }");
    if (!terms.among.empty() && !allows)
        node.at("result")
            .at("organization")
            .fault("names organizations that no request can ask for", "add switch: true");
}

}  // namespace

void check_rule(const Node& node, const Rule& rule, const Realm& realm) {
    if (rule.owner.empty()) node.fault("a rule has no owner", "add owner: the target's team");
    if (rule.effect == Effect::kPermit)
        check_permit(node, rule);
    else
        check_denial(node);
    check_organization(node, rule, realm);
    check_target(node, realm);
}

}  // namespace cambist::representation
