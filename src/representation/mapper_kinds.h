// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "model/client.h"
#include "representation/reading.h"

namespace cambist::representation {

// What a value in a mapper's config must be. An empty one is as good as none.
enum class ConfigForm : std::uint8_t { kText, kFlag, kJsonType, kClient, kHttpUri };

struct ConfigKey {
    std::string_view key;
    ConfigForm form = ConfigForm::kText;
};

// One of Keycloak's kinds of OpenID Connect mappers, as data; null for another type.
struct MapperRow {
    std::string_view type;
    std::span<const ConfigKey> keys;  // beside the switches, which every kind has
};
const MapperRow* find_mapper_row(std::string_view type);

// Values of a wrong form become faults, unknown kinds and keys notes that name the nearest one.
void check_mapper(const Node& mapper);
// A client's pairwise mapper must lead to one sector: without it tokens would show the user's id.
void check_pairwise(const Node& owner, const Client& client);

}  // namespace cambist::representation
