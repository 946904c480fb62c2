// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "saml/presented.h"

// Whatever is read, nothing verifies under a key that signed nothing, and what can be read can be
// canonicalised to something that can be read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    static const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256).value();
    static const auto opener = crypto::PrivateKey::generate(crypto::KeyKind::kRsa).value();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto document = saml::XmlDocument::parse(text);
    if (!document) return 0;
    const auto canonical = document->canonical(document->root(), nullptr, {});
    if (canonical) {
        const auto again = saml::XmlDocument::parse(*canonical);
        if (again) {
            CAMBIST_ASSERT(again->root().name() == document->root().name());
            const auto twice = again->canonical(again->root(), nullptr, {});
            CAMBIST_ASSERT(twice && *twice == *canonical);
        }
    }
    const auto presented = saml::Presented::parse(text, {{opener}, true});
    if (!presented) return 0;
    saml::Demands demands;
    demands.issuer = presented->claimed_issuer();
    demands.signers.keys = {key.public_key()};
    demands.accepts_responses = true;
    for (const auto part :
         {saml::SignedPart::kAssertion, saml::SignedPart::kResponse, saml::SignedPart::kBoth}) {
        demands.signed_part = part;
        CAMBIST_ASSERT(!presented->verify(demands, from_unix(1'800'000'000)));
    }
    return 0;
}
