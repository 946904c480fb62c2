// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "endpoints/account.h"
#include "endpoints/endpoint.h"
#include "sessions/expiry.h"
#include "sessions/short_id.h"
#include "tokens/api_keys.h"

namespace cambist::endpoints {
namespace {

constexpr std::string_view kAddress = "/account/api-keys";
constexpr std::size_t kMostKeys = 50;
constexpr std::size_t kLongestName = 100;

// The keys of a user that have not ended.
Result<std::vector<ApiKey>> keys_of(const VerifiedToken& owner, const Context& context,
                                    const Services& services) {
    CAMBIST_TRY(auto keys,
                services.store.api_keys().of_user(context.realm_name, owner.subject()->user->id));
    const auto now = to_unix(context.at);
    std::erase_if(keys,
                  [now](const ApiKey& key) { return key.expires != 0 && key.expires <= now; });
    return keys;
}

json::Value render(const ApiKey& key) {
    auto out = json::Value::object();
    out.set("id", key.id).set("name", key.name);
    out.set("scopes", list_of(key.scopes)).set("created", key.created);
    out.set("expires", key.expires);
    return out;
}

// GET lists, POST makes one: {"name": …, "scopes": […], "expiresIn": …}. The key itself is in that
// answer and never again.
class Keys final : public PlainEndpoint {
  public:
    explicit Keys(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        return with_owner(request, context, services_, {.address = kAddress},
                          [&](const VerifiedToken& owner) -> Result<http::Response> {
                              if (request.method() == "POST") return make(request, context, owner);
                              return list(context, owner);
                          });
    }

  private:
    Result<http::Response> list(const Context& context, const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto keys, keys_of(owner, context, services_));
        auto out = json::Value::array();
        for (const auto& key : keys) out.push(render(key));
        return listed("apiKeys", std::move(out));
    }

    Result<http::Response> make(const http::Request& request, const Context& context,
                                const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto body,
                    read_body(request, {"name", "scopes", "expires", "expiresIn"}));
        ApiKey key;
        CAMBIST_TRY(key.name, read_name(body));
        CAMBIST_TRY(key.scopes, read_scopes(body));
        if (key.scopes.empty())
            return fail(ErrorCode::kJsonBodyWrong, "scopes must name what the key is for");
        CAMBIST_TRY(key.expires, read_expiry(body, context.at));
        CAMBIST_TRY(const auto others, keys_of(owner, context, services_));
        if (others.size() >= kMostKeys) return fail(ErrorCode::kAccountFull);
        const auto text = tokens::make_api_key(services_.random);
        key.id = context.trace.text();
        key.hash = tokens::hash_of_api_key(text);
        key.user = owner.subject()->user->id;
        key.created = to_unix(context.at);
        CAMBIST_CHECK(services_.store.commit({context.realm_name, {store::AddApiKey{key}}}));
        // Others of his requests, here or on another node, may have found the same room.
        CAMBIST_TRY(const auto all, keys_of(owner, context, services_));
        if (all.size() > kMostKeys) {
            CAMBIST_CHECK(
                services_.store.commit({context.realm_name, {store::RemoveApiKey{key.id}}}));
            return fail(ErrorCode::kAccountFull);
        }
        services_.log.info(
            "api_key_made",
            {{"realm", context.realm_name}, {"key", key.id}, {"user", key.user.text()}});
        return created(render(key).set("key", text));
    }

    static Result<std::string> read_name(const json::Value& body) {
        const auto* name = body.find_string("name");
        const bool is_good = name != nullptr && !name->empty() && name->size() <= kLongestName &&
                             printable(*name, kLongestName) == *name;
        if (is_good) return *name;
        return fail(ErrorCode::kJsonBodyWrong,
                    "name must be a text of 1 to " + std::to_string(kLongestName) + " characters");
    }

    const Services& services_;
};

// DELETE ends one, and with it all tokens that were made of it.
class OneKey final : public PlainEndpoint {
  public:
    explicit OneKey(const Services& services) : services_(services) {}

    http::Response handle(const http::Request& request, const Context& context) const override {
        const auto address = std::string(kAddress) + "/" + context.item;
        return with_owner(request, context, services_, {.address = address},
                          [&](const VerifiedToken& owner) { return remove(context, owner); });
    }

  private:
    Result<http::Response> remove(const Context& context, const VerifiedToken& owner) const {
        CAMBIST_TRY(const auto keys, keys_of(owner, context, services_));
        if (std::ranges::find(keys, context.item, &ApiKey::id) == keys.end())
            return fail(ErrorCode::kAccountUnknown);
        const Revocation revocation{
            .kind = RevocationKind::kToken,
            .id = sessions::short_id(context.item),
            .before = 0,
            .until = sessions::revocation_end(*context.realm->realm, to_unix(context.at))};
        CAMBIST_CHECK(services_.revocations.add(context.realm_name, revocation,
                                                {store::RemoveApiKey{context.item}}));
        services_.log.info("api_key_revoked", {{"realm", context.realm_name},
                                               {"key", context.item},
                                               {"user", owner.subject()->user->id.text()}});
        return no_content();
    }

    const Services& services_;
};

}  // namespace

std::unique_ptr<Endpoint> make_account_keys(const Services& services) {
    return std::make_unique<Keys>(services);
}
std::unique_ptr<Endpoint> make_account_key(const Services& services) {
    return std::make_unique<OneKey>(services);
}

}  // namespace cambist::endpoints
