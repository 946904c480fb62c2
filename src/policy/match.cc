// SPDX-License-Identifier: Apache-2.0
#include "policy/match.h"

#include <algorithm>
#include <array>
#include <utility>

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
    const bool is_for_resources =
        token.type != TokenType::kIdToken && token.type != TokenType::kRefreshToken;
    return std::ranges::any_of(token.audience, [&](const std::string& audience) {
        return audience == client.client_id.text() ||
               (is_for_resources && !client.resource_url.empty() &&
                audience == client.resource_url);
    });
}

// Only tokens of this realm can be verified today, so every subject token's issuer is "self".
bool names_self(const std::vector<std::string>& issuers) {
    return std::ranges::find(issuers, "self") != issuers.end();
}

}  // namespace

std::string describe(Obstacles obstacles) {
    static constexpr std::array<std::pair<Obstacle, std::string_view>, 13> kTexts{{
        {Obstacle::kDisabled, "the rule is disabled"},
        {Obstacle::kExpired, "the rule has expired"},
        {Obstacle::kMode, "the rule is for another mode"},
        {Obstacle::kActor, "the rule demands an actor"},
        {Obstacle::kRequester, "the requester is not selected"},
        {Obstacle::kAuthMethod, "the rule demands another client authentication method"},
        {Obstacle::kAudience, "the requester is not in the audience of the subject token"},
        {Obstacle::kHolder, "the requester does not hold the subject token"},
        {Obstacle::kTokenType, "the rule takes other types of subject token"},
        {Obstacle::kIssuer, "the rule takes subject tokens of other issuers"},
        {Obstacle::kUsers, "the subject is not selected"},
        {Obstacle::kProof, "the subject token is bound to a key of another client"},
        {Obstacle::kReachable, "the requester's client scopes do not yield this audience"},
    }};
    std::string text;
    for (const auto& [obstacle, words] : kTexts) {
        if (!obstacles.has(obstacle)) continue;
        if (!text.empty()) text += "; ";
        text += words;
    }
    return text;
}

UserMatcher::UserMatcher(const UserSelector& selector)
    : any_(selector.any),
      relational_(selector.same_group || selector.same_organization || selector.manages ||
                  !selector.relation.empty() || !selector.granted_by.empty()),
      organizations_(!selector.organizations.empty()),
      users_(sorted(selector.users)),
      groups_(selector.groups),
      clients_(sorted(selector.clients)),
      roles_(parse_roles(selector.roles)) {
    for (const auto& [name, values] : selector.attributes) attributes_[name] = sorted(values);
    if (selector.except) except_ = std::make_shared<const UserMatcher>(*selector.except);
    is_empty_ = !any_ && !relational_ && !organizations_ && users_.empty() && groups_.empty() &&
                clients_.empty() && roles_.empty() && attributes_.empty();
}

Answer UserMatcher::matches(const Identity& subject, Answer if_empty) const {
    const Answer included = matches_included(subject, if_empty);
    if (included == Answer::kNo || !except_) return included;
    const Answer excluded = except_->matches(subject, Answer::kNo);
    if (excluded == Answer::kYes) return Answer::kNo;
    return excluded == Answer::kUnknown ? Answer::kUnknown : included;
}

Answer UserMatcher::matches_included(const Identity& subject, Answer if_empty) const {
    if (is_empty_) return if_empty;
    // A relation is to the actor, and there is none: it does not hold.
    if (relational_) return Answer::kNo;
    const User& user = *subject.user;
    if (!users_.empty() && !in(users_, user.username)) return Answer::kNo;
    if (!clients_.empty() &&
        (!subject.is_service_account() || !in(clients_, user.service_account_of.text())))
        return Answer::kNo;
    if (!groups_.empty() && !is_in_a_group(subject, groups_)) return Answer::kNo;
    if (!roles_.empty() && !has_a_role(subject, roles_)) return Answer::kNo;
    if (!has_attributes(user, attributes_)) return Answer::kNo;
    return organizations_ ? Answer::kUnknown : Answer::kYes;
}

