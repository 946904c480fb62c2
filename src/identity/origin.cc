// SPDX-License-Identifier: Apache-2.0
#include "identity/origin.h"

#include "base/base64url.h"
#include "crypto/digest.h"
#include "identity/resolve.h"
#include "json/parse.h"

namespace cambist::identity {
namespace {

bool has_no_user(const TrustedIssuer& issuer) {
    return issuer.binding.kind == BindingKind::kEphemeral ||
           issuer.binding.kind == BindingKind::kService;
}

std::string text_at(const json::Value& value, std::string_view key) {
    const auto* text = value.find_string(key);
    return text == nullptr ? std::string() : *text;
}

}  // namespace

UserId id_of_origin(const Realm& realm, std::string_view alias, std::string_view subject) {
    static constexpr std::string_view kEnd("\0", 1);
    // A version 8 UUID (RFC 9562): of a hash, as all ids that follow from names.
    auto bytes = crypto::sha256({realm.name.text(), kEnd, "origin", kEnd, alias, kEnd, subject})
                     .substr(0, 16);
    bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0fU) | 0x80U);
    bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3fU) | 0x80U);
    const auto hex = hex_encode(bytes);
    return UserId(hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
                  hex.substr(16, 4) + "-" + hex.substr(20));
}

std::shared_ptr<const Identity> make_origin(const Realm& realm, const TrustedIssuer& issuer,
                                            std::string subject, User user) {
    auto identity = resolve_identity(realm, std::move(user));
    identity.issuer = issuer.alias;
    identity.issuer_subject = std::move(subject);
    if (!issuer.organization.empty()) identity.organizations = {issuer.organization};
    return std::make_shared<const Identity>(std::move(identity));
}

std::shared_ptr<const Identity> resolve_user(const Realm& realm, User user) {
    return std::make_shared<const Identity>(resolve_identity(realm, std::move(user)));
}

void write_origin(const Identity& who, json::Writer& out) {
    if (who.issuer.empty()) return;
    out.key("idp").begin_object();
    out.member("alias", who.issuer).member("sub", who.issuer_subject);
    out.member("name", who.user->username);
    out.end_object();
}

std::optional<Origin> origin_of(std::string_view claims) {
    const auto parsed = json::parse(claims, {}, json::Positions::kNone);
    const auto* idp = parsed ? parsed->find("idp") : nullptr;
    if (idp == nullptr || !idp->is_object()) return std::nullopt;
    return Origin{text_at(*idp, "alias"), text_at(*idp, "sub"), text_at(*idp, "name")};
}

std::shared_ptr<const Identity> find_origin(const Realm& realm, const Origin& origin,
                                            const UserId& id) {
    const auto* issuer = realm.find_issuer(origin.alias);
    if (issuer == nullptr || !issuer->enabled || !has_no_user(*issuer)) return nullptr;
    if (id != id_of_origin(realm, origin.alias, origin.subject)) return nullptr;
    User user;
    user.id = id;
    user.username = origin.name;
    user.roles = issuer->binding.roles;
    user.groups = issuer->binding.groups;
    return make_origin(realm, *issuer, origin.subject, std::move(user));
}

}  // namespace cambist::identity
