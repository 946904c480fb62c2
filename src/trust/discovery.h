// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "trust/published.h"

namespace cambist::trust {

// What an authorization server says of itself (RFC 8414, OpenID Connect Discovery 1.0 section 3),
// as far as it concerns its tokens. Empty: not said.
struct ProviderMetadata {
    std::string issuer;
    std::string jwks_uri;
    std::string token_endpoint;
    std::string introspection_endpoint;
    std::string userinfo_endpoint;
    std::vector<std::string> id_token_algorithms;
};

// kParse when it is no such document, or when it speaks for another issuer than `issuer`, to the
// character (RFC 8414 section 3.3): somebody else's document must not lend its keys.
Result<std::shared_ptr<const ProviderMetadata>> parse_provider_metadata(std::string_view issuer,
                                                                        std::string_view text);

// Where an issuer publishes it. OpenID Connect Discovery 1.0 section 4.1 appends, RFC 8414 section
// 3.1 inserts before the path; most servers know the former.
std::string openid_configuration_url(std::string_view issuer);
std::string authorization_server_url(std::string_view issuer);

// The metadata of others, kept like their keys. Any thread.
class Discovery {
  public:
    Discovery(Published<ProviderMetadata>::Fetch get, const Clock& clock, Log& log,
              const PublishedSettings& settings);

    // As Published::current(). Both addresses are tried in one flight: whoever waits does so once.
    Result<std::shared_ptr<const ProviderMetadata>> of(const std::string& issuer) const;

  private:
    Published<ProviderMetadata> published_;
};

}  // namespace cambist::trust
