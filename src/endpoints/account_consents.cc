// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "endpoints/account.h"
#include "endpoints/endpoint.h"
#include "http/text.h"
#include "policy/consent.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"

namespace cambist::endpoints {
namespace {

// The same addresses and representation as Keycloak's account service. A consent that was taken
// back stays with its user as one to no scopes, so that a realm file of before does not bring it
// back.
constexpr std::string_view kAddress = "/account/applications";
constexpr std::size_t kMostConsents = 200;
// What other nodes issue before they hear of the end of a consent must not outlive it.
constexpr std::int64_t kSecondsToHear = 5;

const ClientScope* find_scope_by_id(const Realm& realm, std::string_view id) {
    const auto found = std::ranges::find(realm.scopes, id, &ClientScope::id);
    return found == realm.scopes.end() ? nullptr : &*found;
}

json::Value render(const UserConsent& consent, const Realm& realm) {
    auto scopes = json::Value::array();
    for (const auto& name : consent.scopes) {
        auto scope = json::Value::object();
        const auto* found = realm.find_scope(name);
        if (found != nullptr) {
            const auto text = found->attributes.find("consent.screen.text");
            const bool has_text = text != found->attributes.end() && !text->second.empty();
            scope.set("id", found->id).set("displayText", has_text ? text->second : name);
        }
        scopes.push(std::move(scope.set("name", name)));
    }
    auto out = json::Value::object();
    out.set("grantedScopes", std::move(scopes)).set("createdDate", consent.created_ms);
    out.set("lastUpdatedDate", consent.updated_ms);
    return out;
}

const UserConsent* find_consent(const User& user, std::string_view client) {
    const auto found = std::ranges::find(user.consents, client, &UserConsent::client);
    return found == user.consents.end() ? nullptr : &*found;
}

// GET lists the clients to which the user has consented.
class Applications final : public PlainEndpoint {
  public:
    explicit Applications(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        return with_owner(request, context, services_,
                          {.address = kAddress, .role = "view-applications"},
                          [&](const VerifiedToken& owner) { return list(context, owner); });
    }

  private:
    static Result<http::Response> list(const Context& context, const VerifiedToken& owner) {
        const auto& realm = *context.realm->realm;
        auto out = json::Value::array();
        for (const auto& consent : owner.subject()->user->consents) {
            if (consent.scopes.empty()) continue;
            auto application = json::Value::object();
            application.set("clientId", consent.client);
            if (const auto* client = realm.find_client(consent.client)) {
                application.set("clientName", client->name);
                application.set("description", client->description);
                application.set("userConsentRequired", client->consent_required);
            }
            out.push(std::move(application.set("consent", render(consent, realm))));
        }
        return json_answer(200, out.to_text());
    }

    const Services& services_;
};

// GET tells one, PUT and POST give it or say anew to what, {"grantedScopes": [{"name": …}]}, DELETE
// takes it back. What was issued under a consent that is taken back or narrowed ends at once.
class Consent final : public PlainEndpoint {
  public:
    explicit Consent(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto address = std::string(kAddress) + "/" + context.item + "/consent";
        const bool is_read = request.method() == "GET" || request.method() == "HEAD";
        const AccountUse use{.address = address,
                             .role = is_read ? "view-consent" : "manage-consent"};
        return with_owner(request, context, services_, use,
                          [&](const VerifiedToken& owner) -> Result<http::Response> {
                              CAMBIST_TRY(const auto client, client_of(context));
                              if (is_read) return tell(context, owner, client);
                              if (request.method() == "DELETE")
                                  return take_back(context, owner, client);
                              return give(request, context, owner, client);
                          });
    }

  private:
    static Result<std::string> client_of(const Context& context) {
        auto name = http::percent_decode(context.item);
        if (!name) return fail(ErrorCode::kAccountUnknown);
        return *std::move(name);
    }

    static Result<http::Response> tell(const Context& context, const VerifiedToken& owner,
                                       const std::string& client) {
        const auto* consent = find_consent(*owner.subject()->user, client);
        if (consent == nullptr || consent->scopes.empty()) return fail(ErrorCode::kAccountUnknown);
        return json_answer(200, render(*consent, *context.realm->realm).to_text());
    }

    Result<http::Response> take_back(const Context& context, const VerifiedToken& owner,
                                     const std::string& client) const {
        CAMBIST_CHECK(settle(context, owner, client, {}));
        return no_content();
    }

    Result<http::Response> give(const http::Request& request, const Context& context,
                                const VerifiedToken& owner, const std::string& client) const {
        const auto& realm = *context.realm->realm;
        CAMBIST_CHECK(check_not_for_itself(owner, realm));
        const auto* asking = realm.find_client(client);
        // One answer for a client that is not there and one that asks for no consent.
        if (asking == nullptr || !asking->enabled || !asking->consent_required)
            return fail(ErrorCode::kAccountUnknown);
        CAMBIST_TRY(const auto body,
                    read_body(request, {"grantedScopes", "createdDate", "lastUpdatedDate"}));
        CAMBIST_TRY(auto scopes, read_granted(body, realm));
        CAMBIST_TRY(const auto consent, settle(context, owner, client, std::move(scopes)));
        return json_answer(200, render(consent, realm).to_text());
    }

    // A client that has to ask does not answer for the user, to itself or to others.
    static Status check_not_for_itself(const VerifiedToken& owner, const Realm& realm) {
        const auto* holder = realm.find_client(owner.facts().holder.text());
        if (holder != nullptr && !holder->consent_required) return {};
        return fail(ErrorCode::kAccountNotAllowed);
    }

