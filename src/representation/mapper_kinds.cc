// SPDX-License-Identifier: Apache-2.0
#include "representation/mapper_kinds.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "base/text.h"
#include "json/parse.h"
#include "model/redirects.h"

namespace cambist::representation {

namespace {

using enum ConfigForm;

constexpr std::string_view kPairwise = "oidc-sha256-pairwise-sub-mapper";
constexpr std::string_view kHardcoded = "oidc-hardcoded-claim-mapper";
constexpr std::string_view kNotes = "oidc-usersessionmodel-note-mapper";

// Where a claim goes. Keycloak's console leaves out those that a kind has no use for; files do not.
constexpr std::array<ConfigKey, 6> kSwitches{{{"id.token.claim", kFlag},
                                              {"access.token.claim", kFlag},
                                              {"userinfo.token.claim", kFlag},
                                              {"introspection.token.claim", kFlag},
                                              {"lightweight.claim", kFlag},
                                              {"access.tokenResponse.claim", kFlag}}};

constexpr std::array<ConfigKey, 1> kClaim{{{"claim.name"}}};
constexpr std::array<ConfigKey, 5> kAttribute{{{"user.attribute"},
                                               {"claim.name"},
                                               {"jsonType.label", kJsonType},
                                               {"multivalued", kFlag},
                                               {"aggregate.attrs", kFlag}}};
constexpr std::array<ConfigKey, 4> kProperty{
    {{"user.attribute"}, {"claim.name"}, {"jsonType.label", kJsonType}, {"multivalued", kFlag}}};
constexpr std::array<ConfigKey, 6> kAddress{{{"user.attribute.street"},
                                             {"user.attribute.locality"},
                                             {"user.attribute.region"},
                                             {"user.attribute.postal_code"},
                                             {"user.attribute.country"},
                                             {"user.attribute.formatted"}}};
constexpr std::array<ConfigKey, 5> kRealmRole{{{"usermodel.realmRoleMapping.rolePrefix"},
                                               {"claim.name"},
                                               {"jsonType.label", kJsonType},
                                               {"multivalued", kFlag},
                                               {"user.attribute"}}};
constexpr std::array<ConfigKey, 6> kClientRole{{{"usermodel.clientRoleMapping.clientId", kClient},
                                                {"usermodel.clientRoleMapping.rolePrefix"},
                                                {"claim.name"},
                                                {"jsonType.label", kJsonType},
                                                {"multivalued", kFlag},
                                                {"user.attribute"}}};
constexpr std::array<ConfigKey, 4> kGroup{
    {{"claim.name"}, {"full.path", kFlag}, {"multivalued", kFlag}, {"jsonType.label", kJsonType}}};
constexpr std::array<ConfigKey, 4> kHardcodedClaim{
    {{"claim.name"}, {"claim.value"}, {"jsonType.label", kJsonType}, {"multivalued", kFlag}}};
constexpr std::array<ConfigKey, 4> kNote{
    {{"user.session.note"}, {"claim.name"}, {"jsonType.label", kJsonType}, {"multivalued", kFlag}}};
constexpr std::array<ConfigKey, 2> kAudience{
    {{"included.client.audience", kClient}, {"included.custom.audience"}}};
constexpr std::array<ConfigKey, 1> kRole{{{"role"}}};
constexpr std::array<ConfigKey, 2> kRoleName{{{"role"}, {"new.role.name"}}};
constexpr std::array<ConfigKey, 2> kPairwiseKeys{
    {{"sectorIdentifierUri", kHttpUri}, {"pairwiseSubAlgorithmSalt"}}};
constexpr std::array<ConfigKey, 6> kOrganization{{{"claim.name"},
                                                  {"jsonType.label", kJsonType},
                                                  {"multivalued", kFlag},
                                                  {"addOrganizationAttributes", kFlag},
                                                  {"addOrganizationId", kFlag},
                                                  {"addOrganizationDomain", kFlag}}};
constexpr std::array<ConfigKey, 1> kOrganizationGroup{{{"addGroupRoleMappings", kFlag}}};

constexpr std::array<MapperRow, 24> kRows{{
    {"oidc-acr-mapper", {}},
    {"oidc-address-mapper", kAddress},
    {"oidc-allowed-origins-mapper", {}},
    {"oidc-amr-mapper", {}},
    {"oidc-audience-mapper", kAudience},
    {"oidc-audience-resolve-mapper", {}},
    {"oidc-claims-param-token-mapper", {}},
    {"oidc-claims-param-value-idtoken-mapper", kClaim},
    {"oidc-full-name-mapper", {}},
    {"oidc-group-membership-mapper", kGroup},
    {kHardcoded, kHardcodedClaim},
    {"oidc-hardcoded-role-mapper", kRole},
    {"oidc-nonce-backwards-compatible-mapper", {}},
    {"oidc-organization-group-membership-mapper", kOrganizationGroup},
    {"oidc-organization-membership-mapper", kOrganization},
    {"oidc-role-name-mapper", kRoleName},
    {"oidc-session-state-mapper", {}},
    {kPairwise, kPairwiseKeys},
    {"oidc-sub-mapper", {}},
    {"oidc-usermodel-attribute-mapper", kAttribute},
    {"oidc-usermodel-client-role-mapper", kClientRole},
    {"oidc-usermodel-property-mapper", kProperty},
    {"oidc-usermodel-realm-role-mapper", kRealmRole},
    {kNotes, kNote},
}};

constexpr std::array<std::string_view, 5> kJsonTypes{"String", "long", "int", "boolean", "JSON"};

const ConfigKey* find_key(std::span<const ConfigKey> keys, std::string_view name) {
    const auto found = std::ranges::find(keys, name, &ConfigKey::key);
    return found == keys.end() ? nullptr : &*found;
}

bool is_json_type(std::string_view text) {
    return std::ranges::find(kJsonTypes, text) != kJsonTypes.end();
}

void check_value(const Node& node, ConfigForm form, const std::string& text) {
    if (text.empty()) return;
    switch (form) {
        case kText:
            return;
        case kFlag:
            if (text != "true" && text != "false")
                node.fault("must be \"true\" or \"false\", not " + quoted(text));
            return;
        case kJsonType:
            if (!is_json_type(text))
                node.fault("unknown value " + quoted(text),
                           "it may be String, long, int, boolean, JSON");
            return;
        case kClient:
            node.refer(Named::kClient, text);
            return;
        case kHttpUri:
            if (host_of(text).empty())
                node.fault("must be an http or https URI with a host, not " + quoted(text));
            return;
    }
}

void note_unknown_key(const Node& node, const std::string& key, const MapperRow& row) {
    std::vector<std::string_view> known;
    for (const auto& one : row.keys) known.push_back(one.key);
    for (const auto& one : kSwitches) known.push_back(one.key);
    auto text = "mappers of this kind have no key " + quoted(key) + ": it has no effect";
    if (const auto slip = did_you_mean(key, known); !slip.empty()) text += "; " + slip;
    node.note(std::move(text));
}

template <class Number>
bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    Number number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && stop == text.data() + text.size();
}

bool is_of_type(std::string_view text, std::string_view type) {
    if (type == "int") return is_number<std::int32_t>(text);
    if (type == "long") return is_number<std::int64_t>(text);
    if (type == "boolean") return to_lower_ascii(text) == "true" || to_lower_ascii(text) == "false";
    return type != "JSON" || json::parse(text).has_value();
}

// The one value that is known before there is a user.
void check_hardcoded(const Node& config) {
    const auto type = config.text("jsonType.label");
    const auto value = config.at("claim.value");
    const auto text = config.text("claim.value");
    if (!value.present() || text.empty() || !is_json_type(type) || is_of_type(text, type)) return;
    value.fault("is no " + type + ": " + quoted(text), "mend it, or set jsonType.label");
}

std::optional<Node> find_pairwise(const Node& owner) {
    for (const auto& mapper : owner.list("protocolMappers"))
        if (mapper.text("protocolMapper") == kPairwise) return mapper.at("config");
    return std::nullopt;
}

}  // namespace

