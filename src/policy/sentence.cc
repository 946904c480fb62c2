// SPDX-License-Identifier: Apache-2.0
#include "policy/sentence.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "model/relation.h"
#include "policy/condition.h"

namespace cambist::policy {
namespace {

using Texts = std::vector<std::string>;

std::string list(const Texts& parts, std::string_view last) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += i + 1 == parts.size() ? " " + std::string(last) + " " : ", ";
        text += parts[i];
    }
    return text;
}

// "/staff/berlin" reads "staff/berlin".
Texts group_names(const Texts& paths) {
    Texts names;
    for (const std::string& path : paths)
        names.push_back(path.starts_with('/') && path.size() > 1 ? path.substr(1) : path);
    return names;
}

// "admin" reads "admins", "orders:viewer" reads "viewers of orders".
Texts role_names(const Texts& roles) {
    Texts names;
    for (const std::string& text : roles) {
        const RoleRef role = parse_role_ref(text);
        names.push_back(role.name + "s" + (role.client.empty() ? "" : " of " + role.client));
    }
    return names;
}

// A grant is no office of the actor, but the subject's own word.
std::string relation_words(const Texts& kinds) {
    Texts named = kinds;
    const bool by_grant = std::erase(named, std::string(kGrantKind)) > 0;
    Texts parts;
    if (!named.empty()) parts.push_back("of whom the actor is " + list(named, "or"));
    if (by_grant) parts.emplace_back("who let the actor act for them");
    return list(parts, "or");
}

Texts relations(const UserSelector& users) {
    Texts parts;
    if (users.same_group) parts.emplace_back("in a group of the actor");
    if (users.same_organization) parts.emplace_back("in an organization of the actor");
    if (users.manages) parts.emplace_back("managed by the actor");
    if (!users.relations.empty()) parts.push_back(relation_words(users.relations));
    if (!users.granted_by.empty()) parts.push_back("with a grant by the " + users.granted_by);
    return parts;
}

// The first member stands as the noun, the others follow as conditions.
Texts members(const UserSelector& users) {
    Texts parts;
    if (!users.users.empty()) parts.push_back(list(users.users, "or"));
    if (!users.clients.empty())
        parts.push_back("the service account of " + list(users.clients, "or"));
    if (!users.groups.empty()) parts.push_back(list(group_names(users.groups), "or"));
    if (!users.roles.empty()) parts.push_back(list(role_names(users.roles), "or"));
    if (!users.organizations.empty())
        parts.push_back("members of " + list(users.organizations, "or"));
    return parts;
}

std::string rebind_words(const SubjectSelector& subject) {
    return subject.rebind ? ", also those bound to another's key against a key of its own," : "";
}

std::string binding_words(const SubjectSelector& subject) {
    switch (subject.binding) {
        case Binding::kAudience:
            return " that were sent to it";
        case Binding::kHolder:
            return " that it holds";
        case Binding::kAudienceOrHolder:
            return " that were sent to it or that it holds";
        case Binding::kAny:
            return ", whoever they were sent to,";
        case Binding::kDeviceSecret:
            return ", with the secret of the device where he logged in,";
    }
    return {};
}

std::string type_words(const SubjectSelector& subject, Effect effect) {
    if (subject.token_types.empty()) return effect == Effect::kPermit ? "access tokens" : "tokens";
    Texts names;
    for (const TokenType type : subject.token_types) {
        std::string name(short_name_of(type));
        std::ranges::replace(name, '_', ' ');
        if (type == TokenType::kIdToken) name = "ID token";
        if (type == TokenType::kJwt) name = "JWT";
        names.push_back(name + "s");
    }
    return list(names, "or");
}

std::string issuer_words(const SubjectSelector& subject) {
    if (subject.issuers.empty() || subject.issuers == Texts{"self"}) return {};
    return " by " + list(subject.issuers, "or");
}

