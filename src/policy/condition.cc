// SPDX-License-Identifier: Apache-2.0
#include "policy/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "json/parse.h"

namespace cambist::policy {
namespace {

Answer from_bool(bool yes) { return yes ? Answer::kYes : Answer::kNo; }

Answer negate(Answer answer) {
    if (answer == Answer::kUnknown) return answer;
    return from_bool(answer == Answer::kNo);
}

bool holds_name(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// Keycloak's own administration tools show it no client.
bool is_administration(const ClientId& client) {
    return client.text() == "admin-cli" || client.text() == "security-admin-console";
}

std::optional<std::string> attribute_of(const User& user, const std::string& name) {
    if (name == "username") return user.username;
    if (name == "email") return user.email;
    if (name == "firstName") return user.first_name;
    if (name == "lastName") return user.last_name;
    const auto found = user.attributes.find(name);
    if (found == user.attributes.end() || found->second.empty()) return std::nullopt;
    return found->second.front();
}

// The text of a member of the token, of a list its first.
std::optional<std::string> claim_of(const TokenFacts& token, const std::string& name) {
    const auto claims = json::parse(token.claims, {}, json::Positions::kNone);
    const json::Value* value = claims ? claims->find(name) : nullptr;
    if (value != nullptr && value->is_array())
        value = value->as_array().empty() ? nullptr : &value->as_array().front();
    if (value == nullptr) return std::nullopt;
    if (const auto* text = value->if_string()) return *text;
    if (const auto flag = value->if_bool()) return *flag ? "true" : "false";
    if (const auto number = value->if_int64()) return std::to_string(*number);
    return std::nullopt;
}

// Keycloak's evaluation of policies (DefaultPolicyEvaluator and the providers of its policies),
// for one party of the request.
class Evaluation {
  public:
    // `broken` is set when Keycloak would fail instead of deciding.
    Evaluation(const Facts& facts, Party party, bool& broken)
        : facts_(facts), party_(party), broken_(broken) {}

    Answer operator()(const Clause& clause) const {
        const Answer answer = std::visit([&](const auto& what) { return ask(what); }, clause.what);
        return clause.negative ? negate(answer) : answer;
    }

  private:
    // Who it is about; null: a client without a service account, or nobody.
    const Identity* identity() const {
        switch (party_) {
            case Party::kRequester:
                return facts_.requester_account;
            case Party::kActor:
                return facts_.actor;
            case Party::kSubject:
                return facts_.subject;
        }
        return nullptr;
    }
    bool is_client() const { return party_ == Party::kRequester; }
    // At a refresh nobody knows any more what the actor's token said.
    bool is_forgotten() const { return party_ == Party::kActor && facts_.subject_token == nullptr; }
    // Asked without a request: its service account may be one that is not known.
    Answer nobody() const {
        const bool is_untold = facts_.subject == nullptr && facts_.requester->service_accounts;
        return is_untold ? Answer::kUnknown : Answer::kNo;
    }
    // Keycloak's kc.client.id; null: there is none.
    const ClientId* client() const {
        if (is_client()) return &facts_.requester->client_id;
        if (party_ == Party::kSubject) return facts_.naked ? nullptr : &facts_.requester->client_id;
        const ClientId& holder = facts_.subject_token->holder;
        return is_administration(holder) ? nullptr : &holder;
    }

    Answer ask(const ClientClause& clause) const {
        if (is_forgotten()) return Answer::kUnknown;
        const ClientId* asking = client();
        return from_bool(asking != nullptr && holds_name(clause.clients, asking->text()));
    }
    // Every required role, and one of all.
    Answer ask(const RoleClause& clause) const {
        const Identity* who = identity();
        if (who == nullptr) return nobody();
        bool has_one = false;
        for (const auto& [role, required] : clause.roles) {
            const bool has = who->has_role(role);
            if (!has && required) return Answer::kNo;
            has_one = has_one || has;
        }
        return from_bool(has_one);
    }
    // A client is nobody's user, not even its service account's.
    Answer ask(const UserClause& clause) const {
        const Identity* who = is_client() ? nullptr : identity();
        if (who == nullptr) return Answer::kNo;
        return from_bool(holds_name(clause.users, who->user->username) ||
                         holds_name(clause.users, who->user->id.text()));
    }
    // By the beginning of the path, as Keycloak does; the import report says where that matters.
    Answer ask(const GroupClause& clause) const {
        const Identity* who = identity();
        if (who == nullptr) {
            broken_ = true;  // a client without a service account has no groups to look at
            return nobody();
        }
        const auto is_in = [&](const GroupClause::Entry& entry) {
            return std::ranges::any_of(who->groups, [&](const std::string& path) {
                return path == entry.path ||
                       (entry.extend_children && path.starts_with(entry.path));
            });
        };
        return from_bool(std::ranges::any_of(clause.groups, is_in));
    }
    // Keycloak shows a policy no attributes of a client.
    Answer ask(const RegexClause& clause) const {
        if (is_client()) return Answer::kNo;
        if (is_forgotten()) return Answer::kUnknown;
        const auto value = party_ == Party::kSubject
                               ? attribute_of(*facts_.subject->user, clause.claim)
                               : claim_of(*facts_.subject_token, clause.claim);
        if (!value) return Answer::kNo;
        switch (clause.compiled->matches(*value)) {
            case Pattern::Answer::kNo:
                return Answer::kNo;
            case Pattern::Answer::kUnknown:
                return Answer::kUnknown;
            case Pattern::Answer::kYes:
                return Answer::kYes;
        }
        return Answer::kUnknown;
    }
    Answer ask(const TimeClause& clause) const {
        std::string now = to_iso8601(facts_.now).substr(0, kMomentLength);
        now[kDateLength] = ' ';
        if (!clause.not_before.empty() && now < clause.not_before) return Answer::kNo;
        if (!clause.not_on_or_after.empty() && now > clause.not_on_or_after) return Answer::kNo;
        const auto part = [&](std::size_t at, std::size_t size) {
            return std::stoi(now.substr(at, size));
        };
        const std::array<int, 5> parts{part(8, 2), part(5, 2), part(0, 4), part(11, 2),
                                       part(14, 2)};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto& range = clause.ranges[i];
            if (range && (parts[i] < range->from || parts[i] > range->to)) return Answer::kNo;
        }
        return Answer::kYes;
    }
    Answer ask(const NoSwitchClause&) const {
        return from_bool(!facts_.requester->standard_token_exchange);
    }
    Answer ask(const UnmappedClause&) const { return Answer::kUnknown; }
    Answer ask(const PartyClause& clause) const {
        if (clause.party != Party::kRequester && facts_.subject == nullptr) return Answer::kUnknown;
        return Evaluation(facts_, clause.party, broken_)(*clause.part);
    }
    Answer ask(const AggregateClause& clause) const {
        std::size_t granted = 0;
        std::size_t unknown = 0;
        for (const auto& part : clause.parts) {
            const Answer answer = (*this)(*part);
            granted += answer == Answer::kYes ? 1U : 0U;
            unknown += answer == Answer::kUnknown ? 1U : 0U;
        }
        const std::size_t all = clause.parts.size();
        if (decides(clause.strategy, granted, all)) return Answer::kYes;
        return decides(clause.strategy, granted + unknown, all) ? Answer::kUnknown : Answer::kNo;
    }
    static bool decides(Strategy strategy, std::size_t granted, std::size_t all) {
        switch (strategy) {
            case Strategy::kUnanimous:
                return all > 0 && granted == all;
            case Strategy::kAffirmative:
                return granted > 0;
            case Strategy::kConsensus:
                return granted > all - granted;
        }
        return false;
    }

    static constexpr std::size_t kDateLength = 10;    // 2027-06-30
    static constexpr std::size_t kMomentLength = 19;  // 2027-06-30 12:00:00

    const Facts& facts_;
    Party party_;
    bool& broken_;
};

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
    return text.empty() ? "nobody" : text;
}

std::string words_of(const ClientClause& clause) { return "the client is " + list(clause.clients); }
std::string words_of(const RoleClause& clause) {
    std::vector<std::string> names;
    for (const auto& [role, required] : clause.roles)
        names.push_back(to_text(role) + (required ? " (needed)" : ""));
    return "it has role " + list(names);
}
std::string words_of(const UserClause& clause) { return "it is " + list(clause.users); }
std::string words_of(const GroupClause& clause) {
    std::vector<std::string> names;
    for (const auto& [path, down] : clause.groups)
        names.push_back(path + (down ? " and below" : ""));
    return "it is in " + list(names);
}
std::string words_of(const RegexClause& clause) {
    return "its " + clause.claim + " matches " + clause.pattern;
}
std::string words_of(const TimeClause& clause) {
    static constexpr std::array<std::string_view, 5> kParts{"day", "month", "year", "hour",
                                                            "minute"};
    std::string text = "the time is right";
    if (!clause.not_before.empty()) text += " from " + clause.not_before;
    if (!clause.not_on_or_after.empty()) text += " until " + clause.not_on_or_after;
    for (std::size_t i = 0; i < kParts.size(); ++i)
        if (const auto& range = clause.ranges[i])
            text += fmt::format(" in {} {} to {}", kParts[i], range->from, range->to);
    return text;
}
std::string words_of(const NoSwitchClause&) {
    return "the client has not the switch of the standard exchange";
}
std::string words_of(const UnmappedClause& clause) {
    return "what can not be told here (" + clause.why + ")";
}
std::string words_of(const PartyClause& clause) {
    const std::string text = describe(*clause.part);
    switch (clause.party) {
        case Party::kRequester:
            return text;
        case Party::kActor:
            return "of who acts: " + text;
        case Party::kSubject:
            return "of the subject: " + text;
    }
    return text;
}
std::string words_of(const AggregateClause& clause) {
    if (clause.parts.size() == 1) return describe(*clause.parts.front());
    std::string text;
    const bool any = clause.strategy == Strategy::kAffirmative;
    for (const auto& part : clause.parts)
        text += (text.empty() ? "" : any ? " or " : " and ") + describe(*part);
    const bool most = clause.strategy == Strategy::kConsensus;
    return (most ? "most of (" : "(") + (text.empty() ? "nothing" : text) + ")";
}

}  // namespace

Answer holds(const Clause& condition, const Facts& facts) {
    bool broken = false;
    const Answer answer = Evaluation(facts, Party::kRequester, broken)(condition);
    return broken ? Answer::kUnknown : answer;
}

std::string describe(const Clause& condition) {
    const std::string text =
        std::visit([](const auto& what) { return words_of(what); }, condition.what);
    return condition.negative ? "not (" + text + ")" : text;
}

}  // namespace cambist::policy
