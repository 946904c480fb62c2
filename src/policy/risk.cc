// SPDX-License-Identifier: Apache-2.0
#include "policy/risk.h"

#include <cstdlib>

namespace cambist::policy {
namespace {

constexpr std::int64_t kSoon = 30LL * 24 * 3600;

class Notes {
  public:
    explicit Notes(const Rule& rule) : rule_(rule) {}
    void add_if(bool condition, RiskKind kind, std::string text, bool fault = false) {
        if (condition) notes_.push_back({rule_.id, kind, fault, std::move(text)});
    }
    std::vector<RiskNote> take() && { return std::move(notes_); }

  private:
    const Rule& rule_;
    std::vector<RiskNote> notes_;
};

// The design's list of what a rule may do only with a reason and an end.
bool demands_statement(const Rule& rule) {
    // Keycloak's permissions have no place for one.
    if (rule.condition) return false;
    const bool by_subject = rule.subject && (rule.subject->naked || rule.subject->admins ||
                                             rule.subject->binding == Binding::kAny);
    const bool by_actor = rule.actor && rule.actor->binding == Binding::kAny;
    const RuleResult& result = rule.result;
    // Who becomes another has none of his scopes: those that the rule names are all there are.
    const bool is_beyond = result.beyond_subject && result.mode != Mode::kSwitchSubject;
    return by_subject || by_actor || rule.break_glass || is_beyond || result.extend_to ||
           result.hide_actor || result.refresh == RefreshKind::kOffline;
}

void note_powers(const Rule& rule, Notes& notes) {
    const RuleResult& result = rule.result;
    const bool has_subject = rule.subject.has_value();
    notes.add_if(has_subject && rule.subject->naked, RiskKind::kNaked,
                 "needs no token of the subject: whoever takes over the requester can be anybody "
                 "the rule selects");
    notes.add_if(has_subject && rule.subject->binding == Binding::kAny, RiskKind::kAnyBinding,
                 "takes tokens that were sent to others: a leaked token can be exchanged");
    notes.add_if(has_subject && rule.subject->admins, RiskKind::kAdmins,
                 "reaches administrators: who acts gets their powers");
    notes.add_if(rule.actor && rule.actor->binding == Binding::kAny, RiskKind::kAnyBinding,
                 "takes actor tokens that were sent to others: a leaked token makes an actor");
    notes.add_if(rule.break_glass, RiskKind::kBreakGlass,
                 "is for emergencies: each use raises an event");
    notes.add_if(rule.requester && rule.requester->any, RiskKind::kAnyRequester,
                 "serves every confidential client");
    notes.add_if(has_subject && rule.subject->users && rule.subject->users->any, RiskKind::kAnyUser,
                 "serves every subject");
    notes.add_if(result.beyond_subject, RiskKind::kBeyondSubject,
                 "gives scopes that the subject token does not have");
    notes.add_if(result.extend_to.has_value(), RiskKind::kExtendTo,
                 "gives a longer life than the subject token has");
    notes.add_if(result.hide_actor, RiskKind::kHideActor, "hides who acts");
    notes.add_if(result.refresh == RefreshKind::kOffline, RiskKind::kOffline,
                 "gives tokens that outlive the log-in");
}

void note_statement(const Rule& rule, TimePoint now, Notes& notes) {
    const bool is_demanded = demands_statement(rule);
    notes.add_if(is_demanded && (!rule.risk || rule.risk->reason.empty()), RiskKind::kReasonMissing,
                 "needs a risk statement: risk.reason", true);
    if (!rule.risk) {
        notes.add_if(is_demanded, RiskKind::kExpiryMissing,
                     "needs an end of the risk: risk.expires", true);
        return;
    }
    const Risk& risk = *rule.risk;
    const bool is_read = risk.expires_at > 0;
    notes.add_if(is_demanded && risk.expires.empty() && !is_read, RiskKind::kExpiryMissing,
                 "needs an end of the risk: risk.expires", true);
    notes.add_if(!risk.expires.empty() && !is_read, RiskKind::kExpiryMalformed,
                 "the end of the risk can not be read, so the rule does not serve", true);
    const bool is_over = is_read && has_expired(rule, now);
    notes.add_if(is_over, RiskKind::kExpired,
                 "the risk ended on " + risk.expires + ", so the rule does not serve", true);
    notes.add_if(is_read && !is_over && risk.expires_at - to_unix(now) <= kSoon,
                 RiskKind::kExpiresSoon, "the risk ends soon, on " + risk.expires);
}

}  // namespace

std::string_view name_of(RiskKind kind) {
    switch (kind) {
        case RiskKind::kNaked:
            return "naked";
        case RiskKind::kAdmins:
            return "admins";
        case RiskKind::kBreakGlass:
            return "breakGlass";
        case RiskKind::kAnyBinding:
            return "anyBinding";
        case RiskKind::kAnyRequester:
            return "anyRequester";
        case RiskKind::kAnyUser:
            return "anyUser";
        case RiskKind::kBeyondSubject:
            return "beyondSubject";
        case RiskKind::kExtendTo:
            return "extendTo";
        case RiskKind::kHideActor:
            return "hideActor";
        case RiskKind::kOffline:
            return "offline";
        case RiskKind::kReasonMissing:
            return "reasonMissing";
        case RiskKind::kExpiryMissing:
            return "expiryMissing";
        case RiskKind::kExpiryMalformed:
            return "expiryMalformed";
        case RiskKind::kExpired:
            return "expired";
        case RiskKind::kExpiresSoon:
            return "expiresSoon";
    }
    std::abort();
}

std::vector<RiskNote> risks(const Rule& rule, TimePoint now) {
    if (rule.effect == Effect::kDeny) return {};
    Notes notes(rule);
    note_powers(rule, notes);
    note_statement(rule, now, notes);
    return std::move(notes).take();
}

bool has_expired(const Rule& rule, TimePoint now) {
    if (rule.effect == Effect::kDeny || !rule.risk) return false;
    // An end that nobody could read is no end that lies ahead.
    if (rule.risk->expires_at <= 0) return !rule.risk->expires.empty();
    return rule.risk->expires_at < to_unix(now);
}

}  // namespace cambist::policy
