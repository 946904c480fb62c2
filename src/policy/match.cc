// SPDX-License-Identifier: Apache-2.0
#include "policy/match.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <utility>

#include "policy/condition.h"
#include "policy/risk.h"
#include "policy/sender.h"

namespace cambist::policy {
namespace {

std::vector<std::string> sorted(std::vector<std::string> values) {
    std::ranges::sort(values);
    return values;
}

std::vector<RoleRef> parse_roles(const std::vector<std::string>& texts) {
    std::vector<RoleRef> roles;
    roles.reserve(texts.size());
    for (const std::string& text : texts) roles.push_back(parse_role_ref(text));
    return roles;
}

bool in(const std::vector<std::string>& sorted_values, const std::string& value) {
    return std::ranges::binary_search(sorted_values, value);
}

bool has_a_role(const Identity& who, const std::vector<RoleRef>& roles) {
    return std::ranges::any_of(roles, [&](const RoleRef& role) { return who.has_role(role); });
}

bool is_in_a_group(const Identity& who, const std::vector<std::string>& groups) {
    return std::ranges::any_of(groups, [&](const std::string& path) { return who.in_group(path); });
}

bool has_attributes(const User& user,
                    const std::map<std::string, std::vector<std::string>>& demanded) {
    return std::ranges::all_of(demanded, [&](const auto& entry) {
        const auto held = user.attributes.find(entry.first);
        return held != user.attributes.end() &&
               std::ranges::any_of(
                   held->second, [&](const std::string& value) { return in(entry.second, value); });
    });
}

// By its client_id, or by the URI that it is the resource of (RFC 8707). An ID token is for clients
// (OpenID Connect Core section 2), a refresh token for the one it was issued to.
bool is_in_audience(const TokenFacts& token, const Client& client) {
    // Of a trusted issuer: that it names whom the issuer's entry says was checked, and names there
    // are not names here.
    if (token.foreign != nullptr) return true;
    const bool is_for_resources =
        token.type != TokenType::kIdToken && token.type != TokenType::kRefreshToken;
    return std::ranges::any_of(token.audience, [&](const std::string& audience) {
        return audience == client.client_id.text() ||
               (is_for_resources && !client.resource_url.empty() &&
                audience == client.resource_url);
    });
}

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::ranges::any_of(a, [&](const std::string& one) { return in(b, one); });
}

// Keycloak's powers over a realm: the role admin, and every role of the clients that stand for the
// administration of realms.
bool is_administrative(const RoleRef& role) {
    return role.client.empty()
               ? role.name == "admin" || role.name == "create-realm"
               : role.client == "realm-management" || role.client.ends_with("-realm");
}

std::vector<RoleRef> administrative_roles(const Identity& who) {
    std::vector<RoleRef> roles;
    std::ranges::copy_if(who.roles, std::back_inserter(roles), is_administrative);
    return roles;
}

bool has_standing(const Relationship* known, std::string_view kind) {
    return known != nullptr && std::ranges::any_of(known->standings, [&](const Standing& standing) {
               return standing.kind == kind;
           });
}

Pair pair_of(const Facts& facts) {
    return {.actor = facts.actor, .subject = facts.subject, .relationship = facts.relationship};
}

// "self", or the alias of a trusted issuer; sorted, since a rule may name thousands of customers.
bool names_issuer(const std::vector<std::string>& issuers, const TokenFacts& token) {
    const std::string_view name = token.foreign == nullptr ? std::string_view("self")
                                                           : std::string_view(token.foreign->alias);
    return std::ranges::binary_search(issuers, name, std::less<>{});
}

// A permit that names no issuer takes our own tokens.
bool takes_issuer(const std::vector<std::string>& issuers, const TokenFacts& token) {
    return issuers.empty() ? token.foreign == nullptr : names_issuer(issuers, token);
}

}  // namespace

