// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cambist::crypto {

// What else than its subject a certificate names (RFC 5280 section 4.2.1.6), of the kinds that RFC
// 8705 section 2.1.2 lets a client be known by.
struct AlternativeName {
    enum class Kind : std::uint8_t { kDns, kUri, kIp, kEmail };
    Kind kind = Kind::kDns;
    std::string text;  // as make_alternative_name() writes it
    friend bool operator==(const AlternativeName&, const AlternativeName&) = default;
};

// The one text of a name: host names in lower case, addresses as RFC 5952 has them. kParse when it
// is none; nothing is a pattern.
Result<AlternativeName> make_alternative_name(AlternativeName::Kind kind, std::string_view text);

// Those of a certificate (DER); what can be no name of a client is left out. kCrypto when it is no
// certificate or says them twice.
Result<std::vector<AlternativeName>> alternative_names_of(std::string_view der);

}  // namespace cambist::crypto
