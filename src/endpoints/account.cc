// SPDX-License-Identifier: Apache-2.0
#include "endpoints/account.h"

#include <algorithm>

#include "base/text.h"
#include "endpoints/bearer.h"
#include "endpoints/form_request.h"
#include "json/parse.h"

namespace cambist::endpoints {
namespace {

constexpr std::size_t kMostNames = 32;
constexpr std::size_t kLongestName = 255;
constexpr std::int64_t kLongestLife = 366LL * 86400;
constexpr std::string_view kAccount = "account";

std::unexpected<Error> wrong(std::string hint) {
    return fail(ErrorCode::kJsonBodyWrong, std::move(hint));
}

// Keycloak writes the roles of a client into resource_access.
bool has_account_role(const TokenFacts& facts, std::string_view wanted) {
    const auto claims = json::parse(facts.claims, {}, json::Positions::kNone);
    if (!claims) return false;
    const auto* access = claims->find("resource_access");
    const auto* account = access == nullptr ? nullptr : access->find(kAccount);
    const auto* roles = account == nullptr ? nullptr : account->find("roles");
    const auto* list = roles == nullptr ? nullptr : roles->if_array();
    return list != nullptr && std::ranges::any_of(*list, [wanted](const json::Value& role) {
               const auto* name = role.if_string();
               return name != nullptr && *name == wanted;
           });
}

Status check_meant_for_account(const VerifiedToken& token, std::string_view enough) {
    const auto& facts = token.facts();
    const bool is_for_account = std::ranges::find(facts.audience, kAccount) != facts.audience.end();
    for (const auto role : {kManageAccount, enough}) {
        const bool is_meant = is_for_account || has_account_role(facts, role);
        const RoleRef held{.client = std::string(kAccount), .name = std::string(role)};
        if (is_meant && token.subject()->has_role(held)) return {};
    }
    return fail(ErrorCode::kAccountNotAllowed);
}

// A token can hide who acts. What comes of a person's own log-in has its session, and what a
// service got by its own credentials has no ancestors.
Status check_own(const VerifiedToken& token, const Context& context, const Services& services) {
    const auto& facts = token.facts();
    if (!facts.act.empty()) return fail(ErrorCode::kAccountActs);
    if (token.subject()->is_service_account()) {
        if (facts.xp.empty()) return {};
        return fail(ErrorCode::kAccountActs);
    }
    if (facts.session.empty()) return fail(ErrorCode::kAccountActs);
    CAMBIST_TRY(const auto session,
                services.sessions.find_live(*context.realm->realm, facts.session, context.at));
    if (session && session->auth_method != "token-exchange") return {};
    return fail(ErrorCode::kAccountActs);
}

Result<std::vector<std::string>> read_names(const json::Value& body, std::string_view key) {
    std::vector<std::string> names;
    const auto* list = body.find(key);
    if (list == nullptr) return names;
    const auto is_name = [](std::string_view text) {
        return !text.empty() && text.size() <= kLongestName &&
               std::ranges::all_of(
                   text, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
    };
    const auto* array = list->if_array();
    if (array == nullptr || array->size() > kMostNames)
        return wrong(std::string(key) + " must be a list of at most " + std::to_string(kMostNames));
    for (const auto& element : *array) {
        const auto* text = element.if_string();
        if (text == nullptr || !is_name(*text))
            return wrong(std::string(key) + " holds something that can be none");
        if (std::ranges::find(names, *text) != names.end())
            return wrong(std::string(key) + " holds one twice");
        names.push_back(*text);
    }
    return names;
}

}  // namespace

http::Response with_owner(
    const http::Request& request, const Context& context, const Services& services,
    const AccountUse& use,
    const std::function<Result<http::Response>(const VerifiedToken& owner)>& answer) {
    return with_bearer(request, context, services,
                       {.address = use.address,
                        .check = [&](const VerifiedToken& token) -> Status {
                            CAMBIST_CHECK(check_own(token, context, services));
                            return check_meant_for_account(token, use.role);
                        },
                        .answer =
                            [&](const VerifiedToken& token, const Client* /*holder*/) {
                                auto response = answer(token);
                                if (response) return *std::move(response);
                                return error_answer(response.error(), context, Audience::kTrusted);
                            }});
}

Result<json::Value> read_body(const http::Request& request,
                              std::initializer_list<std::string_view> keys) {
    const auto type = to_lower_ascii(content_type_of(request));
    if (trim(type.substr(0, type.find(';'))) != "application/json")
        return wrong("send Content-Type: application/json");
    auto body = json::parse(request.body(), {.max_depth = 4, .max_bytes = 65536});
    if (!body) return wrong("the body is no JSON: " + body.error().hint);
    if (!body->is_object()) return wrong("the body is no object");
    for (const auto& member : body->as_object())
        if (std::ranges::find(keys, member.key) == keys.end())
            return wrong("unknown member " + printable(member.key, 60));
    return *std::move(body);
}

Result<std::vector<std::string>> read_scopes(const json::Value& body) {
    return read_names(body, "scopes");
}

Result<std::vector<std::string>> read_audiences(const json::Value& body) {
    return read_names(body, "audiences");
}

Result<std::int64_t> read_expiry(const json::Value& body, TimePoint now) {
    const auto* at = body.find("expires");
    const auto* after = body.find("expiresIn");
    if ((at == nullptr) == (after == nullptr))
        return wrong("needs either expires (seconds since 1970) or expiresIn (seconds)");
    const auto number = (at == nullptr ? after : at)->if_int64();
    const auto start = at == nullptr ? 0 : to_unix(now);
    if (!number || *number <= start || *number - start > kLongestLife)
        return wrong("its end must be a whole number of seconds within the next 366 days");
    return at == nullptr ? to_unix(now) + *number : *number;
}

json::Value list_of(const std::vector<std::string>& texts) {
    auto list = json::Value::array();
    for (const auto& text : texts) list.push(text);
    return list;
}

http::Response created(const json::Value& made) { return json_answer(201, made.to_text()); }

http::Response listed(std::string name, json::Value list) {
    auto body = json::Value::object();
    body.set(std::move(name), std::move(list));
    return listed(body);
}

http::Response listed(const json::Value& lists) { return json_answer(200, lists.to_text()); }

http::Response no_content() {
    auto response = json_answer(204, {});
    std::erase_if(response.headers,
                  [](const auto& header) { return header.first == "Content-Type"; });
    return response;
}

}  // namespace cambist::endpoints