std::string describe(Obstacles obstacles) {
    static constexpr std::array<std::pair<Obstacle, std::string_view>, 20> kTexts{{
        {Obstacle::kDisabled, "the rule is disabled"},
        {Obstacle::kExpired, "the rule has expired"},
        {Obstacle::kMode, "the rule is for another mode"},
        {Obstacle::kActor, "the actor is not selected"},
        {Obstacle::kRequester, "the requester is not selected"},
        {Obstacle::kAuthMethod, "the rule demands another client authentication method"},
        {Obstacle::kAudience, "the requester is not in the audience of the subject token"},
        {Obstacle::kHolder, "the requester does not hold the subject token"},
        {Obstacle::kTokenType, "the rule takes other types of subject token"},
        {Obstacle::kIssuer, "the rule takes subject tokens of other issuers"},
        {Obstacle::kUsers, "the subject is not selected"},
        {Obstacle::kProof, "the subject token is bound to a key of another client"},
        {Obstacle::kReachable, "the requester's client scopes do not yield this audience"},
        {Obstacle::kNaked, "the rule is for requests without a subject token, or only with one"},
        {Obstacle::kProtected, "the subject is an administrator whom the rule does not name"},
        {Obstacle::kActorToken, "the rule takes other types or issuers of actor token"},
        {Obstacle::kActorBinding, "the actor token was not meant for the requester"},
        {Obstacle::kGrant, "the subject's own grant does not reach this"},
        {Obstacle::kCondition, "Keycloak's permissions do not grant it"},
        {Obstacle::kDevice, "the rule is for device secrets, or for requests without one"},
    }};
    std::string text;
    for (const auto& [obstacle, words] : kTexts) {
        if (!obstacles.has(obstacle)) continue;
        if (!text.empty()) text += "; ";
        text += words;
    }
    return text;
}

namespace {

// Who is in a disabled one only has nothing of it, and does not escape a denial by it either.
Answer is_in_an_organization(const Identity& who, const std::vector<std::string>& organizations) {
    if (organizations.empty() || share_one(organizations, who.organizations)) return Answer::kYes;
    return share_one(organizations, who.disabled_organizations) ? Answer::kUnknown : Answer::kNo;
}
Answer share_an_organization(const Pair& pair) {
    if (share_one(pair.actor->organizations, pair.subject->organizations)) return Answer::kYes;
    return share_one(pair.actor->disabled_organizations, pair.subject->disabled_organizations)
               ? Answer::kUnknown
               : Answer::kNo;
}

}  // namespace

UserMatcher::UserMatcher(const UserSelector& selector)
    : any_(selector.any),
      relational_(selector.same_group || selector.same_organization || selector.manages ||
                  !selector.relations.empty() || !selector.granted_by.empty()),
      same_group_(selector.same_group),
      same_organization_(selector.same_organization),
      manages_(selector.manages),
      granted_(!selector.granted_by.empty()),
      relation_(selector.relations),
      organizations_(sorted(selector.organizations)),
      users_(sorted(selector.users)),
      groups_(selector.groups),
      clients_(sorted(selector.clients)),
      roles_(parse_roles(selector.roles)) {
    for (const auto& [name, values] : selector.attributes) attributes_[name] = sorted(values);
    if (selector.except) except_ = std::make_shared<const UserMatcher>(*selector.except);
    is_empty_ = !any_ && !relational_ && organizations_.empty() && users_.empty() &&
                groups_.empty() && clients_.empty() && roles_.empty() && attributes_.empty();
}

Answer UserMatcher::matches(const Identity& who, const Pair& pair, Answer if_empty) const {
    const Answer included = matches_included(who, pair, if_empty);
    if (included == Answer::kNo || !except_) return included;
    const Answer excluded = except_->matches(who, pair, Answer::kNo);
    if (excluded == Answer::kYes) return Answer::kNo;
    return excluded == Answer::kUnknown ? Answer::kUnknown : included;
}

Answer UserMatcher::matches_included(const Identity& who, const Pair& pair, Answer if_empty) const {
    if (is_empty_) return if_empty;
    if (relational_ && !relations_hold(pair)) return Answer::kNo;
    const User& user = *who.user;
    if (!users_.empty() && !in(users_, user.username)) return Answer::kNo;
    if (!clients_.empty() &&
        (!who.is_service_account() || !in(clients_, user.service_account_of.text())))
        return Answer::kNo;
    if (!groups_.empty() && !is_in_a_group(who, groups_)) return Answer::kNo;
    if (!roles_.empty() && !has_a_role(who, roles_)) return Answer::kNo;
    if (!has_attributes(user, attributes_)) return Answer::kNo;
    const Answer selected = is_in_an_organization(who, organizations_);
    return same_organization_ ? std::min(selected, share_an_organization(pair)) : selected;
}

