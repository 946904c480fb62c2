// SPDX-License-Identifier: Apache-2.0
#include "policy/actors.h"

#include "json/parse.h"
#include "json/writer.h"
#include "model/issuer.h"
#include "policy/may_act.h"

namespace cambist::policy {
namespace {

// One link of the chain before it is written.
struct Link {
    std::string sub;
    std::string client_id;
    std::string username;
    std::string session;
    bool hidden = false;
    std::string issuer = {};  // in whose words `sub` is; empty: in ours
};

Link link_of(const Identity& actor, const TokenFacts* token) {
    Link link{.sub = actor.user->id.text(), .client_id = {}, .username = {}, .session = {}};
    if (actor.is_service_account())
        link.client_id = actor.user->service_account_of.text();
    else
        link.username = actor.user->username;
    if (token != nullptr) link.session = token->session.text();
    return link;
}

// A client that acts on no token of its own is named by its identifier (RFC 8693 section 4.1).
Link link_of(const Client& client) {
    return {.sub = client.client_id.text(),
            .client_id = client.client_id.text(),
            .username = {},
            .session = {}};
}

// Oldest first: whom the request adds to the chain.
std::vector<Link> new_links(const Facts& facts, const Terms& terms) {
    std::vector<Link> links;
    const bool is_other_holder = terms.holder != facts.requester;
    if (facts.actor != nullptr) {
        const auto* token =
            facts.mode == Mode::kDelegation ? facts.actor_token : facts.subject_token;
        auto actor = link_of(*facts.actor, token);
        if (const auto* origin = facts.realm->find_issuer(facts.actor->issuer)) {
            // He has no user here: he is named as his issuer does.
            actor.sub = facts.actor->issuer_subject;
            actor.issuer = origin->issuers.front();
        }
        actor.hidden = terms.hides_actor;
        const bool is_requester = actor.client_id == facts.requester->client_id.text();
        if (is_other_holder && !is_requester) links.push_back(link_of(*facts.requester));
        links.push_back(std::move(actor));
        return links;
    }
    // Nobody's token but the requester's word, or its right by may_act: it is the actor.
    const bool by_requester =
        facts.naked || terms.requester_acts ||
        (facts.subject_token != nullptr && !facts.subject_token->may_act.empty());
    if (!by_requester && !is_other_holder) return links;
    auto requester = link_of(*facts.requester);
    requester.hidden = by_requester && terms.hides_actor && !is_other_holder;
    links.push_back(std::move(requester));
    return links;
}

std::string write(const Link& link, std::string_view issuer, const std::string& older) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("sub", link.sub).member("iss", issuer);
    if (!link.client_id.empty()) out.member("client_id", link.client_id);
    if (!link.username.empty()) out.member("preferred_username", link.username);
    if (!link.session.empty()) out.member("sid", link.session);
    if (link.hidden) out.member("hidden", true);
    if (!older.empty()) out.key("act").raw(older);
    out.end_object();
    return text;
}

bool is_outermost(const Link& link, const json::Value& chain, std::string_view issuer) {
    const auto* sub = chain.find_string("sub");
    const auto* iss = chain.find_string("iss");
    const auto* client = chain.find_string("client_id");
    const auto* hidden = chain.find("hidden");
    if ((hidden != nullptr && hidden->if_bool() == true) != link.hidden) return false;
    const bool is_client =
        client != nullptr && !link.client_id.empty() && *client == link.client_id;
    return (is_client || (sub != nullptr && *sub == link.sub)) &&
           (iss == nullptr || *iss == issuer);
}

// Adds the link, unless it is the one that stands outermost already (the same party exchanges its
// token again).
void add_link(std::string& chain, const Link& link, std::string_view ours) {
    const auto issuer = link.issuer.empty() ? ours : std::string_view(link.issuer);
    if (!chain.empty()) {
        const auto parsed = json::parse(chain, {}, json::Positions::kNone);
        if (parsed && is_outermost(link, *parsed, issuer)) return;
    }
    chain = write(link, issuer, chain);
}

// The chain from this link on, without those that are hidden. Depth is bounded by the parser.
std::string show(const json::Value& link) {
    const auto* older = link.find("act");
    std::string rest = older == nullptr ? std::string() : show(*older);
    const auto* hidden = link.find("hidden");
    if (!link.is_object() || (hidden != nullptr && hidden->if_bool() == true)) return rest;
    std::string text;
    json::Writer out(text);
    out.begin_object();
    for (const json::Member& member : link.as_object())
        if (member.key != "act") out.key(member.key).raw(member.value.to_text());
    if (!rest.empty()) out.key("act").raw(rest);
    out.end_object();
    return text;
}

std::string name_of(const Identity& who) { return quoted(who.user->username); }

Status check_delegation(const Facts& facts) {
    const Identity& actor = *facts.actor;
    if (actor.user->id == facts.subject->user->id)
        return fail(ErrorCode::kActorIsSubject,
                    "Both tokens are of " + name_of(actor) + ". Leave the actor token out.");
    if (!actor.user->enabled)
        return fail(ErrorCode::kActorTokenUnusable, "Actor " + name_of(actor) + " is disabled.");
    if (!facts.actor_token->act.empty() || facts.actor_token->hides_actor)
        return fail(ErrorCode::kActorTokenChain,
                    "The actor token of " + name_of(actor) +
                        " is one in which somebody else acts. Send a token of the actor's own.");
    const std::string& may_act = facts.subject_token->may_act;
    if (may_act.empty() || may_act_names_actor(facts)) return {};
    return fail(ErrorCode::kMayActMismatch,
                "may_act of the subject token is " + may_act + ", and the actor is " +
                    name_of(actor) + " (sub " + quoted(actor.user->id.text()) + "), whose token " +
                    quoted(facts.actor_token->holder.text()) + " holds.");
}

Status check_may_act_of_requester(const Facts& facts) {
    const std::string& may_act = facts.subject_token->may_act;
    if (may_act.empty() || may_act_names_requester(facts)) return {};
    return fail(ErrorCode::kActorTokenMissing,
                "may_act of the subject token names another party than the requester " +
                    quoted(facts.requester->client_id.text()) +
                    ". Send the actor_token of the party it names.");
}

Status check_switch(const Facts& facts) {
    if (facts.naked) return {};
    if (!facts.subject_token->act.empty() || facts.subject_token->hides_actor)
        return fail(ErrorCode::kSwitchChain,
                    "In the subject token somebody acts for " + name_of(*facts.actor) +
                        " already. Let the person exchange a token of his own.");
    return check_may_act_of_requester(facts);
}

}  // namespace

