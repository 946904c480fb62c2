// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/client.h"

namespace cambist::policy {

using Placeholders = std::vector<std::pair<std::string_view, std::string>>;

std::string attribute(const std::map<std::string, std::string>& attributes, std::string_view name);
// Where a user can mend in a browser what keeps a token from being issued: the template with its
// placeholders filled in, {client_id} always; without a template the client's own address. Empty
// when neither is a web address.
std::string interaction_address(std::string uri, const Client& client, const Placeholders& values);

}  // namespace cambist::policy
