// SPDX-License-Identifier: Apache-2.0
// Inside saml/ only: the names that SAML 2.0, XML Signature and XML Encryption give to things.
#pragma once
#include <string_view>

namespace cambist::saml {

inline constexpr std::string_view kSaml = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr std::string_view kSamlp = "urn:oasis:names:tc:SAML:2.0:protocol";
inline constexpr std::string_view kMd = "urn:oasis:names:tc:SAML:2.0:metadata";
inline constexpr std::string_view kDs = "http://www.w3.org/2000/09/xmldsig#";
inline constexpr std::string_view kXenc = "http://www.w3.org/2001/04/xmlenc#";
inline constexpr std::string_view kXenc11 = "http://www.w3.org/2009/xmlenc11#";
inline constexpr std::string_view kExcC14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
inline constexpr std::string_view kEnveloped =
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
inline constexpr std::string_view kXml = "http://www.w3.org/XML/1998/namespace";
inline constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";

inline constexpr std::string_view kSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success";
inline constexpr std::string_view kBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
inline constexpr std::string_view kEntityFormat =
    "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
inline constexpr std::string_view kUnspecifiedFormat =
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

}  // namespace cambist::saml
