// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include "claims/mapper.h"

// Mappers whose claim does not depend on the user.
namespace cambist::claims {

namespace {

class HardcodedMapper final : public Mapper {
  public:
    HardcodedMapper(ClaimShape shape, std::string json)
        : shape_(std::move(shape)), json_(std::move(json)) {}

    void write(const Context&, ClaimTree& claims) const override {
        claims.set(shape_.path.view(), [this](std::string& out) {
            out += json_;
            return true;
        });
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    ClaimShape shape_;
    std::string json_;
};

class AllowedOriginsMapper final : public Mapper {
  public:
    void write(const Context& context, ClaimTree& claims) const override {
        if (context.web_origins.empty()) return;
        static constexpr std::array<std::string_view, 1> kPath{"allowed-origins"};
        auto list = claims.list(kPath);
        for (const auto& origin : context.web_origins) list.add({}, origin);
    }
    std::string_view root() const override { return "allowed-origins"; }
};

}  // namespace

MadeMapper make_hardcoded_mapper(const MapperConfig& config) {
    CAMBIST_TRY(auto shape, ClaimShape::parse(config));
    const auto value = setting(config, "claim.value");
    std::string json;
    if (!append_typed(json, shape.type, value, shape.path.view().size()))
        return fail(ErrorCode::kConfigInvalid,
                    "claim.value is not of the type jsonType.label says, or nests too deeply");
    return std::make_unique<const HardcodedMapper>(std::move(shape), std::move(json));
}

MadeMapper make_allowed_origins_mapper(const MapperConfig&) {
    return std::make_unique<const AllowedOriginsMapper>();
}

MadeMapper make_nothing(const MapperConfig&) { return nullptr; }

}  // namespace cambist::claims
