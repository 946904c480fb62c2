// SPDX-License-Identifier: Apache-2.0
#include "identity/origin.h"

#include <algorithm>

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

namespace {

void write_map(json::Writer& out, std::string_view name,
               const std::map<std::string, std::string>& texts) {
    if (texts.empty()) return;
    out.key(name).begin_object();
    for (const auto& [key, value] : texts) out.member(key, value);
    out.end_object();
}

void write_list(json::Writer& out, std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out.key(name).begin_array();
    for (const auto& text : texts) out.string(text);
    out.end_array();
}

// A member that is empty is left out.
void write_text(json::Writer& out, std::string_view name, const std::string& text) {
    if (!text.empty()) out.member(name, text);
}

void write_user(json::Writer& out, const User& user) {
    write_text(out, "email", user.email);
    if (user.email_verified) out.member("email_verified", true);
    write_text(out, "given_name", user.first_name);
    write_text(out, "family_name", user.last_name);
    if (!user.attributes.empty()) {
        out.key("attributes").begin_object();
        for (const auto& [name, values] : user.attributes) write_list(out, name, values);
        out.end_object();
    }
    std::vector<std::string> roles;
    for (const auto& role : user.roles) roles.push_back(to_text(role));
    write_list(out, "roles", roles);
    write_list(out, "groups", user.groups);
}

std::vector<std::string> list_at(const json::Value& value, std::string_view key) {
    std::vector<std::string> texts;
    const auto* list = value.find(key);
    if (list == nullptr || !list->is_array()) return texts;
    for (const auto& one : list->as_array())
        if (const auto* text = one.if_string()) texts.push_back(*text);
    return texts;
}

std::map<std::string, std::string> map_at(const json::Value& value, std::string_view key) {
    std::map<std::string, std::string> texts;
    const auto* object = value.find(key);
    if (object == nullptr || !object->is_object()) return texts;
    for (const auto& member : object->as_object())
        if (const auto* text = member.value.if_string()) texts[member.key] = *text;
    return texts;
}

void read_user(const json::Value& details, User& user) {
    user.email = text_at(details, "email");
    const auto* verified = details.find("email_verified");
    user.email_verified = verified != nullptr && verified->if_bool().value_or(false);
    user.first_name = text_at(details, "given_name");
    user.last_name = text_at(details, "family_name");
    if (const auto* attributes = details.find("attributes");
        attributes != nullptr && attributes->is_object())
        for (const auto& member : attributes->as_object())
            user.attributes[member.key] = list_at(*attributes, member.key);
    for (const auto& role : list_at(details, "roles")) user.roles.push_back(parse_role_ref(role));
    user.groups = list_at(details, "groups");
}

template <class T>
bool holds(const std::vector<T>& list, const T& one) {
    return std::ranges::find(list, one) != list.end();
}

// What the issuer's entry gives to everybody, and of what it gives to some only what he had.
User still_given(const TrustedIssuer& issuer, User user) {
    using Kind = IssuerMapper::Kind;
    const auto maps = [&](Kind kind, const auto& is_it) {
        return std::ranges::any_of(issuer.mappers, [&](const IssuerMapper& mapper) {
            return mapper.kind == kind && is_it(mapper);
        });
    };
    std::erase_if(user.attributes, [&](const auto& attribute) {
        return !issuer.binding.attributes.contains(attribute.first) &&
               !maps(Kind::kAttribute,
                     [&](const auto& mapper) { return mapper.target == attribute.first; });
    });
    std::erase_if(user.roles, [&](const RoleRef& role) {
        return !maps(Kind::kRole, [&](const auto& mapper) { return mapper.role == role; });
    });
    std::erase_if(user.groups, [&](const std::string& group) {
        return !maps(Kind::kGroup, [&](const auto& mapper) { return mapper.target == group; });
    });
    for (const auto& role : issuer.binding.roles)
        if (!holds(user.roles, role)) user.roles.push_back(role);
    for (const auto& group : issuer.binding.groups)
        if (!holds(user.groups, group)) user.groups.push_back(group);
    return user;
}

}  // namespace

void write_origin(const Identity& who, json::Writer& out) {
    if (who.issuer.empty()) return;
    out.key("idp").begin_object();
    out.member("alias", who.issuer).member("sub", who.issuer_subject);
    out.member("name", who.user->username);
    out.end_object();
}

std::optional<Origin> origin_of(std::string_view claims) {
    if (!claims.contains("\"idp\"")) return std::nullopt;
    const auto parsed = json::parse(claims, {}, json::Positions::kNone);
    const auto* idp = parsed ? parsed->find("idp") : nullptr;
    if (idp == nullptr || !idp->is_object()) return std::nullopt;
    Origin origin{text_at(*idp, "alias"), text_at(*idp, "sub"), {}, {}};
    origin.user.username = text_at(*idp, "name");
    return origin;
}

std::string details_of(const Identity& who) {
    static constexpr std::string_view kNothing = "{}";
    std::string text;
    json::Writer out(text);
    out.begin_object();
    if (!who.issuer.empty()) write_user(out, *who.user);
    write_map(out, "notes", who.notes);
    out.end_object();
    return text == kNothing ? std::string() : text;
}

void add_details(std::string_view details, Origin& origin) {
    const auto parsed = json::parse(details, {}, json::Positions::kNone);
    if (!parsed || !parsed->is_object()) return;
    read_user(*parsed, origin.user);
    origin.notes = map_at(*parsed, "notes");
}

std::shared_ptr<const Identity> find_origin(const Realm& realm, const Origin& origin,
                                            const UserId& id, TimePoint now) {
    const auto* issuer = realm.find_issuer(origin.alias);
    if (issuer == nullptr || !issuer->enabled || !has_no_user(*issuer)) return nullptr;
    if (issuer->until && to_unix(now) >= *issuer->until) return nullptr;
    if (id != id_of_origin(realm, origin.alias, origin.subject)) return nullptr;
    auto user = still_given(*issuer, origin.user);
    user.id = id;
    return with_notes(make_origin(realm, *issuer, origin.subject, std::move(user)), origin.notes);
}

std::shared_ptr<const Identity> with_notes(std::shared_ptr<const Identity> who,
                                           const std::map<std::string, std::string>& notes) {
    if (who == nullptr || notes.empty()) return who;
    auto noted = std::make_shared<Identity>(*who);
    noted->notes = notes;
    return noted;
}

}  // namespace cambist::identity