std::string target_words(const Rule& rule) {
    if (!rule.target) return rule.effect == Effect::kDeny ? "anything" : "nothing";
    if (rule.target->reachable) return "whatever its client scopes reach";
    if (rule.target->requester) return "itself";
    Texts names = rule.target->audiences;
    names.insert(names.end(), rule.target->resources.begin(), rule.target->resources.end());
    if (names.empty()) return rule.effect == Effect::kDeny ? "anything" : "nothing";
    return list(names, "and");
}

std::string organization_words(const OrganizationTerms& terms) {
    if (!terms.change && terms.among.empty()) return {};
    const std::string which =
        terms.among.empty() ? "that the subject is in" : list(terms.among, "or");
    return terms.change ? ", in the organization that it asks for" +
                              (terms.among.empty() ? std::string() : ", " + which + ",")
                        : ", in " + which + " only";
}

std::string result_words(const RuleResult& result) {
    std::string text;
    if (result.client_scopes) {
        text += result.target_scopes ? " with the target's client scopes"
                                     : " with its own client scopes";
    } else {
        text += result.scopes.empty() ? " without scopes"
                                      : " with at most " + list(result.scopes, "and");
        if (result.beyond_subject) text += ", even beyond the subject token's,";
    }
    text += organization_words(result.organization);
    if (result.holder == Holder::kTarget) text += ", held by the target";
    if (result.hide_actor) text += ", hiding who acts";
    if (std::ranges::find(result.token_types, TokenType::kHandOff) != result.token_types.end())
        text += ", handed over by a one-time code";
    if (result.per_day) text += ", " + std::to_string(*result.per_day) + " a day for each actor";
    if (result.refresh == RefreshKind::kBounded) text += ", to be refreshed";
    if (result.refresh == RefreshKind::kOffline) text += ", to be refreshed after log-out too";
    if (result.refresh_max_uses)
        text += " at most " + std::to_string(*result.refresh_max_uses) + " times";
    if (result.refresh_max_age) text += " for " + describe(*result.refresh_max_age);
    if (result.lifetime) text += ", for " + describe(*result.lifetime);
    if (result.extend_to)
        text +=
            ", at most " + describe(*result.extend_to) + " even if the subject token ends before";
    while (text.find(",,") != std::string::npos) text.replace(text.find(",,"), 2, ",");
    if (text.ends_with(',')) text.pop_back();
    return text;
}

std::string users_words(const std::optional<UserSelector>& users, Effect effect) {
    if (users) {
        const std::string text = describe(*users);
        // An empty selector is as an absent one.
        if (text != "nobody" || effect == Effect::kPermit) return text;
    }
    return effect == Effect::kDeny ? "anybody" : "nobody";
}

std::string actor_words(const Rule& rule) {
    if (!rule.actor || rule.actor->kind == ActorSelector::Kind::kNone) return {};
    if (rule.actor->kind == ActorSelector::Kind::kRequired) return "any actor";
    if (rule.actor->kind == ActorSelector::Kind::kRequester) return "itself";
    Texts parts = rule.actor->clients;
    if (rule.actor->users) parts.push_back(describe(*rule.actor->users));
    return list(parts, "or");
}

std::string token_words(const Rule& rule, const std::string& whose) {
    const SubjectSelector subject = rule.subject.value_or(SubjectSelector{});
    return type_words(subject, rule.effect) + issuer_words(subject) + " of " + whose +
           (rule.effect == Effect::kDeny ? std::string()
                                         : binding_words(subject) + rebind_words(subject));
}

