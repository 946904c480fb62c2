// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "claims/mapper.h"
#include "model/group_path.h"

// Mappers that read roles and groups.
namespace cambist::claims {

namespace {

// One claim that lists names. Keycloak 26 writes the first one alone unless it is multivalued.
class NameList {
  public:
    NameList(ClaimTree& claims, const ClaimShape& shape, PathView path)
        : claims_(claims), shape_(shape), path_(path) {}

    // An empty list leaves no claim.
    void add(std::string_view prefix, std::string_view name) {
        if (shape_.multivalued) {
            if (!list_) list_.emplace(claims_.list(path_));
            list_->add(prefix, name);
        } else if (!written_) {
            claims_.set_string(path_, std::string(prefix).append(name));
        }
        written_ = true;
    }

  private:
    ClaimTree& claims_;
    const ClaimShape& shape_;
    PathView path_;
    std::optional<ClaimTree::List> list_;
    bool written_ = false;
};

class RealmRoleMapper final : public Mapper {
  public:
    RealmRoleMapper(ClaimShape shape, std::string_view prefix)
        : shape_(std::move(shape)), prefix_(prefix) {}

    void write(const Context& context, ClaimTree& claims) const override {
        NameList names(claims, shape_, shape_.path.view());
        for (const auto* role : context.roles) {
            if (!role->client.empty()) break;  // sorted: realm roles come first
            names.add(prefix_, role->name);
        }
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    ClaimShape shape_;
    std::string prefix_;
};

class ClientRoleMapper final : public Mapper {
  public:
    ClientRoleMapper(ClaimShape shape, std::string_view prefix, std::string_view client)
        : shape_(std::move(shape)), prefix_(prefix), client_(client) {}

    void write(const Context& context, ClaimTree& claims) const override {
        const auto& roles = context.roles;
        for (std::size_t i = 0; i < roles.size();) {
            const auto begin = i;
            while (i < roles.size() && roles[i]->client == roles[begin]->client) ++i;
            if (!is_mine(roles[begin]->client)) continue;
            write_client(roles.subspan(begin, i - begin), claims);
        }
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    bool is_mine(const std::string& client) const {
        return !client.empty() && (client_.empty() || client == client_);
    }
    void write_client(std::span<const RoleRef* const> roles, ClaimTree& claims) const {
        const auto path = shape_.path.for_client(roles.front()->client, claims);
        // A client may be called like a claim of ours.
        if (path.front() != shape_.path.root() && is_protected_claim(path.front())) return;
        NameList names(claims, shape_, path);
        for (const auto* role : roles) names.add(prefix_, role->name);
    }

    ClaimShape shape_;
    std::string prefix_;
    std::string client_;
};

class GroupMapper final : public Mapper {
  public:
    GroupMapper(ClaimShape shape, bool full_path)
        : shape_(std::move(shape)), full_path_(full_path) {}

    void write(const Context& context, ClaimTree& claims) const override {
        if (context.subject.groups.empty()) return;
        auto list = claims.list(shape_.path.view());
        for (const std::string_view path : context.subject.groups)
            full_path_ ? list.add({}, path) : list.add({}, name_of_path(path));
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    ClaimShape shape_;
    bool full_path_;
};

}  // namespace

MadeMapper make_realm_role_mapper(const MapperConfig& config) {
    CAMBIST_TRY(auto shape, ClaimShape::parse(config, {"realm_access"}));
    return std::make_unique<const RealmRoleMapper>(
        std::move(shape), setting(config, "usermodel.realmRoleMapping.rolePrefix"));
}

MadeMapper make_client_role_mapper(const MapperConfig& config) {
    CAMBIST_TRY(auto shape, ClaimShape::parse(config, {"resource_access"}));
    return std::make_unique<const ClientRoleMapper>(
        std::move(shape), setting(config, "usermodel.clientRoleMapping.rolePrefix"),
        setting(config, "usermodel.clientRoleMapping.clientId"));
}

MadeMapper make_group_mapper(const MapperConfig& config) {
    CAMBIST_TRY(auto shape, ClaimShape::parse(config));
    return std::make_unique<const GroupMapper>(std::move(shape), is_on(config, "full.path"));
}

}  // namespace cambist::claims
