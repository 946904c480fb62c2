// SPDX-License-Identifier: Apache-2.0
#include "trust/discovery.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "json/parse.h"

namespace cambist::trust {

namespace {

constexpr json::Limits kLimits{.max_depth = 16, .max_bytes = 256UL * 1024};
constexpr std::string_view kOpenid = "/.well-known/openid-configuration";
constexpr std::string_view kOauth = "/.well-known/oauth-authorization-server";

std::string_view without_slash(std::string_view issuer) {
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    return issuer;
}

Result<std::string> optional_text(const json::Value& document, std::string_view name) {
    const auto* value = document.find(name);
    if (value == nullptr || value->is_null()) return std::string();
    const auto* text = value->if_string();
    if (text == nullptr) return fail(ErrorCode::kParse, std::string(name) + " is no string");
    return *text;
}

Result<ProviderMetadata> read(std::string_view text) {
    CAMBIST_TRY(const auto document, json::parse(text, kLimits, json::Positions::kNone));
    if (!document.is_object()) return fail(ErrorCode::kParse, "the metadata are no JSON object");
    ProviderMetadata metadata;
    const std::array<std::pair<std::string_view, std::string*>, 5> fields{{
        {"issuer", &metadata.issuer},
        {"jwks_uri", &metadata.jwks_uri},
        {"token_endpoint", &metadata.token_endpoint},
        {"introspection_endpoint", &metadata.introspection_endpoint},
        {"userinfo_endpoint", &metadata.userinfo_endpoint},
    }};
    for (const auto& [name, target] : fields) {
        CAMBIST_TRY(*target, optional_text(document, name));
    }
    if (metadata.issuer.empty()) return fail(ErrorCode::kParse, "the metadata name no issuer");
    if (const auto* list = document.find("id_token_signing_alg_values_supported");
        list != nullptr && list->is_array())
        for (const auto& one : list->as_array())
            if (const auto* name = one.if_string()) metadata.id_token_algorithms.push_back(*name);
    return metadata;
}

}  // namespace

std::string openid_configuration_url(std::string_view issuer) {
    return std::string(without_slash(issuer)).append(kOpenid);
}

std::string authorization_server_url(std::string_view issuer) {
    const auto scheme = issuer.find("://");
    const auto path = scheme == std::string_view::npos ? scheme : issuer.find('/', scheme + 3);
    std::string url(issuer.substr(0, path));
    url.append(kOauth);
    if (path != std::string_view::npos) url.append(without_slash(issuer.substr(path)));
    return url;
}

Result<std::shared_ptr<const ProviderMetadata>> parse_provider_metadata(std::string_view issuer,
                                                                        std::string_view text) {
    CAMBIST_TRY(auto metadata, read(text));
    if (metadata.issuer != issuer)
        return fail(ErrorCode::kParse, "the metadata speak for the issuer '" +
                                           printable(metadata.issuer) + "', expected '" +
                                           printable(issuer) + "'");
    return std::make_shared<const ProviderMetadata>(std::move(metadata));
}

namespace {

// By the issuer, which is what the shelf goes by. The second address is tried when what the first
// gives is not the issuer's metadata.
Published<ProviderMetadata>::Fetch from_either_address(Published<ProviderMetadata>::Fetch get) {
    return [get = std::move(get)](const std::string& issuer) -> Result<outbound::Answer> {
        auto first = get(openid_configuration_url(issuer));
        if (first && parse_provider_metadata(issuer, first->body)) return first;
        auto second = get(authorization_server_url(issuer));
        return second ? std::move(second) : std::move(first);
    };
}

PublishedSettings for_metadata(PublishedSettings settings) {
    settings.failed_event = "metadata_not_fetched";
    return settings;
}

}  // namespace

Discovery::Discovery(Published<ProviderMetadata>::Fetch get, const Clock& clock, Log& log,
                     const PublishedSettings& settings)
    : published_(
          from_either_address(std::move(get)),
          [](const std::string& issuer, std::string_view body) {
              return parse_provider_metadata(issuer, body);
          },
          clock, log, for_metadata(settings)) {}

Result<std::shared_ptr<const ProviderMetadata>> Discovery::of(const std::string& issuer) const {
    return published_.current(issuer);
}

}  // namespace cambist::trust
