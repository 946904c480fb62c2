// SPDX-License-Identifier: Apache-2.0
#include "exchange/replay.h"

#include <algorithm>

#include "base/text.h"
#include "claims/claims.h"
#include "exchange/foresee.h"
#include "policy/policy.h"

namespace cambist::exchange {
namespace {

std::string or_nothing(std::string text) { return text.empty() ? "nothing" : text; }

// Order says nothing in lists of names.
std::string sorted(std::vector<std::string> names) {
    std::ranges::sort(names);
    return join(names, " ");
}

std::vector<std::string> compare(const Upshot& before, const Upshot& now) {
    std::vector<std::string> differences;
    const auto add = [&](std::string_view what, const std::string& was, const std::string& is) {
        if (was != is)
            differences.push_back(std::string(what) + ": " + or_nothing(was) + ", now " +
                                  or_nothing(is));
    };
    if (before.code != now.code) {
        const auto words = [](const Upshot& one) {
            return one.code.empty() ? std::string("permitted") : "refused with " + one.code;
        };
        differences.push_back(words(before) + ", now " + words(now));
    }
    if (!before.code.empty() || !now.code.empty()) return differences;
    add("type", before.token_type, now.token_type);
    add("holder", before.holder, now.holder);
    add("refresh token", before.refresh, now.refresh);
    add("audience", sorted(before.audience), sorted(now.audience));
    add("scopes", sorted(before.scopes), sorted(now.scopes));
    add("seconds", std::to_string(before.seconds), std::to_string(now.seconds));
    add("act", before.act, now.act);
    return differences;
}

std::unexpected<Error> gone(std::string_view what, const std::string& name) {
    return fail(ErrorCode::kNotFound,
                "the " + std::string(what) + " " + printable(name, 100) + " is not there any more");
}

// Whoever has no user here is found by the issuer's entry as it is now, and by no user's name.
Ground::Found find_party(const Ground& ground, const UserId& id, const std::string& name,
                         const std::optional<identity::Origin>& origin, TimePoint at) {
    if (origin) {
        auto who = identity::find_origin(*ground.realm, *origin, id, at);
        if (who == nullptr) return gone("subject", name + " of issuer " + origin->alias);
        return who;
    }
    CAMBIST_TRY(auto who, ground.find_user(id, name));
    if (who == nullptr) return gone("user", name);
    return who;
}

}  // namespace

struct Replay::Compiled {
    std::vector<claims::Note> notes;
    std::shared_ptr<const claims::RealmClaims> claims;
    policy::Policy policy;

    explicit Compiled(const std::shared_ptr<const Realm>& realm)
        : claims(claims::RealmClaims::compile(realm, notes)),
          policy(policy::Policy::compile(*realm)) {}
};

Replay::Replay(Ground ground)
    : ground_(std::move(ground)), compiled_(std::make_unique<const Compiled>(ground_.realm)) {}
Replay::~Replay() = default;

Result<Replayed> Replay::play(const Recorded& recorded) const {
    const Client* requester = ground_.realm->find_client(recorded.client);
    if (requester == nullptr) return gone("client", recorded.client);
    CAMBIST_TRY(const auto subject, find_party(ground_, recorded.subject, recorded.subject_name,
                                               recorded.subject_origin, from_unix(recorded.at)));
    std::shared_ptr<const Identity> actor;
    if (!recorded.actor.empty()) {
        CAMBIST_TRY(actor, find_party(ground_, recorded.actor, recorded.actor_name,
                                      recorded.actor_origin, from_unix(recorded.at)));
    }
    CAMBIST_TRY(const auto account, ground_.find_service_account(requester->client_id));

    Facts facts;
    facts.realm = ground_.realm.get();
    facts.requester = requester;
    facts.method = recorded.method;
    facts.requester_account = account.get();
    facts.mode = recorded.mode;
    facts.naked = recorded.naked;
    facts.proves_device = recorded.proves_device;
    facts.delegable = recorded.delegable;
    facts.subject = subject.get();
    facts.subject_token = recorded.subject_token ? &*recorded.subject_token : nullptr;
    facts.actor = actor.get();
    facts.actor_token = recorded.actor_token ? &*recorded.actor_token : nullptr;
    facts.relationship = &recorded.relationship;
    facts.issuer = recorded.issuer;
    facts.session = recorded.session ? &*recorded.session : nullptr;
    facts.wanted = &recorded.wanted;
    facts.proven = &recorded.proven;
    facts.now = from_unix(recorded.at);
    facts.reach = foresee(*compiled_->claims, compiled_->policy, facts);
    Replayed replayed;
    replayed.now = upshot_of(facts, compiled_->policy.decide(facts));
    replayed.differences = compare(recorded.upshot, replayed.now);
    return replayed;
}

}  // namespace cambist::exchange
