// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "claims/mapper.h"
#include "model/group_path.h"

// Mappers that read the user: attributes, properties, full name, address.
namespace cambist::claims {

namespace {

using Values = std::span<const std::string>;

// Keycloak counts these properties among the attributes.
const std::string* find_root_attribute(const User& user, std::string_view name) {
    if (name == "username") return &user.username;
    if (name == "email") return &user.email;
    if (name == "firstName") return &user.first_name;
    if (name == "lastName") return &user.last_name;
    return nullptr;
}

Values find_values(const Attributes& attributes, const std::string& name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? Values() : Values(found->second);
}

Values own_values(const User& user, const std::string& name) {
    const auto* const property = find_root_attribute(user, name);
    if (property == nullptr) return find_values(user.attributes, name);
    return property->empty() ? Values() : Values(property, 1);
}

// Of the group, else of the nearest ancestor that has the attribute.
Values group_values(const Realm& realm, std::string_view path, const std::string& name) {
    while (!path.empty()) {
        if (const auto* group = realm.find_group(path)) {
            if (const auto values = find_values(group->attributes, name); !values.empty())
                return values;
        }
        path = parent_path(path);
    }
    return {};
}

// Keycloak's rule: the user's own values; the first of his groups that has some fills a gap.
Values find_attribute(const Context& context, const std::string& name) {
    auto values = own_values(*context.subject.user, name);
    for (auto group = context.subject.groups.begin();
         values.empty() && group != context.subject.groups.end(); ++group)
        values = group_values(context.realm, *group, name);
    return values;
}

class AttributeMapper final : public Mapper {
  public:
    AttributeMapper(ClaimShape shape, std::string attribute, bool aggregates)
        : shape_(std::move(shape)), attribute_(std::move(attribute)), aggregates_(aggregates) {}

    void write(const Context& context, ClaimTree& claims) const override {
        if (aggregates_) {
            shape_.write(claims, aggregate(context));
        } else {
            shape_.write(claims, find_attribute(context, attribute_));
        }
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    std::vector<std::string> aggregate(const Context& context) const {
        std::vector<std::string> all;
        const auto add = [&](Values values) {
            for (const auto& value : values) {
                if (std::ranges::find(all, value) == all.end()) all.push_back(value);
            }
        };
        add(own_values(*context.subject.user, attribute_));
        for (const auto& group : context.subject.groups)
            add(group_values(context.realm, group, attribute_));
        return all;
    }

    ClaimShape shape_;
    std::string attribute_;
    bool aggregates_;
};

using Property = std::string (*)(const User& user);

Property find_property(std::string_view name) {
    if (name == "id") return [](const User& user) { return user.id.text(); };
    if (name == "username") return [](const User& user) { return user.username; };
    if (name == "email") return [](const User& user) { return user.email; };
    if (name == "firstName") return [](const User& user) { return user.first_name; };
    if (name == "lastName") return [](const User& user) { return user.last_name; };
    if (name == "emailVerified")
        return [](const User& user) { return std::string(user.email_verified ? "true" : "false"); };
    if (name == "enabled")
        return [](const User& user) { return std::string(user.enabled ? "true" : "false"); };
    if (name == "createdTimestamp")
        return [](const User& user) { return std::to_string(user.created_ms); };
    return nullptr;
}

class PropertyMapper final : public Mapper {
  public:
    PropertyMapper(ClaimShape shape, Property property)
        : shape_(std::move(shape)), property_(property) {}

    void write(const Context& context, ClaimTree& claims) const override {
        const auto value = property_(*context.subject.user);
        if (!value.empty()) shape_.write(claims, value);
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    ClaimShape shape_;
    Property property_;
};

class FullNameMapper final : public Mapper {
  public:
    void write(const Context& context, ClaimTree& claims) const override {
        const auto& user = *context.subject.user;
        if (user.first_name.empty() && user.last_name.empty()) return;
        static constexpr std::array<std::string_view, 1> kPath{"name"};
        if (user.first_name.empty() || user.last_name.empty()) {
            claims.set_string(kPath, user.first_name.empty() ? user.last_name : user.first_name);
        } else {
            claims.set_string(kPath, user.first_name + " " + user.last_name);
        }
    }
    std::string_view root() const override { return "name"; }
};

// OpenID Connect Core section 5.1.1. The attributes' names can be configured.
class AddressMapper final : public Mapper {
  public:
    explicit AddressMapper(const MapperConfig& config) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kParts{
            {{"street_address", "street"},
             {"locality", "locality"},
             {"region", "region"},
             {"postal_code", "postal_code"},
             {"country", "country"},
             {"formatted", "formatted"}}};
        for (const auto& [claim, name] : kParts) {
            const auto given = setting(config, "user.attribute." + std::string(name));
            parts_.emplace_back(claim, given.empty() ? name : given);
        }
    }

    void write(const Context& context, ClaimTree& claims) const override {
        for (const auto& [claim, attribute] : parts_) {
            const auto values = find_attribute(context, attribute);
            if (values.empty() || values.front().empty()) continue;
            const std::array<std::string_view, 2> path{"address", claim};
            claims.set_string(path, values.front());
        }
    }
    std::string_view root() const override { return "address"; }

  private:
    std::vector<std::pair<std::string_view, std::string>> parts_;
};

}  // namespace

MadeMapper make_attribute_mapper(const MapperConfig& config) {
    CAMBIST_TRY(auto shape, ClaimShape::parse(config));
    const auto attribute = setting(config, "user.attribute");
    if (attribute.empty()) return fail(ErrorCode::kConfigInvalid, "user.attribute is missing");
    return std::make_unique<const AttributeMapper>(std::move(shape), std::string(attribute),
                                                   is_on(config, "aggregate.attrs"));
}

MadeMapper make_property_mapper(const MapperConfig& config) {
    CAMBIST_TRY(auto shape, ClaimShape::parse(config));
    const auto name = setting(config, "user.attribute");
    const auto property = find_property(name);
    if (property == nullptr)
        return fail(ErrorCode::kConfigInvalid,
                    "a user has no property \"" + std::string(name) + "\"");
    return std::make_unique<const PropertyMapper>(std::move(shape), property);
}

MadeMapper make_full_name_mapper(const MapperConfig&) {
    return std::make_unique<const FullNameMapper>();
}

MadeMapper make_address_mapper(const MapperConfig& config) {
    return std::make_unique<const AddressMapper>(config);
}

}  // namespace cambist::claims