std::string permit_words(const Rule& rule) {
    const auto subject_users = rule.subject ? rule.subject->users : std::nullopt;
    const std::string users = users_words(subject_users, Effect::kPermit);
    const std::string actor = actor_words(rule);
    const std::string target = target_words(rule) + result_words(rule.result);
    if (rule.subject && rule.subject->naked)
        return " may get tokens as " + users + " for " + target + ", without a token of theirs";
    switch (rule.result.mode) {
        case Mode::kSameSubject:
            return " may turn " + token_words(rule, users) + " into tokens for " + target;
        case Mode::kDelegation:
            return " may turn " + token_words(rule, users) + " into tokens for " + target +
                   ", with " + (actor.empty() ? "nobody" : actor) + " as actor";
        case Mode::kSwitchSubject:
            return " may turn " + token_words(rule, actor.empty() ? "nobody" : actor) +
                   " into tokens as " + users + " for " + target;
    }
    return {};
}

std::string requester_words(const Rule& rule) {
    if (!rule.requester) return rule.effect == Effect::kDeny ? "any client" : "no client";
    std::string text = describe(*rule.requester);
    if (text == "no client" && rule.effect == Effect::kDeny) return "any client";
    return text;
}

std::string deny_words(const Rule& rule) {
    const auto subject_users = rule.subject ? rule.subject->users : std::nullopt;
    return token_words(rule, users_words(subject_users, Effect::kDeny)) + " into tokens for " +
           target_words(rule);
}

}  // namespace

std::string describe(Seconds length) {
    const auto count = length.count();
    const auto with = [](std::int64_t number, const char* unit) {
        return std::to_string(number) + " " + unit + (number == 1 ? "" : "s");
    };
    if (count > 0 && count % 86400 == 0) return with(count / 86400, "day");
    if (count > 0 && count % 3600 == 0) return with(count / 3600, "hour");
    if (count > 0 && count % 60 == 0) return with(count / 60, "minute");
    return with(count, "second");
}

std::string describe(const UserSelector& users) {
    const Texts parts = members(users);
    Texts conditions = relations(users);
    for (const auto& [name, values] : users.attributes)
        conditions.push_back("whose " + name + " is " + list(values, "or"));
    std::string text;
    if (!parts.empty()) {
        text = list(parts, "who are also");
    } else if (users.any || !conditions.empty()) {
        text = conditions.empty() ? "anybody" : "users";
    } else {
        text = "nobody";
    }
    if (!conditions.empty()) text += " " + list(conditions, "and");
    if (users.except) text += " (not " + describe(*users.except) + ")";
    return text;
}

std::string describe(const RequesterSelector& requester) {
    Texts parts;
    if (!requester.clients.empty()) parts.push_back(list(requester.clients, "or"));
    if (!requester.roles.empty())
        parts.push_back("clients that are " + list(role_names(requester.roles), "or"));
    if (!requester.groups.empty())
        parts.push_back("clients in " + list(group_names(requester.groups), "or"));
    if (!requester.organizations.empty())
        parts.push_back("clients that are members of " + list(requester.organizations, "or"));
    std::string text = list(parts, "among");
    if (parts.empty()) text = requester.any ? "any client" : "no client";
    // A list that takes the usual secret says nothing worth a word.
    const auto& methods = requester.auth_methods;
    const bool is_usual =
        std::ranges::find(methods, ClientAuthMethod::kClientSecretBasic) != methods.end();
    if (methods.empty() || is_usual) return text;
    Texts names;
    for (const ClientAuthMethod method : methods) names.emplace_back(name_of(method));
    return text + ", authenticated by " + list(names, "or") + ",";
}

std::string sentence(const Rule& rule) {
    std::string text;
    const std::string requester = requester_words(rule);
    if (rule.effect == Effect::kDeny) {
        text = requester == "any client" ? "no client may turn " : requester + " may not turn ";
        text += deny_words(rule);
    } else {
        text = requester + permit_words(rule);
    }
    if (rule.condition) text += ", if " + describe(*rule.condition);
    if (rule.demands_reason) text += ", giving a reason";
    if (rule.demands_ticket) text += ", giving a ticket";
    if (rule.demands_organization) text += ", naming an organization";
    if (rule.break_glass) text += ", in an emergency";
    if (!rule.enabled) text += " (disabled)";
    return text + ".";
}

}  // namespace cambist::policy