// Each relation that is named must hold. Somebody stands in none of them to himself.
bool UserMatcher::relations_hold(const Pair& pair) const {
    // A client that asks without anybody's token can be named by a grant or a relation.
    const bool has_two = pair.actor != nullptr && pair.subject != nullptr &&
                         pair.actor->user->id != pair.subject->user->id;
    if ((same_group_ || same_organization_ || manages_) && !has_two) return false;
    if (same_group_ && !share_one(pair.actor->groups, pair.subject->groups)) return false;
    const Relationship* known = pair.relationship;
    if (manages_ && (known == nullptr || !known->manages)) return false;
    const bool stands = std::ranges::any_of(
        relation_, [&](const std::string& kind) { return has_standing(known, kind); });
    return (relation_.empty() || stands) && (!granted_ || has_standing(known, kGrantKind));
}

bool UserMatcher::names(const Identity& who, const std::vector<RoleRef>& roles) const {
    if (in(users_, who.user->username)) return true;
    return std::ranges::any_of(
        roles_, [&](const RoleRef& role) { return std::ranges::find(roles, role) != roles.end(); });
}

RuleMatcher::RuleMatcher(const Rule& rule) : rule_(&rule) {
    if (rule.requester) {
        requester_any_ = rule.requester->any;
        clients_ = sorted(rule.requester->clients);
        groups_ = rule.requester->groups;
        organizations_ = sorted(rule.requester->organizations);
        roles_ = parse_roles(rule.requester->roles);
    }
    if (rule.subject) issuers_ = sorted(rule.subject->issuers);
    if (rule.subject && rule.subject->users)
        users_ = std::make_shared<const UserMatcher>(*rule.subject->users);
    if (!rule.actor) return;
    actor_clients_ = sorted(rule.actor->clients);
    actor_issuers_ = sorted(rule.actor->issuers);
    if (rule.actor->users) actors_ = std::make_shared<const UserMatcher>(*rule.actor->users);
}

bool RuleMatcher::selects_requester(const Client& requester, const Identity* account) const {
    const bool by_account = !groups_.empty() || !roles_.empty() || !organizations_.empty();
    const bool names_somebody = !clients_.empty() || by_account;
    // An absent or empty selector: everybody in a denial, nobody in a permit.
    if (!names_somebody) return requester_any_ || rule_->effect == Effect::kDeny;
    if (!clients_.empty() && !in(clients_, requester.client_id.text())) return false;
    if (!by_account) return true;
    if (account == nullptr) return false;
    const auto in_organization = is_in_an_organization(*account, organizations_);
    return (groups_.empty() || is_in_a_group(*account, groups_)) &&
           (roles_.empty() || has_a_role(*account, roles_)) &&
           (in_organization == Answer::kYes ||
            (in_organization == Answer::kUnknown && rule_->effect == Effect::kDeny));
}

bool RuleMatcher::allows_method(ClientAuthMethod method) const {
    // Without authentication anybody can use the client's name: a permit has to say so.
    if (!rule_->requester || rule_->requester->auth_methods.empty())
        return method != ClientAuthMethod::kNone || rule_->effect == Effect::kDeny;
    const auto& methods = rule_->requester->auth_methods;
    return std::ranges::find(methods, method) != methods.end();
}

bool RuleMatcher::is_relational() const {
    return (users_ && users_->is_relational()) || (actors_ && actors_->is_relational());
}

Obstacles RuleMatcher::obstacles(const Facts& facts) const {
    Obstacles found;
    check_requester(facts, found);
    check_mode(facts, found);
    check_subject_token(facts, found);
    check_actor_token(facts, found);
    check_subject(facts, found);
    if (rule_->condition && found.none())
        found.add_if(holds(*rule_->condition, facts) != Answer::kYes, Obstacle::kCondition);
    return found;
}

Obstacles RuleMatcher::obstacles_at_refresh(const Facts& facts) const {
    Obstacles found;
    check_requester(facts, found);
    const bool has_actor = rule_->result.mode == Mode::kDelegation ||
                           (rule_->result.mode == Mode::kSwitchSubject && !rule_->subject->naked);
    found.add_if(has_actor && !selects_actor(facts, Answer::kNo), Obstacle::kActor);
    check_subject(facts, found);
    // What only the subject token told was asked when it was there.
    if (rule_->condition)
        found.add_if(holds(*rule_->condition, facts) == Answer::kNo, Obstacle::kCondition);
    return found;
}

