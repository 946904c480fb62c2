// SPDX-License-Identifier: Apache-2.0
#include "policy/version.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <type_traits>

#include "policy/condition.h"

namespace cambist::policy {
namespace {

// FNV-1a with 64 bits; each value goes in with its length, so that no two lists run together.
class Digest {
  public:
    void add(std::string_view text) {
        add_number(text.size());
        for (const char character : text) mix(static_cast<unsigned char>(character));
    }
    void add_number(std::uint64_t number) {
        for (unsigned shift = 0; shift < 64; shift += 8) mix((number >> shift) & 0xFFU);
    }
    template <class T>
        requires std::is_enum_v<T> || std::is_integral_v<T>
    void add(T value) {
        add_number(static_cast<std::uint64_t>(value));
    }
    void add(Seconds length) { add(length.count()); }
    template <class T>
    void add(const std::vector<T>& values) {
        add_number(values.size());
        for (const T& value : values) add(value);
    }
    template <class T>
    void add(const std::optional<T>& value) {
        add(value.has_value());
        if (value) add(*value);
    }
    void add(const std::string& text) { add(std::string_view(text)); }

    void add(const UserSelector& users) {
        add(users.any);
        add(users.users);
        add(users.groups);
        add(users.roles);
        add(users.clients);
        add(users.organizations);
        add_number(users.attributes.size());
        for (const auto& [name, values] : users.attributes) {
            add(name);
            add(values);
        }
        add(users.same_group);
        add(users.same_organization);
        add(users.manages);
        add(users.relations);
        add(users.granted_by);
        add(users.except != nullptr);
        if (users.except) add(*users.except);
    }
    void add(const RequesterSelector& requester) {
        add(requester.any);
        add(requester.clients);
        add(requester.roles);
        add(requester.groups);
        add(requester.organizations);
        add(requester.auth_methods);
    }
    void add(const SubjectSelector& subject) {
        add(subject.token_types);
        add(subject.issuers);
        add(subject.binding);
        add(subject.users);
        add(subject.naked);
        add(subject.admins);
        add(subject.rebind);
        add(subject.consume);
    }
    void add(const ActorSelector& actor) {
        add(actor.kind);
        add(actor.clients);
        add(actor.users);
        add(actor.token_types);
        add(actor.binding);
    }
    void add(const TargetSelector& target) {
        add(target.audiences);
        add(target.resources);
        add(target.reachable);
        add(target.requester);
    }
    void add(const RuleResult& result) {
        add(result.mode);
        add(result.token_types);
        add(result.scopes);
        add(result.beyond_subject);
        add(result.client_scopes);
        add(result.target_scopes);
        add(result.lifetime);
        add(result.extend_to);
        add(result.refresh);
        add(result.refresh_max_age);
        add(result.refresh_max_uses);
        add(result.holder);
        add(result.session);
        add(result.claims);
        add(result.claim_names);
        add(result.hide_actor);
        add(result.per_day);
        add(result.may_act.client);
        add(result.may_act.user);
        add(result.may_act.relation);
        add(result.statements.acr);
        add(result.statements.amr);
        add(result.organization.change);
        add(result.organization.among);
    }
    void add(const Risk& risk) {
        add(risk.reason);
        add(risk.expires);
        add(risk.expires_at);
    }
    void add(const Rule& rule) {
        add(rule.id.text());
        add(rule.owner);
        add(rule.effect);
        add(rule.enabled);
        add(rule.requester);
        add(rule.subject);
        add(rule.actor);
        add(rule.target);
        add(rule.result);
        add(rule.risk);
        add(rule.condition ? describe(*rule.condition) : std::string());
        add(rule.demands_reason);
        add(rule.demands_ticket);
        add(rule.demands_organization);
        add(rule.break_glass);
    }
    std::uint64_t value() const { return value_; }

  private:
    void mix(std::uint64_t byte) { value_ = (value_ ^ byte) * 0x100000001B3ULL; }

    std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

}  // namespace

std::string version_of(const std::vector<Rule>& rules) {
    Digest digest;
    digest.add(rules);
    return fmt::format("{:016x}", digest.value());
}

}  // namespace cambist::policy
