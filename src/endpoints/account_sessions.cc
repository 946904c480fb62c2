// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <optional>

#include "endpoints/account.h"
#include "endpoints/endpoint.h"
#include "endpoints/session_json.h"
#include "sessions/expiry.h"

namespace cambist::endpoints {
namespace {

constexpr std::string_view kSessions = "/account/sessions";
constexpr std::string_view kFamilies = "/account/refresh-families";

// His log-ins that have not ended.
Result<std::vector<Session>> sessions_of(const VerifiedToken& owner, const Context& context,
                                         const Services& services) {
    CAMBIST_TRY(auto all,
                services.store.sessions().of_user(context.realm_name, owner.subject()->user->id));
    const auto& realm = *context.realm->realm;
    std::erase_if(all, [&](const Session& session) {
        return !sessions::is_live(realm, session, to_unix(context.at)) ||
               services.revocations.covers_session(context.realm_name, session.id);
    });
    return all;
}

// The refresh families of a log-in that can be used.
Result<std::vector<RefreshFamily>> families_of(const Session& session, const Context& context,
                                               const Services& services) {
    return services.families.usable_of(*context.realm->realm, session.id, context.at);
}

// Those of the owner that hang on no log-in.
Result<std::vector<RefreshFamily>> families_beside(const VerifiedToken& owner,
                                                   const Context& context,
                                                   const Services& services) {
    return services.families.usable_without_session(*context.realm->realm,
                                                    owner.subject()->user->id, context.at);
}

// GET: the log-ins with what hangs on them, and what hangs on none.
class SessionList final : public PlainEndpoint {
  public:
    explicit SessionList(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        return with_owner(request, context, services_, {.address = kSessions},
                          [&](const VerifiedToken& owner) { return list(context, owner); });
    }

  private:
    Result<http::Response> list(const Context& context, const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto sessions, sessions_of(owner, context, services_));
        auto out = json::Value::array();
        for (const auto& session : sessions) {
            CAMBIST_TRY(const auto families, families_of(session, context, services_));
            auto one = render_session(*context.realm->realm, session, families);
            one.set("current", session.id == owner.facts().session);
            out.push(std::move(one));
        }
        CAMBIST_TRY(const auto beside, families_beside(owner, context, services_));
        auto families = json::Value::array();
        for (const auto& family : beside) families.push(render_family(family));
        auto both = json::Value::object();
        both.set("sessions", std::move(out)).set("refreshFamilies", std::move(families));
        return listed(both);
    }

    const Services& services_;
};

// DELETE: the log-in ends, and everything that hangs on it.
class OneSession final : public PlainEndpoint {
  public:
    explicit OneSession(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto address = std::string(kSessions) + "/" + context.item;
        return with_owner(request, context, services_, {.address = address},
                          [&](const VerifiedToken& owner) { return end(context, owner); });
    }

  private:
    Result<http::Response> end(const Context& context, const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto sessions, sessions_of(owner, context, services_));
        const SessionId id(context.item);
        if (std::ranges::find(sessions, id, &Session::id) == sessions.end())
            return fail(ErrorCode::kAccountUnknown);
        CAMBIST_CHECK(services_.sessions.end(*context.realm->realm, id, context.at));
        services_.log.info("session_ended", {{"realm", context.realm_name},
                                             {"session", id.text()},
                                             {"user", owner.subject()->user->id.text()}});
        return no_content();
    }

    const Services& services_;
};

// DELETE: one refresh token with its successors, and all that they gave.
class OneFamily final : public PlainEndpoint {
  public:
    explicit OneFamily(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto address = std::string(kFamilies) + "/" + context.item;
        return with_owner(request, context, services_, {.address = address},
                          [&](const VerifiedToken& owner) { return end(context, owner); });
    }

  private:
    Result<http::Response> end(const Context& context, const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto found, find(context, owner));
        if (!found) return fail(ErrorCode::kAccountUnknown);
        CAMBIST_CHECK(services_.families.revoke(*context.realm->realm, *found, context.at));
        services_.log.info("refresh_family_revoked", {{"realm", context.realm_name},
                                                      {"family", found->id},
                                                      {"user", owner.subject()->user->id.text()}});
        return no_content();
    }

    // The one that the address names, where it is the owner's.
    Result<std::optional<RefreshFamily>> find(const Context& context,
                                              const VerifiedToken& owner) const {
        CAMBIST_TRY(auto all, families_beside(owner, context, services_));
        CAMBIST_TRY(const auto sessions, sessions_of(owner, context, services_));
        for (const auto& session : sessions) {
            CAMBIST_TRY(auto families, families_of(session, context, services_));
            std::ranges::move(families, std::back_inserter(all));
        }
        const auto found = std::ranges::find(all, context.item, &RefreshFamily::id);
        return found == all.end() ? std::nullopt : std::optional(std::move(*found));
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_account_sessions(const Services& services) {
    return std::make_unique<SessionList>(services);
}
std::unique_ptr<Endpoint> make_account_session(const Services& services) {
    return std::make_unique<OneSession>(services);
}
std::unique_ptr<Endpoint> make_account_family(const Services& services) {
    return std::make_unique<OneFamily>(services);
}

}  // namespace cambist::endpoints