// A rule names one mode (design 4.1). A delegation whose actor is the requester comes without an
// actor token, so its request looks like one that keeps the subject.
void RuleMatcher::check_mode(const Facts& facts, Obstacles& found) const {
    const bool by_requester = rule_->result.mode == Mode::kDelegation && rule_->actor &&
                              rule_->actor->kind == ActorSelector::Kind::kRequester;
    const Mode expected = by_requester ? Mode::kSameSubject : rule_->result.mode;
    // A rule that no file can hold: it keeps the subject and demands an actor all the same.
    const bool never = expected == Mode::kSameSubject && !by_requester && rule_->actor &&
                       rule_->actor->kind != ActorSelector::Kind::kNone;
    found.add_if(never, Obstacle::kMode);
    const bool is_other = facts.mode != expected;
    found.add_if(is_other, Obstacle::kMode);
    const bool is_naked = rule_->subject && rule_->subject->naked;
    if (is_other) return;
    found.add_if(is_naked != facts.naked, Obstacle::kNaked);
    // Who asks without a token is the requester, which was selected already.
    const bool has_actor = facts.mode != Mode::kSameSubject && !facts.naked;
    found.add_if(has_actor && !selects_actor(facts, Answer::kNo), Obstacle::kActor);
}

bool RuleMatcher::selects_actor(const Facts& facts, Answer if_empty) const {
    const ActorSelector::Kind kind = rule_->actor ? rule_->actor->kind : ActorSelector::Kind::kNone;
    if (kind == ActorSelector::Kind::kRequester) return true;
    if (facts.actor == nullptr || kind == ActorSelector::Kind::kNone) return false;
    if (kind == ActorSelector::Kind::kRequired) return true;
    if (!actor_clients_.empty() && facts.actor->is_service_account() &&
        in(actor_clients_, facts.actor->user->service_account_of.text()))
        return true;
    if (!actors_) return actor_clients_.empty() && if_empty == Answer::kYes;
    return actors_->matches(*facts.actor, pair_of(facts), if_empty) == Answer::kYes;
}

bool RuleMatcher::lets_act(const Facts& facts) const {
    if (!rule_->enabled || has_expired(*rule_, facts.now)) return false;
    if (!users_ || users_->matches(*facts.subject, pair_of(facts), Answer::kNo) != Answer::kYes)
        return false;
    if (!rule_->actor || rule_->actor->kind != ActorSelector::Kind::kRequester)
        return selects_actor(facts, Answer::kNo);
    // The requester itself acts: a client that this rule is for.
    if (!facts.actor->is_service_account()) return false;
    const Client* client = facts.realm->find_client(facts.actor->user->service_account_of.text());
    return client != nullptr && selects_requester(*client, facts.actor);
}

// What a condition asks of the token or its subject is not known yet, and refuses nobody here.
bool RuleMatcher::lets_bring(const Facts& facts, std::string_view alias, Brought as) const {
    const bool is_actor = as == Brought::kActor;
    if (!rule_->enabled || (is_actor ? !rule_->actor : !rule_->subject)) return false;
    return std::ranges::binary_search(is_actor ? actor_issuers_ : issuers_, alias, std::less<>{}) &&
           !has_expired(*rule_, facts.now) &&
           selects_requester(*facts.requester, facts.requester_account) &&
           (!rule_->condition || holds(*rule_->condition, facts) != Answer::kNo);
}

void RuleMatcher::check_actor_token(const Facts& facts, Obstacles& found) const {
    if (facts.actor_token == nullptr || !rule_->actor) return;
    const TokenFacts& token = *facts.actor_token;
    const auto& types = rule_->actor->token_types;
    const bool takes_type = types.empty() ? token.type == TokenType::kAccessToken
                                          : std::ranges::find(types, token.type) != types.end();
    found.add_if(!takes_type || !takes_issuer(actor_issuers_, token), Obstacle::kActorToken);
    const bool is_sent = is_in_audience(token, *facts.requester);
    const bool is_held = token.holder == facts.requester->client_id;
    const Binding binding = rule_->actor->binding;
    const bool is_bound = binding == Binding::kAny || (binding != Binding::kHolder && is_sent) ||
                          (binding != Binding::kAudience && is_held);
    found.add_if(!is_bound, Obstacle::kActorBinding);
}

