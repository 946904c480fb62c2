// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "representation/reading.h"

namespace cambist::representation {

// Whether the text holds ${NAME} or ${NAME:otherwise}: capitals, digits and _. Keycloak's own keys
// of messages (${client_account}) are none.
bool has_placeholder(std::string_view text);

// Replaces the placeholders in all texts of the value by what Reading's options know; what they do
// not know becomes a fault.
void fill_placeholders(json::Value& value, const std::string& path, Reading& reading);

}  // namespace cambist::representation
