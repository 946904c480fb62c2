// SPDX-License-Identifier: Apache-2.0
#include "claims/mapper.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/text.h"
#include "json/parse.h"

namespace cambist::claims {

namespace {

constexpr std::size_t kMaxParts = 8;

// Claims of the minter, and those that say what only one kind of mapper knows: how the user logged
// in, and what roles he has. An attribute that a user may edit must not become any of them.
constexpr std::array<std::string_view, 35> kProtected{"iss",
                                                      "sub",
                                                      "aud",
                                                      "azp",
                                                      "client_id",
                                                      "exp",
                                                      "iat",
                                                      "nbf",
                                                      "jti",
                                                      "sid",
                                                      "typ",
                                                      "scope",
                                                      "xscope",
                                                      "cnf",
                                                      "act",
                                                      "may_act",
                                                      "xid",
                                                      "xp",
                                                      "xexp",
                                                      "xact",
                                                      "xidp",
                                                      "idp",
                                                      "ds_hash",
                                                      "nonce",
                                                      "at_hash",
                                                      "c_hash",
                                                      "s_hash",
                                                      "events",
                                                      "acr",
                                                      "auth_time",
                                                      "session_state",
                                                      "active",
                                                      "realm_access",
                                                      "resource_access",
                                                      "authorization_details"};

// Keycloak's kinds. "sub" is written by the minter whatever the scopes are.
constexpr std::array<MapperKind, 18> kKinds{{
    {"oidc-usermodel-attribute-mapper", make_attribute_mapper},
    {"oidc-usermodel-property-mapper", make_property_mapper},
    {"oidc-full-name-mapper", make_full_name_mapper},
    {"oidc-address-mapper", make_address_mapper},
    {"oidc-usermodel-realm-role-mapper", make_realm_role_mapper},
    {"oidc-usermodel-client-role-mapper", make_client_role_mapper},
    {"oidc-group-membership-mapper", make_group_mapper},
    {kOrganizationMapper, make_organization_mapper},
    {.type = "oidc-hardcoded-claim-mapper",
     .make = make_hardcoded_mapper,
     .in_token_response = true},
    {"oidc-allowed-origins-mapper", make_allowed_origins_mapper, /*on_by_default=*/true},
    {"oidc-acr-mapper", make_acr_mapper},
    {"oidc-amr-mapper", make_amr_mapper},
    {.type = "oidc-usersessionmodel-note-mapper",
     .make = make_session_note_mapper,
     .in_token_response = true},
    {"oidc-session-state-mapper", make_session_state_mapper},
    {"oidc-sub-mapper", make_nothing},
    // No grant of ours has a nonce or the claims parameter of an authorization request.
    {"oidc-nonce-backwards-compatible-mapper", make_nothing},
    {"oidc-claims-param-token-mapper", make_nothing},
    {"oidc-claims-param-value-idtoken-mapper", make_nothing},
}};

std::optional<JsonType> find_json_type(std::string_view label) {
    if (label.empty() || label == "String") return JsonType::kString;
    if (label == "int") return JsonType::kInt;
    if (label == "long") return JsonType::kLong;
    if (label == "boolean") return JsonType::kBoolean;
    if (label == "JSON") return JsonType::kJson;
    return std::nullopt;
}

bool append_integer(std::string& out, std::string_view text, std::int64_t least,
                    std::int64_t most) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);  // as Java does
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = stop == text.data() + text.size();
    if (error != std::errc{} || !whole || number < least || number > most) return false;
    out += std::to_string(number);
    return true;
}

}  // namespace

const MapperKind* find_mapper_kind(std::string_view type) {
    const auto* const found = std::ranges::find(kKinds, type, &MapperKind::type);
    return found == kKinds.end() ? nullptr : &*found;
}

bool is_protected_claim(std::string_view name) {
    return std::ranges::find(kProtected, name) != kProtected.end();
}

std::string_view setting(const MapperConfig& config, std::string_view key) {
    const auto found = config.config.find(std::string(key));
    return found == config.config.end() ? std::string_view() : std::string_view(found->second);
}

