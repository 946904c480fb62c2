// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cambist::crypto {

// The name of the subject of a certificate: attribute types as dotted OIDs, values as UTF-8. In the
// order of RFC 4514, which is the reverse of the certificate's own.
struct DistinguishedName {
    using Attribute = std::pair<std::string, std::string>;
    std::vector<std::vector<Attribute>> parts;  // within a part, in order of type

    // Values are compared without case and with runs of blanks as one (RFC 5280 section 7.1).
    friend bool operator==(const DistinguishedName& a, const DistinguishedName& b);
};

// RFC 4514 section 3; blanks around separators are allowed, as people write them, and Java's names
// of the types too. kParse says what is wrong.
Result<DistinguishedName> parse_distinguished_name(std::string_view text);

// kCrypto when it is no certificate.
Result<DistinguishedName> subject_of_certificate(std::string_view der);
// The same as RFC 4514 text, with `separator` between the parts: "," or ", ".
Result<std::string> subject_text(std::string_view der, std::string_view separator);

}  // namespace cambist::crypto
