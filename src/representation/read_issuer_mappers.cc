// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <expected>

#include "json/parse.h"
#include "representation/read_issuers.h"
#include "representation/read_parts.h"
#include "representation/shape.h"

// Keycloak's identity-provider mappers, and those of our trustedIssuers.
namespace cambist::representation {

namespace {

using Kind = IssuerMapper::Kind;
using Why = std::unexpected<std::string>;       // what is wrong with a mapper
using Read = std::expected<void, std::string>;  // or nothing is
using Legacy = MapperUpdate;                    // what Keycloak's LEGACY comes to

// One mapper on its way from the file.
struct Draft {
    const Node& config;
    const Realm& realm;
    IssuerMapper& mapper;
    bool is_saml = false;
};

std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '.' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

// An attribute of an assertion by its name, by the name that people see, or by both.
std::vector<std::string> saml_paths(std::string_view name, std::string_view friendly) {
    std::vector<std::string> paths;
    if (!name.empty()) paths.push_back("attributes." + escaped(name));
    if (!friendly.empty()) paths.push_back("friendly." + escaped(friendly));
    return paths;
}

// Keycloak writes a client's role as "client.role"; either may have dots in its name.
std::optional<RoleRef> find_role(const Realm& realm, const std::string& text) {
    const auto exists = [&](const RoleRef& ref) {
        return std::ranges::find(realm.roles, ref, &Role::ref) != realm.roles.end();
    };
    for (auto dot = text.find('.'); dot != std::string::npos; dot = text.find('.', dot + 1))
        if (RoleRef ref{text.substr(0, dot), text.substr(dot + 1)}; exists(ref)) return ref;
    if (RoleRef ref{{}, text}; exists(ref)) return ref;
    return std::nullopt;
}

Read read_role(const Draft& draft) {
    const auto text = draft.config.text("role");
    const auto role = find_role(draft.realm, text);
    if (!role) return Why("there is no role " + quoted(text));
    draft.mapper.kind = Kind::kRole;
    draft.mapper.role = *role;
    return {};
}

Read read_group(const Draft& draft) {
    const auto path = draft.config.text("group");
    if (std::ranges::find(draft.realm.groups, path, &Group::path) == draft.realm.groups.end())
        return Why("there is no group " + quoted(path));
    draft.mapper.kind = Kind::kGroup;
    draft.mapper.target = path;
    return {};
}

Read add_test(const Draft& draft, std::vector<std::string> claims, const std::string& value,
              bool is_pattern) {
    if (claims.empty()) return Why(draft.is_saml ? "it names no attribute" : "it names no claim");
    IssuerMapper::Test test;
    test.claims = std::move(claims);
    if (is_pattern) {
        auto pattern = Pattern::compile(value);
        if (!pattern)
            return Why("the pattern " + quoted(value) +
                       " can not be read: " + pattern.error().hint);
        test.pattern = std::make_shared<const Pattern>(*std::move(pattern));
    } else {
        test.values = {value};
    }
    draft.mapper.tests.push_back(std::move(test));
    return {};
}

// `claims` and `attributes` are lists of keys and values in one JSON text.
Read read_tests(const Draft& draft) {
    const auto text = draft.config.text(draft.is_saml ? "attributes" : "claims");
    const bool is_pattern = draft.config.text(draft.is_saml ? "are.attribute.values.regex"
                                                            : "are.claim.values.regex") == "true";
    const auto list = json::parse(text.empty() ? "[]" : text, {}, json::Positions::kNone);
    if (!list || !list->is_array()) return Why("its claims can not be read");
    for (const auto& one : list->as_array()) {
        const auto* key = one.find_string("key");
        const auto* value = one.find_string("value");
        if (key == nullptr || key->empty() || value == nullptr)
            return Why("a claim of it has no key or no value");
        auto paths = draft.is_saml ? saml_paths(*key, *key) : std::vector<std::string>{*key};
        if (auto added = add_test(draft, std::move(paths), *value, is_pattern); !added)
            return added;
    }
    // In Keycloak everybody would have what it gives.
    if (draft.mapper.tests.empty()) return Why("it names no claims");
    return {};
}

std::vector<std::string> named_claims(const Draft& draft) {
    if (draft.is_saml) {
        const auto name = draft.config.text("attribute.name");
        return saml_paths(name, name.empty() ? draft.config.text("attribute.friendly.name") : "");
    }
    auto claim = draft.config.text("claim");
    return claim.empty() ? std::vector<std::string>() : std::vector{std::move(claim)};
}

Read read_attribute(const Draft& draft) {
    draft.mapper.kind = Kind::kAttribute;
    draft.mapper.claims = named_claims(draft);
    draft.mapper.target = draft.config.text("user.attribute");
    if (draft.mapper.claims.empty()) return Why("it names no claim");
    if (draft.mapper.target.empty()) return Why("it names no attribute of the user");
    return {};
}

// Of Google: the members of its user information are claims of its ID tokens.
Read read_social_attribute(const Draft& draft) {
    draft.mapper.kind = Kind::kAttribute;
    draft.mapper.claims = {draft.config.text("jsonField")};
    draft.mapper.target = draft.config.text("userAttribute");
    if (draft.mapper.claims.front().empty() || draft.mapper.target.empty())
        return Why("it names no member or no attribute of the user");
    return {};
}

Read read_hardcoded(const Draft& draft, Kind kind) {
    draft.mapper.kind = kind;
    draft.mapper.target = draft.config.text("attribute");
    draft.mapper.value = draft.config.text("attribute.value");
    if (draft.mapper.target.empty()) return Why("it names no attribute");
    return {};
}
Read read_hardcoded_attribute(const Draft& draft) {
    return read_hardcoded(draft, Kind::kAttribute);
}
Read read_hardcoded_note(const Draft& draft) { return read_hardcoded(draft, Kind::kNote); }

Read read_claim_role(const Draft& draft) {
    const auto value = draft.config.text(draft.is_saml ? "attribute.value" : "claim.value");
    if (auto tested = add_test(draft, named_claims(draft), value, false); !tested) return tested;
    return read_role(draft);
}

Read read_advanced_role(const Draft& draft) {
    if (auto tested = read_tests(draft); !tested) return tested;
    return read_role(draft);
}

Read read_advanced_group(const Draft& draft) {
    if (auto tested = read_tests(draft); !tested) return tested;
    return read_group(draft);
}

Read read_notes(const Draft& draft) {
    draft.mapper.kind = Kind::kNotes;
    return read_tests(draft);
}

// A role of another Keycloak as its access tokens say it.
Read read_role_to_role(const Draft& draft) {
    const auto text = draft.config.text("external.role");
    if (text.empty()) return Why("it names no external role");
    const auto dot = text.rfind('.');
    const auto path = dot == std::string::npos
                          ? std::string("realm_access.roles")
                          : "resource_access." + escaped(text.substr(0, dot)) + ".roles";
    if (auto tested = add_test(draft, {path}, text.substr(dot == text.npos ? 0 : dot + 1), false);
        !tested)
        return tested;
    return read_role(draft);
}

Read read_username(const Draft& draft) {
    auto& mapper = draft.mapper;
    mapper.text = draft.config.text(
        "template", draft.is_saml ? "${ALIAS}.${NAMEID}" : "${ALIAS}.${CLAIM.preferred_username}");
    const auto target = draft.config.text("target", "LOCAL");
    mapper.kind = target == "BROKER_ID"         ? Kind::kBrokerId
                  : target == "BROKER_USERNAME" ? Kind::kBrokerUsername
                                                : Kind::kLocalUsername;
    if (target != "LOCAL" && mapper.kind == Kind::kLocalUsername)
        return Why("unknown target " + quoted(target));
    if (mapper.text.contains("${UUID"))
        return Why("a random name (${UUID}) would be another one for every token");
    return {};
}

struct KindRow {
    std::string_view type;
    Read (*read)(const Draft& draft);
    Legacy legacy;
};
constexpr std::array kKinds{
    KindRow{"hardcoded-attribute-idp-mapper", read_hardcoded_attribute, Legacy::kAlways},
    KindRow{"hardcoded-user-session-attribute-idp-mapper", read_hardcoded_note, Legacy::kAlways},
    KindRow{"oidc-hardcoded-role-idp-mapper", read_role, Legacy::kNever},
    KindRow{"oidc-hardcoded-group-idp-mapper", read_group, Legacy::kAlways},
    KindRow{"oidc-user-attribute-idp-mapper", read_attribute, Legacy::kAlways},
    KindRow{"oidc-role-idp-mapper", read_claim_role, Legacy::kOnlyTakes},
    KindRow{"oidc-advanced-role-idp-mapper", read_advanced_role, Legacy::kOnlyTakes},
    KindRow{"oidc-advanced-group-idp-mapper", read_advanced_group, Legacy::kAlways},
    KindRow{"oidc-username-idp-mapper", read_username, Legacy::kNever},
    KindRow{"oidc-user-session-note-idp-mapper", read_notes, Legacy::kAlways},
    KindRow{"keycloak-oidc-role-to-role-idp-mapper", read_role_to_role, Legacy::kNever},
    KindRow{"google-user-attribute-mapper", read_social_attribute, Legacy::kAlways},
    KindRow{"saml-user-attribute-idp-mapper", read_attribute, Legacy::kAlways},
    KindRow{"saml-role-idp-mapper", read_claim_role, Legacy::kOnlyTakes},
    KindRow{"saml-advanced-role-idp-mapper", read_advanced_role, Legacy::kOnlyTakes},
    KindRow{"saml-advanced-group-idp-mapper", read_advanced_group, Legacy::kAlways},
    KindRow{"saml-username-idp-mapper", read_username, Legacy::kNever},
};

std::optional<MapperUpdate> update_of(std::string_view mode, Legacy legacy) {
    if (mode == "IMPORT") return MapperUpdate::kNever;
    if (mode == "FORCE") return MapperUpdate::kAlways;
    if (mode == "LEGACY" || mode.empty()) return legacy;
    return std::nullopt;
}

// The mode of the provider, which its mappers may inherit.
std::string sync_mode_of(const Node& realm, const std::string& alias) {
    for (const auto& node : realm.list("identityProviders"))
        if (node.text("alias") == alias) return node.at("config").text("syncMode");
    return {};
}

Read read_keycloak_mapper(const Node& node, const Realm& out, std::string_view provider_mode,
                          IssuerMapper& mapper) {
    mapper.type = node.text("identityProviderMapper");
    const auto* row = std::ranges::find(kKinds, mapper.type, &KindRow::type);
    if (row == kKinds.end()) return Why("mappers of this type are not served");
    const auto config = node.at("config");
    const auto own = config.text("syncMode");
    const auto mode = own == "INHERIT" ? std::string(provider_mode) : own;
    const auto update = update_of(mode, row->legacy);
    if (!update) return Why("unknown syncMode " + quoted(mode));
    mapper.update = *update;
    return row->read({config, out, mapper, mapper.type.starts_with("saml-")});
}

// What becomes of a known user's mapper that only works on new ones, nobody being made here.
bool has_no_effect(const IssuerMapper& mapper, const TrustedIssuer& issuer) {
    const bool makes_users = issuer.binding.kind == BindingKind::kCreate ||
                             issuer.binding.kind == BindingKind::kEphemeral ||
                             issuer.binding.kind == BindingKind::kService;
    const bool is_of_token = mapper.kind == Kind::kNote || mapper.kind == Kind::kNotes ||
                             mapper.kind == Kind::kBrokerId || mapper.kind == Kind::kBrokerUsername;
    return mapper.update == MapperUpdate::kNever && !makes_users && !is_of_token;
}

// One of ours: exactly one thing that it gives.
void read_aim(const Node& node, IssuerMapper& mapper) {
    int aims = 0;
    for (const auto& [key, kind] :
         {std::pair{"attribute", Kind::kAttribute}, std::pair{"note", Kind::kNote},
          std::pair{"group", Kind::kGroup}, std::pair{"role", Kind::kRole}}) {
        if (!node.has(key)) continue;
        ++aims;
        mapper.kind = kind;
        mapper.target = node.text(key);
        mapper.name = std::string(key) + " " + mapper.target;
    }
    if (aims != 1 || mapper.target.empty())
        return node.fault("must give one thing", "write one of role, group, attribute and note");
    if (mapper.kind == Kind::kGroup) node.at("group").refer(Named::kGroup, mapper.target);
    if (mapper.kind != Kind::kRole) return;
    mapper.role = parse_role_ref(mapper.target);
    node.at("role").refer_role(mapper.role);
}

void read_conditions(const Node& node, const std::string& claim, IssuerMapper& mapper) {
    mapper.in_group = node.text("inGroup");
    if (!mapper.in_group.empty()) node.at("inGroup").refer(Named::kGroup, mapper.in_group);
    if (const auto attributes = node.at("hasAttributes"); attributes.present())
        for (const auto& [name, at] : attributes.members()) {
            auto& values = mapper.with_attributes[name];
            values = attributes.texts(name);
            if (values.empty()) at.fault("names no value", "write the values that may stand");
        }
    IssuerMapper::Test test;
    test.claims = {claim};
    test.has_stars = true;
    const auto values = node.at("values");
    test.values = values.present() && values.value().is_string()
                      ? std::vector{values.value().as_string()}
                      : node.texts("values");
    const auto pattern = node.text("pattern");
    if (!pattern.empty()) {
        auto compiled = Pattern::compile(pattern);
        if (!compiled)
            return node.at("pattern").fault("can not be read: " + compiled.error().hint,
                                            "write values, where * stands for a part");
        if (!test.values.empty()) node.at("pattern").fault("and values exclude each other");
        test.pattern = std::make_shared<const Pattern>(*std::move(compiled));
    }
    const bool has_test = test.pattern != nullptr || !test.values.empty();
    if (has_test && claim.empty()) node.fault("does not say of which claim", "add claim");
    if (has_test) mapper.tests.push_back(std::move(test));
}

IssuerMapper read_own_mapper(const Node& node) {
    IssuerMapper mapper;
    static constexpr Word<MapperUpdate> kSync[] = {{"always", MapperUpdate::kAlways},
                                                   {"new", MapperUpdate::kNever}};
    mapper.update = read_word(node, "sync", kSync, MapperUpdate::kAlways);
    read_aim(node, mapper);
    const auto claim = node.text("claim");
    read_conditions(node, claim, mapper);
    const bool takes_value = mapper.kind == Kind::kAttribute || mapper.kind == Kind::kNote;
    mapper.value = node.text("value");
    if (takes_value && mapper.value.empty() && !claim.empty()) mapper.claims = {claim};
    if (takes_value && mapper.value.empty() && claim.empty())
        node.fault("does not say what it writes", "add claim, or value");
    if (!takes_value && node.has("value"))
        node.at("value").fault("has no effect", "write values: what the claim must say");
    // Whoever gets it whatever the token says would get it by binding.roles and groups.
    const bool is_for_some =
        !mapper.tests.empty() || !mapper.in_group.empty() || !mapper.with_attributes.empty();
    if (!takes_value && !is_for_some)
        node.fault("does not say for whom", "add claim and values, or write it in binding");
    return mapper;
}

}  // namespace

void read_issuer_mappers(const Node& realm, const Node& entry, const Realm& out,
                         TrustedIssuer& issuer) {
    for (const auto& node : entry.list("mappers"))
        if (node.value().is_object()) issuer.mappers.push_back(read_own_mapper(node));
    const auto mode = sync_mode_of(realm, issuer.alias);
    for (const auto& node : realm.list("identityProviderMappers")) {
        if (node.text("identityProviderAlias") != issuer.alias) continue;
        IssuerMapper mapper;
        mapper.name = node.text("name");
        const auto name = "mapper " + quoted(mapper.name) + " of " + quoted(issuer.alias) + " (" +
                          node.text("identityProviderMapper") + ")";
        if (const auto read = read_keycloak_mapper(node, out, mode, mapper); !read) {
            node.risk(name + " is not served: " + read.error());
            continue;
        }
        if (has_no_effect(mapper, issuer))
            node.note(name + " is for new users, and this issuer makes none here");
        issuer.mappers.push_back(std::move(mapper));
    }
}

// Mappers of providers whose tokens are not taken.
void keep_other_mappers(const Node& realm, const Realm& out) {
    for (const auto& node : realm.list("identityProviderMappers")) {
        const auto alias = node.text("identityProviderAlias");
        const bool is_served = std::ranges::any_of(
            out.issuers, [&](const auto& issuer) { return issuer->alias == alias; });
        if (!is_served) node.keep(topic::kBrokering);
    }
}

}  // namespace cambist::representation
