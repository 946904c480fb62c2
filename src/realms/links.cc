// SPDX-License-Identifier: Apache-2.0
#include "realms/links.h"

#include "json/parse.h"

namespace cambist::realms {
namespace {

constexpr std::string_view kMember = "federatedIdentities";

std::string text_at(const json::Value& value, std::string_view key) {
    const auto* text = value.find_string(key);
    return text == nullptr ? std::string() : *text;
}

}  // namespace

std::vector<FederatedIdentity> links_of(const std::vector<User>& users) {
    std::vector<FederatedIdentity> links;
    for (const auto& user : users) {
        if (!user.kept.contains(kMember)) continue;
        const auto kept = json::parse(user.kept, json::kConfigLimits, json::Positions::kNone);
        const auto* list = kept ? kept->find(kMember) : nullptr;
        if (list == nullptr || !list->is_array()) continue;
        for (const auto& one : list->as_array()) {
            FederatedIdentity link{.issuer = text_at(one, "identityProvider"),
                                   .subject = text_at(one, "userId"),
                                   .user = user.id,
                                   .username = text_at(one, "userName")};
            if (!link.issuer.empty() && !link.subject.empty()) links.push_back(std::move(link));
        }
    }
    return links;
}

Result<std::size_t> remove_links(store::FederatedIdentityStore& links, std::string_view realm,
                                 const std::vector<FederatedIdentity>& gone) {
    std::size_t removed = 0;
    for (const auto& link : gone) {
        CAMBIST_TRY(const auto stored, links.find(realm, link.issuer, link.subject));
        if (!stored || stored->user != link.user) continue;
        CAMBIST_CHECK(links.remove(realm, link.issuer, link.subject));
        ++removed;
    }
    return removed;
}

Status put_links(const store::FederatedIdentityStore& links, std::string_view realm,
                 const UserId& user, json::Value& representation) {
    CAMBIST_TRY(const auto stored, links.of_user(realm, user));
    if (stored.empty()) return {};
    auto list = json::Value::array();
    for (const auto& link : stored)
        list.push(json::Value::object()
                      .set("identityProvider", link.issuer)
                      .set("userId", link.subject)
                      .set("userName", link.username));
    representation.set(std::string(kMember), std::move(list));
    return {};
}

}  // namespace cambist::realms
