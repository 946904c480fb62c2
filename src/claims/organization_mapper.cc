// SPDX-License-Identifier: Apache-2.0
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "claims/mapper.h"
#include "json/writer.h"

// Keycloak's mapper of memberships. Which organizations a token names follows from its scope.
namespace cambist::claims {

namespace {

struct Details {
    bool id = false;
    bool attributes = false;
};

class OrganizationMapper final : public Mapper {
  public:
    OrganizationMapper(ClaimShape shape, Details details)
        : shape_(std::move(shape)), details_(details) {}

    void write(const Context& context, ClaimTree& claims) const override {
        if (context.organizations.empty()) return;
        if (!shape_.multivalued)
            return claims.set_string(shape_.path.view(), context.organizations.front()->alias);
        if (shape_.type == JsonType::kJson)
            return claims.set(shape_.path.view(), [&](std::string& out) {
                write_object(context.organizations, out);
                return true;
            });
        auto list = claims.list(shape_.path.view());
        for (const auto* organization : context.organizations) list.add({}, organization->alias);
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    void write_object(std::span<const Organization* const> organizations, std::string& out) const {
        json::Writer writer(out);
        writer.begin_object();
        for (const auto* organization : organizations) {
            writer.key(organization->alias).begin_object();
            if (details_.attributes) write_attributes(*organization, writer);
            if (details_.id) writer.member("id", organization->id);
            writer.end_object();
        }
        writer.end_object();
    }
    void write_attributes(const Organization& organization, json::Writer& writer) const {
        for (const auto& [name, values] : organization.attributes) {
            if (details_.id && name == "id") continue;
            writer.key(name).begin_array();
            for (const auto& value : values) writer.string(value);
            writer.end_array();
        }
    }

    ClaimShape shape_;
    Details details_;
};

}  // namespace

// What Keycloak takes where the configuration says nothing: the claim organization, a list of
// aliases. Ids and attributes make it an object, whatever else is said.
MadeMapper make_organization_mapper(const MapperConfig& config) {
    auto effective = config;
    auto& settings = effective.config;
    settings.try_emplace("claim.name", "organization");
    settings.try_emplace("multivalued", "true");
    if (is_on(config, "addOrganizationDomain"))
        return fail(ErrorCode::kConfigInvalid, "addOrganizationDomain is not served");
    const Details details{.id = is_on(config, "addOrganizationId"),
                          .attributes = is_on(config, "addOrganizationAttributes")};
    if (details.id || details.attributes) settings["jsonType.label"] = "JSON";
    CAMBIST_TRY(auto shape, ClaimShape::parse(effective));
    return std::make_unique<const OrganizationMapper>(std::move(shape), details);
}

}  // namespace cambist::claims