    static Result<std::vector<std::string>> read_granted(const json::Value& body,
                                                         const Realm& realm) {
        const auto* granted = body.find("grantedScopes");
        const auto* list = granted == nullptr ? nullptr : granted->if_array();
        if (list == nullptr || list->empty())
            return fail(ErrorCode::kJsonBodyWrong,
                        "grantedScopes must list scopes; DELETE takes a consent back");
        std::vector<std::string> names;
        for (const auto& one : *list) {
            CAMBIST_TRY(auto name, read_scope(one, realm));
            if (std::ranges::find(names, name) != names.end())
                return fail(ErrorCode::kJsonBodyWrong, "grantedScopes holds one twice");
            names.push_back(std::move(name));
        }
        return names;
    }

    // By name, or by id as Keycloak's console does.
    static Result<std::string> read_scope(const json::Value& one, const Realm& realm) {
        const bool is_known_form =
            one.is_object() && std::ranges::all_of(one.as_object(), [](const auto& member) {
                return member.key == "id" || member.key == "name" || member.key == "displayText";
            });
        const auto* id = is_known_form ? one.find_string("id") : nullptr;
        const auto* name = is_known_form ? one.find_string("name") : nullptr;
        const ClientScope* scope = nullptr;
        if (id != nullptr)
            scope = find_scope_by_id(realm, *id);
        else if (name != nullptr)
            scope = realm.find_scope(*name);
        const bool is_one = scope != nullptr && scope->display_on_consent_screen &&
                            (name == nullptr || *name == scope->name);
        if (is_one) return scope->name;
        return fail(ErrorCode::kJsonBodyWrong,
                    "grantedScopes holds something that is no client scope to consent to");
    }

    // Tokens first: until the new consent is written there are none that it would not allow. No
    // scopes take the consent back.
    Result<UserConsent> settle(const Context& context, const VerifiedToken& owner,
                               const std::string& client, std::vector<std::string> scopes) const {
        constexpr int kTries = 3;
        const auto& id = owner.subject()->user->id;
        const auto& realm = context.realm->realm->name;
        auto& users = services_.store.users();
        for (int i = 0; i < kTries; ++i) {
            CAMBIST_TRY(const auto user, users.find(realm.text(), id));
            if (!user) return fail(ErrorCode::kAccountUnknown);
            CAMBIST_TRY(auto next, follow_up(*user, client, scopes, context.at));
            CAMBIST_CHECK(end_what_rests_on(next.former, id, context, next.is_narrower));
            bool is_written = false;
            CAMBIST_CHECK(users.update(realm.text(), id,
                                       [&](User& stored) { is_written = write(stored, next); }));
            services_.identities.invalidate(realm, id);
            if (!is_written) continue;  // changed meanwhile, by another of the user's requests
            services_.log.info(scopes.empty() ? "consent_taken_back" : "consent_given",
                               {{"realm", realm.text()},
                                {"client", client},
                                {"user", id.text()},
                                {"scopes", join(scopes, " ")}});
            return std::move(next.consent);
        }
        return fail(ErrorCode::kStoreUnavailable, {}, "the consents of a user change all the time");
    }

    struct Next {
        std::optional<UserConsent> former;
        UserConsent consent;
        bool is_narrower = false;
    };

    static Result<Next> follow_up(const User& user, const std::string& client,
                                  const std::vector<std::string>& scopes, TimePoint now) {
        Next next;
        const auto* stored = find_consent(user, client);
        if (stored != nullptr) next.former = *stored;
        const bool is_there = stored != nullptr && !stored->scopes.empty();
        if (scopes.empty() && !is_there) return fail(ErrorCode::kAccountUnknown);
        if (stored == nullptr && user.consents.size() >= kMostConsents)
            return fail(ErrorCode::kAccountFull);
        next.is_narrower =
            is_there && std::ranges::any_of(stored->scopes, [&](const std::string& name) {
                return std::ranges::find(scopes, name) == scopes.end();
            });
        const auto now_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
        next.consent = {
            .client = client, .scopes = scopes, .created_ms = now_ms, .updated_ms = now_ms};
        // What is only widened is the same consent still, with all that rests on it.
        if (is_there && !next.is_narrower) next.consent.created_ms = stored->created_ms;
        return next;
    }

    Status end_what_rests_on(const std::optional<UserConsent>& former, const UserId& user,
                             const Context& context, bool is_narrower) const {
        if (!former || !is_narrower) return {};
        const auto now = to_unix(context.at);
        return services_.revocations.add(
            context.realm_name, {.kind = RevocationKind::kToken,
                                 .id = sessions::short_id(policy::consent_id(user, *former)),
                                 .before = now + kSecondsToHear,
                                 .until = sessions::revocation_end(*context.realm->realm, now)});
    }

    static bool write(User& user, const Next& next) {
        const auto stored =
            std::ranges::find(user.consents, next.consent.client, &UserConsent::client);
        if (stored == user.consents.end()) {
            if (next.former || user.consents.size() >= kMostConsents) return false;
            user.consents.push_back(next.consent);
            return true;
        }
        if (next.former != *stored) return false;
        *stored = next.consent;
        return true;
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_account_applications(const Services& services) {
    return std::make_unique<Applications>(services);
}
std::unique_ptr<Endpoint> make_account_consent(const Services& services) {
    return std::make_unique<Consent>(services);
}

}  // namespace cambist::endpoints
