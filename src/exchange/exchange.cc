// SPDX-License-Identifier: Apache-2.0
#include "exchange/exchange.h"

#include "exchange/parties.h"
#include "exchange/record.h"
#include "exchange/respond.h"

namespace cambist::exchange {

// One exchange, from form to token. Every stage takes what the stage before it proved; docs/flow.md
// tells the same in prose.
Result<Issue> Exchange::run(const Incoming& incoming, Walk& walk) const {
    CAMBIST_CHECK(open_realm(incoming, walk));
    const auto& realm = *walk.realm;
    CAMBIST_TRY(const auto request,
                parse_token_request(incoming, parts_.grants, realm.realm->error_dialect));
    walk.saw(request);
    CAMBIST_TRY(const auto client,
                parts_.clients.authenticate(realm, request.form, request.caller, request.at));
    walk.saw(client, request);
    if (incoming.check_client) CAMBIST_CHECK(incoming.check_client(client.client()));
    CAMBIST_CHECK(check_may_exchange(request, client, walk));
    CAMBIST_TRY(const auto possession, parts_.possession.prove(request, client, realm));
    walk.saw(possession);
    const auto* grant = parts_.grants.find(request.grant);
    CAMBIST_TRY(auto evidence, grant->prove(request, client, realm));
    CAMBIST_TRY(auto parties, relate(std::move(evidence), request.caller, *realm.realm));
    walk.saw(parties);
    CAMBIST_TRY(const auto decision, decide(request, client, possession, parties, realm));
    walk.saw(decision);
    CAMBIST_CHECK(check_requested(decision, parties));
    if (!decision.plan) return std::unexpected(*decision.refusal);
    const auto& plan = *decision.plan;
    open_session(plan, parties, *realm.realm, request.at);
    CAMBIST_CHECK(name_successor(plan, realm, parties, request.at));
    CAMBIST_TRY(const auto minted,
                parts_.minter.mint(realm, plan, parties, client.client(), request.at));
    walk.saw(plan, minted);
    tell_beside(plan, parties, walk);
    auto issue = changes_of(minted, plan, parties, possession, request);
    issue.response = respond(minted, plan, request);
    return issue;  // not recorded: not issued
}

Walked Exchange::walk(const Incoming& incoming) const {
    Walked walked{fail(ErrorCode::kInternal), {}};
    auto& walk = walked.walk;
    walk.record.trace = incoming.trace;
    walk.record.at = incoming.at;
    walk.record.realm = std::string(incoming.realm.substr(0, 255));
    walk.record.peer = incoming.caller.address;
    walk.record.grant = "unknown";
    walked.issue = run(incoming, walk);
    if (!walked.issue && walk.record.grant == "unknown") walk.guess(incoming.body, incoming.caller);
    return walked;
}

}  // namespace cambist::exchange