bool is_on(const MapperConfig& config, std::string_view key) {
    return setting(config, key) == "true";
}

namespace {

// Up to the first dot that no backslash escapes; a part has at least one character. The whole text
// when there is no such dot.
std::string_view first_part(std::string_view name) {
    if (name.starts_with('.')) return name;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '\\') {
            ++i;
        } else if (name[i] == '.') {
            return name.substr(0, i);
        }
    }
    return name;
}

std::string unescape(std::string_view part) {
    std::string text;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] == '\\' && i + 1 < part.size()) ++i;
        text += part[i];
    }
    return text;
}

}  // namespace

// As Keycloak splits names, down to "a..b", which is "a" and ".b".
std::optional<ClaimPath> ClaimPath::parse(std::string_view name) {
    std::vector<std::string> parts;
    while (!name.empty()) {
        const auto part = first_part(name);
        parts.push_back(unescape(part));
        name.remove_prefix(std::min(part.size() + 1, name.size()));
    }
    if (parts.empty() || parts.size() > kMaxParts) return std::nullopt;
    return ClaimPath(std::move(parts));
}

ClaimPath::ClaimPath(std::vector<std::string> parts) : parts_(std::move(parts)) {
    views_.assign(parts_.begin(), parts_.end());
}

std::vector<std::string_view> ClaimPath::for_client(std::string_view client,
                                                    ClaimTree& tree) const {
    auto path = views_;
    for (auto& part : path) {
        if (part == kClientPlaceholder) {
            part = client;
        } else if (const auto at = part.find(kClientPlaceholder); at != std::string_view::npos) {
            std::string text(part);
            text.replace(at, kClientPlaceholder.size(), client);
            part = tree.own(std::move(text));
        }
    }
    return path;
}

bool append_typed(std::string& out, JsonType type, std::string_view text, std::size_t depth) {
    constexpr std::size_t kDeepest = json::Limits{}.max_depth;
    using Int = std::numeric_limits<std::int32_t>;
    using Long = std::numeric_limits<std::int64_t>;
    switch (type) {
        case JsonType::kString:
            json::append_string(out, text);
            return true;
        case JsonType::kInt:
            return append_integer(out, text, Int::min(), Int::max());
        case JsonType::kLong:
            return append_integer(out, text, Long::min(), Long::max());
        case JsonType::kBoolean:
            out += to_lower_ascii(text) == "true" ? "true" : "false";
            return true;
        case JsonType::kJson: {
            const auto value =
                json::parse(text, {.max_depth = kDeepest - depth}, json::Positions::kNone);
            if (value) json::Writer(out).value(*value);
            return value.has_value();
        }
    }
    CAMBIST_ASSERT(false);
}

Result<ClaimShape> ClaimShape::parse(const MapperConfig& config,
                                     std::initializer_list<std::string_view> own) {
    const auto name = setting(config, "claim.name");
    auto path = ClaimPath::parse(name);
    if (!path)
        return fail(ErrorCode::kConfigInvalid,
                    "claim.name \"" + std::string(name) + "\" is no claim name");
    if (is_protected_claim(path->root()) && std::ranges::find(own, path->root()) == own.end())
        return fail(
            ErrorCode::kConfigInvalid,
            "the claim \"" + path->root() + "\" can not be written by a mapper of this kind");
    const auto type = find_json_type(setting(config, "jsonType.label"));
    if (!type)
        return fail(ErrorCode::kConfigInvalid,
                    "jsonType.label must be String, int, long, boolean or JSON");
    return ClaimShape{*std::move(path), *type, is_on(config, "multivalued")};
}

void ClaimShape::write(ClaimTree& claims, std::span<const std::string> values) const {
    if (values.empty()) return;
    claims.set(path.view(), [&](std::string& out) {
        if (!multivalued) return append_typed(out, type, values.front(), depth());
        const auto begin = out.size();
        char before = '[';
        for (const auto& value : values) {
            out += before;
            before = ',';
            if (append_typed(out, type, value, depth())) continue;
            out.resize(begin);
            return false;
        }
        out += ']';
        return true;
    });
}

}  // namespace cambist::claims
