// SPDX-License-Identifier: Apache-2.0
#include "policy/interaction.h"

#include "model/form.h"

namespace cambist::policy {
namespace {

void fill_in(std::string& text, std::string_view name, const std::string& value) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
        text.replace(at, name.size(), value);
        at += value.size();
    }
}

bool is_web_address(std::string_view text) {
    return (text.starts_with("https://") || text.starts_with("http://")) && is_resource_uri(text);
}

// Where the client has its users log in, which is where they are asked.
std::string home_of(const Client& client) {
    if (is_web_address(client.base_url)) return client.base_url;
    const std::string joined = client.root_url + client.base_url;
    return is_web_address(joined) ? joined : std::string();
}

}  // namespace

std::string attribute(const std::map<std::string, std::string>& attributes, std::string_view name) {
    const auto found = attributes.find(std::string(name));
    return found == attributes.end() ? std::string() : found->second;
}

std::string interaction_address(std::string uri, const Client& client, const Placeholders& values) {
    if (uri.empty()) return home_of(client);
    fill_in(uri, "{client_id}", form_encode(client.client_id.text()));
    for (const auto& [name, value] : values) fill_in(uri, name, form_encode(value));
    return is_web_address(uri) ? uri : std::string();
}

}  // namespace cambist::policy
