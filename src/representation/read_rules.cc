// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "model/form.h"
#include "model/issuer.h"
#include "representation/durations.h"
#include "representation/read_parts.h"
#include "representation/rule_checks.h"

namespace cambist::representation {

namespace {

std::vector<std::string> read_references(const Node& owner, std::string_view key, Named kind) {
    std::vector<std::string> names;
    for (const auto& [name, node] : owner.text_nodes(key)) {
        if (kind == Named::kRole)
            node.refer_role(parse_role_ref(name));
        else
            node.refer(kind, name);
        names.push_back(name);
    }
    return names;
}

// `of_others`: what only others issue may be named.
std::vector<TokenType> read_token_types(const Node& owner, bool of_others = false) {
    std::vector<TokenType> types;
    for (const auto& [name, node] : owner.text_nodes("tokenTypes")) {
        const auto type = find_token_type_by_short_name(name);
        if (!type)
            node.fault(
                "unknown token type " + quoted(name),
                "it may be access_token, refresh_token, id_token, jwt, api-key, handoff or custom");
        else if (*type == TokenType::kSaml1 || (*type == TokenType::kSaml2 && !of_others))
            node.fault(*type == TokenType::kSaml1
                           ? "assertions of SAML 1 are not taken"
                           : "assertions of SAML 2.0 are taken as subject tokens only");
        else if (std::ranges::find(types, *type) == types.end())
            types.push_back(*type);
    }
    if (const auto node = owner.at("tokenTypes");
        node.present() && node.value().is_array() && node.value().as_array().empty())
        node.fault("is empty", "name a type or remove the key");
    return types;
}

UserSelector read_user_selector(const Node& node) {
    UserSelector users;
    users.any = node.flag("any", false);
    users.users = node.texts("users");
    // As they are stored.
    for (auto& name : users.users) name = to_lower_ascii(name);
    users.groups = read_references(node, "groups", Named::kGroup);
    users.roles = read_references(node, "roles", Named::kRole);
    users.clients = read_references(node, "clients", Named::kClient);
    users.organizations = read_references(node, "organizations", Named::kOrganization);
    users.attributes = node.texts_map("attributes");
    users.same_group = node.flag("sameGroup", false);
    users.same_organization = node.flag("sameOrganization", false);
    if (users.same_organization) node.at("sameOrganization").refer(Named::kOrganization, {});
    users.manages = node.flag("manages", false);
    users.relations = node.texts("relation");
    if (const auto one = node.text("relation"); !one.empty()) users.relations = {one};
    users.granted_by = node.text("grantedBy");
    if (const auto except = node.at("not"); except.present())
        users.except = std::make_shared<const UserSelector>(read_user_selector(except));
    return users;
}

std::optional<UserSelector> read_users_of(const Node& owner) {
    const auto node = owner.at("users");
    if (!node.present()) return std::nullopt;
    return read_user_selector(node);
}

RequesterSelector read_requester(const Node& node) {
    RequesterSelector requester;
    requester.any = node.flag("any", false);
    requester.clients = read_references(node, "clients", Named::kClient);
    requester.roles = read_references(node, "roles", Named::kRole);
    requester.groups = read_references(node, "groups", Named::kGroup);
    requester.organizations = read_references(node, "organizations", Named::kOrganization);
    for (const auto& [name, at] : node.text_nodes("authMethods")) {
        const auto method = find_client_auth_method(name);
        if (method)
            requester.auth_methods.push_back(*method);
        else
            at.fault("unknown way to authenticate " + quoted(name),
                     "it may be client_secret_basic, client_secret_post, client_secret_jwt, "
                     "private_key_jwt, tls_client_auth, self_signed_tls_client_auth or none");
    }
    return requester;
}

std::vector<std::string> read_issuer_names(const Node& node, const Realm& realm) {
    std::vector<std::string> names;
    for (const auto& [name, at] : node.text_nodes("issuers")) {
        if (name != "self" && realm.find_issuer(name) == nullptr) {
            std::vector<std::string_view> known{"self"};
            for (const auto& issuer : realm.issuers) known.emplace_back(issuer->alias);
            const auto slip = did_you_mean(name, known);
            at.fault("there is no trusted issuer " + quoted(name),
                     slip.empty() ? "add it to trustedIssuers, or write self" : slip);
        }
        names.push_back(name);
    }
    return names;
}

SubjectSelector read_subject(const Node& node, const Realm& realm) {
    SubjectSelector subject;
    subject.token_types = read_token_types(node, true);
    subject.issuers = read_issuer_names(node, realm);
    static constexpr Word<Binding> kBindings[] = {{"audience", Binding::kAudience},
                                                  {"azp", Binding::kHolder},
                                                  {"any", Binding::kAny},
                                                  {"device-secret", Binding::kDeviceSecret}};
    subject.binding = read_word(node, "binding", kBindings, Binding::kAudience);
    subject.users = read_users_of(node);
    subject.rebind = node.flag("rebind", false);
    subject.naked = node.flag("naked", false);
    subject.admins = node.flag("admins", false);
    subject.consume = node.flag("consumeRefreshToken", false);
    if (subject.consume && std::ranges::find(subject.token_types, TokenType::kRefreshToken) ==
                               subject.token_types.end())
        node.at("consumeRefreshToken")
            .fault("has no effect: the rule takes no refresh tokens",
                   "add refresh_token to tokenTypes, or remove the key");
    return subject;
}

ActorSelector read_actor(const Node& rule, const Realm& realm) {
    ActorSelector actor;
    const auto node = rule.at("actor");
    if (node.value().is_string()) {
        static constexpr Word<ActorSelector::Kind> kKinds[] = {
            {"none", ActorSelector::Kind::kNone},
            {"required", ActorSelector::Kind::kRequired},
            {"requester", ActorSelector::Kind::kRequester}};
        actor.kind = read_word(rule, "actor", kKinds, ActorSelector::Kind::kNone);
        return actor;
    }
    actor.kind = ActorSelector::Kind::kSelected;
    actor.clients = read_references(node, "clients", Named::kClient);
    actor.users = read_users_of(node);
    actor.token_types = read_token_types(node);
    actor.issuers = read_issuer_names(node, realm);
    static constexpr Word<Binding> kBindings[] = {{"audience", Binding::kAudience},
                                                  {"azp", Binding::kHolder},
                                                  {"audience-or-azp", Binding::kAudienceOrHolder},
                                                  {"any", Binding::kAny}};
    actor.binding = read_word(node, "binding", kBindings, Binding::kAudienceOrHolder);
    return actor;
}

TargetSelector read_target(const Node& node) {
    TargetSelector target;
    target.audiences = node.texts("audiences");
    for (const auto& [uri, at] : node.text_nodes("resources")) {
        if (!is_resource_uri(uri))
            at.fault("must be an absolute URI without a fragment (RFC 8707)");
        target.resources.push_back(uri);
    }
    return target;
}

void read_refresh(const Node& result, RuleResult& out) {
    static constexpr Word<RefreshKind> kKinds[] = {{"none", RefreshKind::kNone},
                                                   {"bounded", RefreshKind::kBounded},
                                                   {"offline", RefreshKind::kOffline}};
    const auto node = result.at("refresh");
    if (!node.present()) return;
    if (!node.value().is_object()) {
        out.refresh = read_word(result, "refresh", kKinds, RefreshKind::kNone);
        return;
    }
    out.refresh = read_word(node, "kind", kKinds, RefreshKind::kNone);
    out.refresh_max_age = read_duration(node, "maxAge");
    if (node.has("maxUses")) out.refresh_max_uses = node.number("maxUses", 0);
    if (out.refresh_max_uses == 0) node.at("maxUses").fault("must be above zero");
    if (!node.has("kind")) node.fault("does not say its kind", "add kind: bounded");
}

void read_claims(const Node& result, RuleResult& out) {
    const auto node = result.at("claims");
    if (!node.present()) return;
    if (node.value().is_array()) {
        out.claims = ClaimsKind::kList;
        out.claim_names = result.texts("claims");
        return;
    }
    static constexpr Word<ClaimsKind> kKinds[] = {{"minimal", ClaimsKind::kMinimal},
                                                  {"full", ClaimsKind::kFull}};
    out.claims = read_word(result, "claims", kKinds, ClaimsKind::kMinimal);
}

void read_may_act(const Node& result, RuleResult& out) {
    const auto node = result.at("mayAct");
    if (!node.present() || !node.value().is_object()) return;
    auto& may_act = out.may_act;
    may_act.client = node.text("client");
    may_act.user = to_lower_ascii(node.text("user"));
    if (!may_act.client.empty()) node.at("client").refer(Named::kClient, may_act.client);
    may_act.relation = node.text("relation");
    const int named =
        int{!may_act.client.empty()} + int{!may_act.user.empty()} + int{!may_act.relation.empty()};
    if (named != 1)
        node.fault("names " + std::to_string(named) + " parties",
                   "name one: client, user, or a relation to the subject");
}

RuleResult read_result(const Node& node) {
    RuleResult result;
    static constexpr Word<Mode> kModes[] = {{"same-subject", Mode::kSameSubject},
                                            {"delegation", Mode::kDelegation},
                                            {"switch-subject", Mode::kSwitchSubject}};
    result.mode = read_word(node, "mode", kModes, Mode::kSameSubject);
    if (auto types = read_token_types(node); !types.empty()) result.token_types = std::move(types);
    if (std::ranges::find(result.token_types, TokenType::kCustom) != result.token_types.end())
        node.at("tokenTypes").fault("custom is for subject tokens: none is issued", "remove it");
    const auto scopes = node.at("scopes");
    for (const auto& [name, at] : scopes.text_nodes("allow")) {
        // openid is a scope of the protocol, not a client scope.
        if (name != "openid") at.refer(Named::kScope, name);
        result.scopes.push_back(name);
    }
    result.beyond_subject = scopes.flag("beyondSubject", false);
    result.lifetime = read_duration(node, "lifetime");
    result.extend_to = read_duration(node, "extendTo");
    read_refresh(node, result);
    static constexpr Word<Holder> kHolders[] = {{"requester", Holder::kRequester},
                                                {"target", Holder::kTarget}};
    result.holder = read_word(node, "holder", kHolders, Holder::kRequester);
    static constexpr Word<SessionMode> kSessions[] = {{"none", SessionMode::kNone},
                                                      {"join", SessionMode::kJoin},
                                                      {"create", SessionMode::kCreate}};
    result.session = read_word(node, "session", kSessions, SessionMode::kNone);
    read_claims(node, result);
    result.hide_actor = node.flag("hideActor", false);
    if (node.has("perDay")) result.per_day = node.number("perDay", 0);
    if (result.per_day && *result.per_day <= 0) node.at("perDay").fault("must be above zero");
    read_may_act(node, result);
    const auto statements = node.at("statements");
    result.statements.acr = statements.texts("acr");
    result.statements.amr = statements.texts("amr");
    const auto organization = node.at("organization");
    result.organization.change = organization.flag("switch", false);
    result.organization.among = read_references(organization, "among", Named::kOrganization);
    if (result.organization.change) organization.at("switch").refer(Named::kOrganization, {});
    return result;
}

Risk read_risk(const Node& node) {
    Risk risk;
    risk.reason = node.text("reason");
    risk.expires = node.text("expires");
    if (risk.reason.empty())
        node.fault("a risk needs its reason", "add risk.reason: why it is taken");
    const auto end = parse_end_date(risk.expires);
    if (end)
        risk.expires_at = *end;
    else if (node.has("expires"))
        node.at("expires").fault("is no date: " + quoted(risk.expires),
                                 "write 2027-06-30 or 2027-06-30T12:00:00Z");
    else
        node.fault("a risk needs its end", "add risk.expires: 2027-06-30");
    return risk;
}

void read_demands(const Node& node, Rule& rule) {
    for (const auto& [name, at] : node.text_nodes("demands")) {
        if (name == "reason")
            rule.demands_reason = true;
        else if (name == "ticket")
            rule.demands_ticket = true;
        else if (name == "organization")
            rule.demands_organization = true;
        else
            at.fault("nothing that a request says is called " + quoted(name),
                     "it may be reason, ticket or organization");
    }
    rule.break_glass = node.flag("breakGlass", false);
}

Rule read_rule(const Node& node, const Realm& realm) {
    Rule rule;
    rule.id = RuleId(node.text("id"));
    for (const std::string_view ours : {"builtin:", "client:"})
        if (rule.id.text().starts_with(ours))
            node.at("id").fault("ids that begin with " + quoted(ours) +
                                    " belong to the rules that are made from switches",
                                "choose another id");
    rule.owner = node.text("owner");
    rule.source = node.path();
    static constexpr Word<Effect> kEffects[] = {{"permit", Effect::kPermit},
                                                {"deny", Effect::kDeny}};
    rule.effect = read_word(node, "effect", kEffects, Effect::kPermit);
    rule.enabled = node.flag("enabled", true);
    const auto if_object = [&](std::string_view key) {
        const auto child = node.at(key);
        return child.present() && child.value().is_object();
    };
    if (if_object("requester")) rule.requester = read_requester(node.at("requester"));
    if (if_object("subject")) rule.subject = read_subject(node.at("subject"), realm);
    if (node.has("actor")) rule.actor = read_actor(node, realm);
    if (if_object("target")) rule.target = read_target(node.at("target"));
    if (if_object("result")) rule.result = read_result(node.at("result"));
    if (if_object("risk")) rule.risk = read_risk(node.at("risk"));
    read_demands(node, rule);
    return rule;
}

}  // namespace

void read_rules(const Node& realm, Realm& out) {
    Once once("rule");
    for (const auto& node : realm.list("exchangeRules")) {
        if (!node.value().is_object()) continue;
        auto rule = read_rule(node, out);
        check_rule(node, rule, out);
        if (rule.id.empty())
            node.fault("a rule has no id", "add the key \"id\"");
        else if (once.is_new(node, "id", rule.id.text()))
            out.rules.push_back(std::move(rule));
    }
}

}  // namespace cambist::representation