void RuleMatcher::check_requester(const Facts& facts, Obstacles& found) const {
    found.add_if(!rule_->enabled, Obstacle::kDisabled);
    found.add_if(has_expired(*rule_, facts.now), Obstacle::kExpired);
    found.add_if(!selects_requester(*facts.requester, facts.requester_account),
                 Obstacle::kRequester);
    found.add_if(!allows_method(facts.method), Obstacle::kAuthMethod);
}

void RuleMatcher::check_subject_token(const Facts& facts, Obstacles& found) const {
    if (!rule_->subject || facts.subject_token == nullptr) return;
    const SubjectSelector& selector = *rule_->subject;
    const TokenFacts& token = *facts.subject_token;
    const auto& types = selector.token_types;
    const bool takes_type = types.empty() ? token.type == TokenType::kAccessToken
                                          : std::ranges::find(types, token.type) != types.end();
    found.add_if(!takes_type, Obstacle::kTokenType);
    found.add_if(!takes_issuer(issuers_, token), Obstacle::kIssuer);
    // The apps of a device have keys of their own; its secret stands for the other's.
    found.add_if(!selector.rebind && !facts.proves_device && needs_rebinding(facts),
                 Obstacle::kProof);
    // Also the other way: such an ID token may be past its end, which no other rule expects.
    found.add_if(facts.proves_device != (selector.binding == Binding::kDeviceSecret),
                 Obstacle::kDevice);
    // A key was issued to no client: whoever the rule names may take it, as its owner gave it to
    // him.
    if (token.type == TokenType::kApiKey) return;
    const ClientId& client = facts.requester->client_id;
    const bool is_sent = is_in_audience(token, *facts.requester);
    const bool is_held = token.holder == client;
    switch (selector.binding) {
        case Binding::kAudience:
            found.add_if(!is_sent, Obstacle::kAudience);
            return;
        case Binding::kHolder:
            found.add_if(!is_held, Obstacle::kHolder);
            return;
        case Binding::kAudienceOrHolder:
            found.add_if(!is_sent && !is_held, Obstacle::kAudience);
            return;
        case Binding::kAny:
        case Binding::kDeviceSecret:  // asked above
            return;
    }
}

void RuleMatcher::check_subject(const Facts& facts, Obstacles& found) const {
    const bool is_selected =
        users_ && users_->matches(*facts.subject, pair_of(facts), Answer::kNo) == Answer::kYes;
    found.add_if(!is_selected, Obstacle::kUsers);
    if (rule_->result.mode != Mode::kSwitchSubject || !is_selected || rule_->subject->admins)
        return;
    const auto roles = administrative_roles(*facts.subject);
    found.add_if(!roles.empty() && !users_->names(*facts.subject, roles), Obstacle::kProtected);
}

bool RuleMatcher::denies(const Facts& facts) const {
    if (!rule_->enabled || !selects_requester(*facts.requester, facts.requester_account) ||
        !allows_method(facts.method))
        return false;
    if (!denies_actor(facts) || !denies_token(facts)) return false;
    // What can not be known counts against the request.
    return !users_ || users_->matches(*facts.subject, pair_of(facts), Answer::kYes) != Answer::kNo;
}

// Without an actor selector it is about everybody; with one about requests that have such an actor.
bool RuleMatcher::denies_actor(const Facts& facts) const {
    if (!rule_->actor) return true;
    switch (rule_->actor->kind) {
        case ActorSelector::Kind::kNone:
            return facts.actor == nullptr && !facts.naked;
        case ActorSelector::Kind::kRequired:
            return facts.actor != nullptr || facts.naked;
        case ActorSelector::Kind::kRequester:
            return facts.naked;
        case ActorSelector::Kind::kSelected:
            break;
    }
    if (facts.naked) return in(actor_clients_, facts.requester->client_id.text());
    return facts.actor != nullptr && selects_actor(facts, Answer::kYes);
}

// The binding is not read: it says which tokens a permit takes, and a token that escapes it is no
// safer. Without a token (a refresh) the denial holds whatever type it names.
bool RuleMatcher::denies_token(const Facts& facts) const {
    if (!rule_->subject) return true;
    const SubjectSelector& selector = *rule_->subject;
    const TokenFacts* token = facts.subject_token;
    if (token == nullptr) return !selector.naked || facts.naked;
    const auto& types = selector.token_types;
    const bool names_type = types.empty() || std::ranges::find(types, token->type) != types.end();
    const bool is_named = issuers_.empty() || names_issuer(issuers_, *token);
    return names_type && is_named && !selector.naked;
}

}  // namespace cambist::policy
