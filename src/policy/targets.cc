// SPDX-License-Identifier: Apache-2.0
#include "policy/targets.h"

#include <algorithm>

#include "base/text.h"
#include "policy/trace.h"

namespace cambist::policy {
namespace {

bool is_known(const RuleIndex& index, const Target& target) {
    if (target.client != nullptr) return true;
    return target.is_resource ? index.permits.knows_resource(target.name) ||
                                    index.denials.knows_resource(target.name)
                              : index.permits.knows_audience(target.name) ||
                                    index.denials.knows_audience(target.name);
}

void append_once(Targets& targets, Target target) {
    const bool is_there = std::ranges::any_of(targets, [&](const Target& other) {
        return other.is_resource == target.is_resource && other.name == target.name;
    });
    if (!is_there) targets.push_back(std::move(target));
}

Target make_audience(const Realm& realm, const std::string& name) {
    return {.name = name, .is_resource = false, .client = realm.find_client(name)};
}

Target make_resource(const Realm& realm, const std::string& uri) {
    return {.name = uri, .is_resource = true, .client = realm.find_client_by_resource(uri)};
}

// Without audience and resource: a client with Keycloak's switch has Keycloak's semantics; for
// another one its rules must leave no choice.
Result<Targets> default_targets(const RuleIndex& index, const Facts& facts) {
    const RequesterEntry* entry = index.find_requester(facts.requester->client_id, facts.mode);
    if (entry != nullptr && entry->has_switch) return Targets{};
    if (entry != nullptr && entry->audiences.size() + entry->resources.size() == 1) {
        return Targets{entry->audiences.empty() ? make_resource(*facts.realm, entry->resources[0])
                                                : make_audience(*facts.realm, entry->audiences[0])};
    }
    const std::string& requester = facts.requester->client_id.text();
    // Keycloak's legacy exchange: the requester itself.
    if (index.has_permissions) return Targets{make_audience(*facts.realm, requester)};
    std::vector<std::string> names;
    if (entry != nullptr) {
        names = entry->audiences;
        names.insert(names.end(), entry->resources.begin(), entry->resources.end());
        if (names.size() > 10) names.resize(10);
    }
    if (names.empty() && facts.mode != Mode::kSameSubject) {
        const bool switches = facts.mode == Mode::kSwitchSubject;
        return fail(switches ? ErrorCode::kSwitchNotAllowed : ErrorCode::kActorNotSelected,
                    "No rule names " + quoted(requester) + " for mode " +
                        std::string(name_of(facts.mode)) + ".");
    }
    return fail(ErrorCode::kTargetMissing,
                names.empty() ? "No rule names " + quoted(requester) +
                                    " itself, so it has no default target: send audience or "
                                    "resource."
                              : "Rules let " + quoted(requester) + " ask for several targets: " +
                                    quoted(names) + ". Send one as audience or resource.");
}

// For the operator only: the requester may not know of all clients. A typo must not cost more than
// an exchange, so there is a bound.
std::string nearest_client(const Realm& realm, std::string_view name) {
    constexpr std::size_t kMaxCompared = 1000;
    std::vector<std::string_view> names;
    for (const auto& client : realm.clients) {
        if (names.size() == kMaxCompared) break;
        if (client.enabled) names.push_back(client.client_id.text());
    }
    const auto closest = nearest(name, names);
    return closest ? "nearest client of the realm: " + quoted(*closest) : std::string();
}

Status check_target(const RuleIndex& index, const Facts& facts, const Target& target) {
    if (!is_known(index, target)) {
        const std::string kind = target.is_resource ? "resource " : "audience ";
        return fail(ErrorCode::kTargetUnknown,
                    "The " + kind + quoted(target.name) +
                        " is neither a client of this realm nor named by any rule." +
                        suggest_target(index, facts, trim(target.name)),
                    nearest_client(*facts.realm, trim(target.name)));
    }
    if (target.client != nullptr && !target.client->enabled) {
        return fail(ErrorCode::kTargetDisabled,
                    "Client " + quoted(target.client->client_id.text()) +
                        " is disabled. Enable it, or ask for another target.");
    }
    return {};
}

}  // namespace

Result<Targets> resolve_targets(const RuleIndex& index, const Facts& facts) {
    Targets targets;
    for (const std::string& name : facts.wanted->audiences) {
        // OpenID Connect Native SSO wants the issuer here: the app asks for tokens of its own.
        const bool is_own = facts.proves_device && name == facts.issuer;
        append_once(targets,
                    make_audience(*facts.realm, is_own ? facts.requester->client_id.text() : name));
    }
    for (const std::string& uri : facts.wanted->resources)
        append_once(targets, make_resource(*facts.realm, uri));
    if (targets.empty()) {
        CAMBIST_TRY(targets, default_targets(index, facts));
    }
    if (std::cmp_greater(targets.size(), facts.realm->max_targets)) {
        return fail(ErrorCode::kTooManyTargets,
                    std::to_string(targets.size()) + " targets were asked for, realm " +
                        quoted(facts.realm->name.text()) + " allows " +
                        std::to_string(facts.realm->max_targets) +
                        ". Make several requests, or raise maxTargets.");
    }
    for (const Target& target : targets) CAMBIST_CHECK(check_target(index, facts, target));
    return targets;
}

std::vector<std::string_view> visible_targets(const RuleIndex& index, const Facts& facts) {
    std::vector<std::string_view> names;
    if (const RequesterEntry* entry =
            index.find_requester(facts.requester->client_id, facts.mode)) {
        names.insert(names.end(), entry->audiences.begin(), entry->audiences.end());
        names.insert(names.end(), entry->resources.begin(), entry->resources.end());
    }
    names.insert(names.end(), facts.reach.audiences.begin(), facts.reach.audiences.end());
    return names;
}

std::string suggest_target(const RuleIndex& index, const Facts& facts, std::string_view name) {
    const auto closest = nearest(name, visible_targets(index, facts));
    return closest ? " Did you mean " + quoted(*closest) + "?" : std::string();
}

}  // namespace cambist::policy
