// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "endpoints/account.h"
#include "endpoints/endpoint.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"

namespace cambist::endpoints {
namespace {

constexpr std::string_view kAddress = "/account/grants";
constexpr std::size_t kMostGrants = 100;

RelationEnd end_of(const VerifiedToken& owner) {
    return {EndKind::kUser, owner.subject()->user->id.text()};
}

// The grants that a user has made: who may act for him. One that has ended is not told any more.
Result<std::vector<Relation>> grants_of(const VerifiedToken& owner, const Context& context,
                                        const Services& services) {
    CAMBIST_TRY(auto grants,
                services.store.relations().of_subject(context.realm_name, end_of(owner)));
    const auto now = to_unix(context.at);
    std::erase_if(grants, [now](const Relation& relation) {
        return !relation.is_grant() || (relation.expires != 0 && relation.expires <= now);
    });
    return grants;
}

// With all tokens that rest on it.
Status end_grant(const Relation& grant, const Context& context, const Services& services) {
    const Revocation revocation{
        .kind = RevocationKind::kToken,
        .id = sessions::short_id(grant.id),
        .before = 0,
        .until = sessions::revocation_end(*context.realm->realm, to_unix(context.at))};
    return services.revocations.add(context.realm_name, revocation,
                                    {store::RemoveRelation{grant.id}});
}

json::Value actor_of(const RelationEnd& end, const Context& context, const Services& services) {
    auto actor = json::Value::object();
    if (end.kind == EndKind::kClient) return actor.set("client", end.id);
    actor.set("id", end.id);
    const auto found =
        services.identities.find(*context.realm->realm, context.realm->version, UserId(end.id));
    if (found && *found != nullptr) actor.set("username", (*found)->user->username);
    return actor;
}

json::Value render(const Relation& grant, const Context& context, const Services& services) {
    auto out = json::Value::object();
    out.set("id", grant.id).set("actor", actor_of(grant.actor, context, services));
    out.set("scopes", list_of(grant.scopes)).set("audiences", list_of(grant.audiences));
    out.set("created", grant.created).set("expires", grant.expires);
    return out;
}

// GET lists, POST makes one: {"actor": {"username": …} or {"client": …}, "scopes": […],
// "audiences": […], "expiresIn": …}.
class Grants final : public PlainEndpoint {
  public:
    explicit Grants(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        return with_owner(request, context, services_, {.address = kAddress},
                          [&](const VerifiedToken& owner) -> Result<http::Response> {
                              if (request.method() == "POST") return make(request, context, owner);
                              return list(context, owner);
                          });
    }

  private:
    Result<http::Response> list(const Context& context, const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto grants, grants_of(owner, context, services_));
        auto out = json::Value::array();
        for (const auto& grant : grants) out.push(render(grant, context, services_));
        return listed("grants", std::move(out));
    }

    Result<http::Response> make(const http::Request& request, const Context& context,
                                const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto body,
                    read_body(request, {"actor", "scopes", "audiences", "expires", "expiresIn"}));
        Relation grant;
        CAMBIST_TRY(grant.actor, read_actor(body, context, owner));
        CAMBIST_TRY(grant.scopes, read_scopes(body));
        CAMBIST_TRY(grant.audiences, read_audiences(body));
        CAMBIST_TRY(grant.expires, read_expiry(body, context.at));
        CAMBIST_TRY(const auto others, grants_of(owner, context, services_));
        if (others.size() >= kMostGrants) return fail(ErrorCode::kAccountFull);
        grant.id = context.trace.text();
        grant.kind = kGrantKind;
        grant.subject = end_of(owner);
        grant.created = to_unix(context.at);
        grant.created_by = owner.subject()->user->id.text();
        CAMBIST_CHECK(services_.store.commit({context.realm_name, {store::AddRelation{grant}}}));
        CAMBIST_CHECK(check_room(owner, context, grant));
        services_.log.info("grant_made", {{"realm", context.realm_name},
                                          {"grant", grant.id},
                                          {"subject", grant.created_by},
                                          {"actor", to_text(grant.actor)}});
        return created(render(grant, context, services_));
    }

    // Others of his requests, here or on another node, may have found the same room.
    Status check_room(const VerifiedToken& owner, const Context& context,
                      const Relation& grant) const {
        CAMBIST_TRY(const auto all, grants_of(owner, context, services_));
        if (all.size() <= kMostGrants) return {};
        CAMBIST_CHECK(end_grant(grant, context, services_));
        return fail(ErrorCode::kAccountFull);
    }

    Result<RelationEnd> read_actor(const json::Value& body, const Context& context,
                                   const VerifiedToken& owner) const {
        const auto* actor = body.find("actor");
        const auto* username = actor == nullptr ? nullptr : actor->find_string("username");
        const auto* client = actor == nullptr ? nullptr : actor->find_string("client");
        const bool is_one = actor != nullptr && actor->is_object() &&
                            actor->as_object().size() == 1 &&
                            (username == nullptr) != (client == nullptr);
        if (!is_one)
            return fail(ErrorCode::kJsonBodyWrong,
                        R"(actor must be {"username": "…"} or {"client": "…"})");
        // One answer for all that can not act, whatever the reason.
        const auto nobody = fail(ErrorCode::kJsonBodyWrong, "actor names nobody who could act");
        const auto& realm = *context.realm->realm;
        if (client != nullptr) {
            const auto* found = realm.find_client(*client);
            if (found == nullptr || !found->enabled || !found->is_confidential()) return nobody;
            return RelationEnd{EndKind::kClient, *client};
        }
        CAMBIST_TRY(const auto user, services_.store.users().find_by_username(
                                         context.realm_name, to_lower_ascii(*username)));
        if (!user || !user->enabled || !user->service_account_of.empty() ||
            user->id == owner.subject()->user->id)
            return nobody;
        return RelationEnd{EndKind::kUser, user->id.text()};
    }

    const Services& services_;
};

// DELETE takes one back.
class OneGrant final : public PlainEndpoint {
  public:
    explicit OneGrant(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto address = std::string(kAddress) + "/" + context.item;
        return with_owner(request, context, services_, {.address = address},
                          [&](const VerifiedToken& owner) { return remove(context, owner); });
    }

  private:
    Result<http::Response> remove(const Context& context, const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto grant,
                    services_.store.relations().find(context.realm_name, context.item));
        if (!grant || !grant->is_grant() || grant->subject != end_of(owner))
            return fail(ErrorCode::kAccountUnknown);
        CAMBIST_CHECK(end_grant(*grant, context, services_));
        services_.log.info(
            "grant_taken_back",
            {{"realm", context.realm_name}, {"grant", grant->id}, {"subject", grant->subject.id}});
        return no_content();
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_account_grants(const Services& services) {
    return std::make_unique<Grants>(services);
}
std::unique_ptr<Endpoint> make_account_grant(const Services& services) {
    return std::make_unique<OneGrant>(services);
}

}  // namespace cambist::endpoints