RuleMatcher::RuleMatcher(const Rule& rule) : rule_(&rule) {
    if (rule.requester) {
        requester_any_ = rule.requester->any;
        clients_ = sorted(rule.requester->clients);
        groups_ = rule.requester->groups;
        roles_ = parse_roles(rule.requester->roles);
    }
    if (rule.subject && rule.subject->users)
        users_ = std::make_shared<const UserMatcher>(*rule.subject->users);
}

bool RuleMatcher::selects_requester(const Facts& facts) const {
    const bool names_somebody = !clients_.empty() || !groups_.empty() || !roles_.empty();
    // An absent or empty selector: everybody in a denial, nobody in a permit.
    if (!names_somebody) return requester_any_ || rule_->effect == Effect::kDeny;
    if (!clients_.empty() && !in(clients_, facts.requester->client_id.text())) return false;
    if (groups_.empty() && roles_.empty()) return true;
    const Identity* account = facts.requester_account;
    if (account == nullptr) return false;
    return (groups_.empty() || is_in_a_group(*account, groups_)) &&
           (roles_.empty() || has_a_role(*account, roles_));
}

bool RuleMatcher::allows_method(ClientAuthMethod method) const {
    if (!rule_->requester || rule_->requester->auth_methods.empty()) return true;
    const auto& methods = rule_->requester->auth_methods;
    return std::ranges::find(methods, method) != methods.end();
}

Obstacles RuleMatcher::obstacles(const Facts& facts) const {
    Obstacles found;
    check_requester(facts, found);
    found.add_if(rule_->result.mode != Mode::kSameSubject, Obstacle::kMode);
    found.add_if(rule_->actor && rule_->actor->kind != ActorSelector::Kind::kNone,
                 Obstacle::kActor);
    check_subject_token(facts, found);
    check_subject(facts, found);
    return found;
}

Obstacles RuleMatcher::obstacles_at_refresh(const Facts& facts) const {
    Obstacles found;
    check_requester(facts, found);
    check_subject(facts, found);
    return found;
}

void RuleMatcher::check_requester(const Facts& facts, Obstacles& found) const {
    found.add_if(!rule_->enabled, Obstacle::kDisabled);
    found.add_if(has_expired(*rule_, facts.now), Obstacle::kExpired);
    found.add_if(!selects_requester(facts), Obstacle::kRequester);
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
    found.add_if(!selector.issuers.empty() && !names_self(selector.issuers), Obstacle::kIssuer);
    found.add_if(selector.naked, Obstacle::kMode);
    found.add_if(!selector.rebind && needs_rebinding(facts), Obstacle::kProof);
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
            return;
    }
}

void RuleMatcher::check_subject(const Facts& facts, Obstacles& found) const {
    const bool is_selected = users_ && users_->matches(*facts.subject, Answer::kNo) == Answer::kYes;
    found.add_if(!is_selected, Obstacle::kUsers);
}

bool RuleMatcher::denies(const Facts& facts) const {
    if (!rule_->enabled || !selects_requester(facts) || !allows_method(facts.method)) return false;
    if (rule_->actor && (rule_->actor->kind != ActorSelector::Kind::kNone)) return false;
    if (!denies_token(facts.subject_token)) return false;
    // What can not be known counts against the request.
    return !users_ || users_->matches(*facts.subject, Answer::kYes) != Answer::kNo;
}

// The binding is not read: it says which tokens a permit takes, and a token that escapes it is no
// safer. Without a token (a refresh) the denial holds whatever type it names.
bool RuleMatcher::denies_token(const TokenFacts* token) const {
    if (!rule_->subject || token == nullptr) return true;
    const SubjectSelector& selector = *rule_->subject;
    const auto& types = selector.token_types;
    const bool names_type = types.empty() || std::ranges::find(types, token->type) != types.end();
    const bool names_issuer = selector.issuers.empty() || names_self(selector.issuers);
    return names_type && names_issuer && !selector.naked;
}

}  // namespace cambist::policy