Result<Chain> chain_of(const Facts& facts, const Terms& terms) {
    Chain chain;
    if (facts.subject_token != nullptr) {
        chain.actors = facts.subject_token->act;
        chain.written = shown(chain.actors);
    }
    const auto links = new_links(facts, terms);
    if (links.empty()) return chain;
    for (const Link& link : links) {
        add_link(chain.actors, link, facts.issuer);
        if (!link.hidden) add_link(chain.written, link, facts.issuer);
    }
    const std::int64_t most = facts.realm->max_chain_depth;
    if (count_actors(chain.actors) <= most) return chain;
    return fail(ErrorCode::kChainTooDeep,
                "With the requester " + quoted(facts.requester->client_id.text()) +
                    " the token would name more than " + std::to_string(most) + " actors.");
}

std::string shown(const std::string& actors) {
    // Nearly all chains hide nobody.
    if (actors.find("\"hidden\"") == std::string::npos) return actors;
    const auto parsed = json::parse(actors, {}, json::Positions::kNone);
    return parsed ? show(*parsed) : std::string();
}

Status check_actor(const Facts& facts) {
    switch (facts.mode) {
        case Mode::kDelegation:
            return check_delegation(facts);
        case Mode::kSwitchSubject:
            return check_switch(facts);
        case Mode::kSameSubject:
            break;
    }
    return check_may_act_of_requester(facts);
}

}  // namespace cambist::policy
