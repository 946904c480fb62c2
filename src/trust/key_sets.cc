// SPDX-License-Identifier: Apache-2.0
#include "trust/key_sets.h"

#include <string>
#include <utility>

#include "json/parse.h"

namespace cambist::trust {

namespace {

constexpr json::Limits kLimits{.max_depth = 16, .max_bytes = 1024UL * 1024};

}  // namespace

Result<std::shared_ptr<const KeySet>> parse_key_set(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, kLimits));
    auto set = std::make_shared<KeySet>();
    set->certificates = jose::certificate_thumbprints(json);
    auto verification = jose::parse_jwk_set(json, jose::JwkPurpose::kVerification);
    auto encryption = jose::parse_jwk_set(json, jose::JwkPurpose::kEncryption);
    // A set of which nothing can be used is none: it must not take the place of the last good one.
    if (!verification && (!encryption || encryption->keys.empty()))
        return std::unexpected(std::move(verification).error());
    if (!encryption && verification->keys.empty())
        return std::unexpected(std::move(encryption).error());
    if (verification)
        set->verification = *std::move(verification);
    else
        set->verification.notes.push_back(verification.error().hint);
    if (encryption)
        set->encryption = *std::move(encryption);
    else
        set->encryption.notes.push_back(encryption.error().hint);
    return set;
}

namespace {

constexpr std::string_view kDiscovered = "discovery:";

PublishedSettings for_keys(PublishedSettings settings) {
    settings.failed_event = "key_set_not_fetched";
    return settings;
}

}  // namespace

std::string discovered(std::string_view issuer) { return std::string(kDiscovered).append(issuer); }

GetDocument discovering(GetDocument get, const Discovery& discovery) {
    return [get = std::move(get), &discovery](const std::string& url) -> Result<outbound::Answer> {
        if (!url.starts_with(kDiscovered)) return get(url);
        CAMBIST_TRY(const auto metadata, discovery.of(url.substr(kDiscovered.size())));
        if (metadata->jwks_uri.empty())
            return fail(ErrorCode::kOutboundFailed, "the metadata of the issuer name no jwks_uri");
        return get(metadata->jwks_uri);
    };
}

KeySets::KeySets(Fetch fetch, const Clock& clock, Log& log, const PublishedSettings& settings)
    : Published(
          std::move(fetch),
          [](const std::string&, std::string_view body) { return parse_key_set(body); }, clock, log,
          for_keys(settings)) {}

}  // namespace cambist::trust
