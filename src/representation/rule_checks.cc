// SPDX-License-Identifier: Apache-2.0
#include "representation/rule_checks.h"

#include <algorithm>

namespace cambist::representation {

namespace {

constexpr std::string_view kNotServed = "is not served by this version";

// What makes a permit dangerous enough that somebody must answer for it, for a while.
std::vector<std::string> risks_of(const Rule& rule) {
    std::vector<std::string> risks;
    if (rule.subject && rule.subject->naked) risks.emplace_back("subject.naked");
    if (rule.subject && rule.subject->binding == Binding::kAny)
        risks.emplace_back("subject.binding any");
    if (rule.result.beyond_subject) risks.emplace_back("result.scopes.beyondSubject");
    if (rule.result.extend_to) risks.emplace_back("result.extendTo");
    if (rule.result.hide_actor) risks.emplace_back("result.hideActor");
    if (rule.result.refresh == RefreshKind::kOffline) risks.emplace_back("result.refresh offline");
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

// Selectors that compare with an actor, or ask what we do not keep. In a denial they would deny
// nobody, in a rule without an actor they would select nobody: neither is what was meant.
void refuse_unserved_selectors(const Node& users) {
    if (!users.present()) return;
    for (const auto* key :
         {"organizations", "sameGroup", "sameOrganization", "manages", "relation", "grantedBy"}) {
        const auto node = users.at(key);
        const bool is_off = node.present() && node.value().if_bool() == false;
        if (node.present() && !is_off)
            node.fault(std::string(kNotServed), "select by groups, roles, users or attributes");
    }
    refuse_unserved_selectors(users.at("not"));
}

void check_same_subject(const Node& node, const Rule& rule) {
    if (rule.actor && rule.actor->kind != ActorSelector::Kind::kNone)
        node.at("actor").fault("a same-subject rule has no actor",
                               "write actor: none, or mode: delegation");
    if (rule.subject && rule.subject->naked)
        node.at("subject").at("naked").fault("only a switch-subject rule does without a token");
    const auto result = node.at("result");
    if (rule.result.holder == Holder::kTarget)
        result.at("holder").fault("target " + std::string(kNotServed), "write requester");
    if (rule.result.session != SessionMode::kNone && rule.result.refresh == RefreshKind::kNone)
        result.at("session").fault(
            result.text("session") + " has no effect without a refresh token",
            "add refresh: bounded, or write none");
    if (rule.result.hide_actor)
        result.at("hideActor").fault("a same-subject rule has no actor to hide", "remove it");
    refuse_unserved_selectors(node.at("subject").at("users"));
}

void check_refresh(const Node& result, const RuleResult& out) {
    const bool gives =
        std::ranges::find(out.token_types, TokenType::kRefreshToken) != out.token_types.end();
    if (gives && out.refresh == RefreshKind::kNone)
        result.at("tokenTypes")
            .fault("lists refresh_token, but refresh is none", "add refresh: bounded");
    const bool has_bounds = out.refresh_max_age || out.refresh_max_uses;
    if (has_bounds && out.refresh == RefreshKind::kNone)
        result.at("refresh").fault("has bounds, but its kind is none", "write kind: bounded");
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
    if (rule.result.mode == Mode::kSameSubject)
        check_same_subject(node, rule);
    else
        node.note("never matches in this version: its mode is not same-subject");
    if (rule.result.mode == Mode::kDelegation &&
        (!rule.actor || rule.actor->kind == ActorSelector::Kind::kNone))
        node.fault("a delegation rule has no actor", "add actor: required, or select it");
    if (rule.subject && rule.subject->rebind && rule.subject->binding != Binding::kAudience)
        node.at("subject").at("rebind").fault(
            "a bound token may be re-bound only by a client that it was sent to",
            "write binding: audience");
    check_refresh(result, rule.result);
    check_lifetime(result, rule.result);
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
    refuse_unserved_selectors(node.at("subject").at("users"));
    refuse_unserved_selectors(node.at("actor").at("users"));
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

}  // namespace

void check_rule(const Node& node, const Rule& rule, const Realm& realm) {
    if (rule.owner.empty()) node.fault("a rule has no owner", "add owner: the target's team");
    if (rule.effect == Effect::kPermit)
        check_permit(node, rule);
    else
        check_denial(node);
    check_target(node, realm);
}

}  // namespace cambist::representation
