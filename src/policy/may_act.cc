// SPDX-License-Identifier: Apache-2.0
#include "policy/may_act.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "json/parse.h"

namespace cambist::policy {
namespace {

bool is_account_of_requester(const Facts& facts, const std::string& subject) {
    return facts.requester_account != nullptr &&
           facts.requester_account->user->id.text() == subject;
}

bool says_nothing_of_identity(std::string_view name) {
    static constexpr std::array<std::string_view, 5> kIgnored{"exp", "nbf", "iat", "aud", "jti"};
    return std::ranges::find(kIgnored, name) != kIgnored.end();
}

}  // namespace

bool may_act_names_requester(const Facts& facts) {
    const auto parsed = json::parse(facts.subject_token->may_act, {}, json::Positions::kNone);
    if (!parsed || !parsed->is_object()) return false;
    const std::string& client = facts.requester->client_id.text();
    const std::string* client_id = parsed->find_string("client_id");
    const bool names_client = client_id != nullptr && *client_id == client;
    bool names_somebody = false;
    for (const json::Member& member : parsed->as_object()) {
        if (says_nothing_of_identity(member.key)) continue;
        const std::string* text = member.value.if_string();
        if (text == nullptr) return false;
        const bool is_party = member.key == "client_id" || member.key == "sub";
        // NEG-22: `sub` is the name of a user, and a client may be called like one; it names the
        // client only beside its client_id, as our own act does.
        const bool is_named =
            member.key == "client_id" ? *text == client : names_client && *text == client;
        const bool matches = (is_party && is_named) ||
                             (member.key == "sub" && is_account_of_requester(facts, *text)) ||
                             (member.key == "iss" && *text == facts.subject_token->issuer);
        if (!matches) return false;
        names_somebody = names_somebody || is_party;
    }
    return names_somebody;
}

bool may_act_names_actor(const Facts& facts) {
    const auto parsed = json::parse(facts.subject_token->may_act, {}, json::Positions::kNone);
    if (!parsed || !parsed->is_object()) return false;
    const User& actor = *facts.actor->user;
    const TokenFacts& token = *facts.actor_token;
    bool names_somebody = false;
    for (const json::Member& member : parsed->as_object()) {
        if (says_nothing_of_identity(member.key)) continue;
        const std::string* text = member.value.if_string();
        if (text == nullptr) return false;
        const bool is_client =
            member.key == "client_id" && !text->empty() &&
            (*text == actor.service_account_of.text() || *text == token.holder.text());
        const bool matches = (member.key == "sub" && *text == actor.id.text()) || is_client ||
                             (member.key == "iss" && *text == token.issuer);
        if (!matches) return false;
        // A client holds tokens of many: only with a subject does it tell who the actor is.
        names_somebody = names_somebody || member.key == "sub" ||
                         (is_client && *text == actor.service_account_of.text());
    }
    return names_somebody;
}

std::int64_t count_actors(const std::string& act) {
    if (act.empty()) return 0;
    const auto parsed = json::parse(act, {}, json::Positions::kNone);
    if (!parsed) return 1;
    std::int64_t count = 0;
    for (const json::Value* link = &*parsed; link != nullptr; ++count)
        link = link->is_object() ? link->find("act") : nullptr;
    return count;
}

}  // namespace cambist::policy