const MapperRow* find_mapper_row(std::string_view type) {
    const auto* const found = std::ranges::find(kRows, type, &MapperRow::type);
    return found == kRows.end() ? nullptr : &*found;
}

void check_mapper(const Node& mapper) {
    if (mapper.text("protocol", "openid-connect") != "openid-connect") return;
    const auto type = mapper.text("protocolMapper");
    const auto* row = find_mapper_row(type);
    if (row == nullptr) {
        std::vector<std::string_view> types;
        for (const auto& one : kRows) types.push_back(one.type);
        if (const auto slip = did_you_mean(type, types); !slip.empty())
            mapper.at("protocolMapper")
                .note("unknown kind of mapper " + quoted(type) + "; " + slip);
        return;
    }
    const auto config = mapper.at("config");
    for (const auto& [key, node] : config.members()) {
        const auto* known = find_key(row->keys, key);
        if (known == nullptr) known = find_key(kSwitches, key);
        if (known == nullptr) {
            note_unknown_key(node, key, *row);
        } else {
            check_value(node, known->form, config.text(key));
        }
    }
    if (config.text("access.tokenResponse.claim") == "true" && type != kHardcoded && type != kNotes)
        config.at("access.tokenResponse.claim")
            .note("has no effect: mappers of this kind write nothing beside the token");
    if (type == kHardcoded) check_hardcoded(config);
    if (type == kPairwise && config.text("pairwiseSubAlgorithmSalt").empty())
        mapper.fault("has no pairwiseSubAlgorithmSalt",
                     "add a long random text; changing it later changes every sub");
}

void check_pairwise(const Node& owner, const Client& client) {
    const auto config = find_pairwise(owner);
    if (!config || !config->text("sectorIdentifierUri").empty() || !sector_of(client).empty())
        return;
    config->fault("the redirect URIs do not name exactly one host",
                  "set sectorIdentifierUri, which names the sector (OpenID Connect Core 8.1)");
}

}  // namespace cambist::representation
