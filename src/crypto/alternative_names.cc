// SPDX-License-Identifier: Apache-2.0
#include "crypto/alternative_names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "crypto/certificate_reading.h"

namespace cambist::crypto {
namespace {

using Kind = AlternativeName::Kind;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;

constexpr std::size_t kMaxNameBytes = 2048;
constexpr std::size_t kIpv4Bytes = 4;
constexpr std::size_t kIpv6Bytes = 16;

// Whatever could read as something else than it is can not name a client.
bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= kMaxNameBytes &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::string_view bytes_in(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::optional<std::string> address_text(std::string_view bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = bytes.size() == kIpv4Bytes ? AF_INET : AF_INET6;
    if ((bytes.size() != kIpv4Bytes && bytes.size() != kIpv6Bytes) ||
        inet_ntop(family, bytes.data(), text.data(), text.size()) == nullptr)
        return std::nullopt;
    return std::string(text.data());
}

std::optional<std::string> normal_address(std::string_view text) {
    const std::string terminated(text);
    std::array<char, kIpv6Bytes> bytes{};
    if (inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1)
        return address_text({bytes.data(), kIpv4Bytes});
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1)
        return address_text({bytes.data(), kIpv6Bytes});
    return std::nullopt;
}

// The local part is its domain's own affair, the domain is a host name.
std::optional<std::string> normal_email(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return std::nullopt;
    return std::string(text.substr(0, at)) + to_lower_ascii(text.substr(at));
}

std::optional<std::string> normal_text(Kind kind, std::string_view text) {
    if (!is_plain(text)) return std::nullopt;
    switch (kind) {
        case Kind::kDns:
            // RFC 6125 section 7.2: a wildcard would name whoever is there.
            if (text.contains('*')) return std::nullopt;
            return to_lower_ascii(text);
        case Kind::kUri:
            if (!text.contains(':')) return std::nullopt;
            return std::string(text);
        case Kind::kIp:
            return normal_address(text);
        case Kind::kEmail:
            return normal_email(text);
    }
    return std::nullopt;
}

std::optional<AlternativeName> read_name(const GENERAL_NAME* name) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
    const auto made = [](Kind kind, std::optional<std::string> text) {
        return text ? std::optional(AlternativeName{kind, *std::move(text)}) : std::nullopt;
    };
    switch (type) {
        case GEN_DNS:
            return made(Kind::kDns, normal_text(Kind::kDns, bytes_in(value)));
        case GEN_URI:
            return made(Kind::kUri, normal_text(Kind::kUri, bytes_in(value)));
        case GEN_EMAIL:
            return made(Kind::kEmail, normal_text(Kind::kEmail, bytes_in(value)));
        case GEN_IPADD:
            return made(Kind::kIp, address_text(bytes_in(value)));
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<AlternativeName> make_alternative_name(Kind kind, std::string_view text) {
    auto normal = normal_text(kind, text);
    if (!normal) return fail(ErrorCode::kParse, "is no name of this kind");
    return AlternativeName{kind, *std::move(normal)};
}

Result<std::vector<AlternativeName>> alternative_names_of(std::string_view der) {
    CAMBIST_TRY(const auto certificate, read_certificate(der));
    int state = 0;  // -1: there are none
    const NamesPtr names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, &state, nullptr)));
    std::vector<AlternativeName> found;
    if (!names && state == -1) return found;
    if (!names) return fail_crypto("the alternative names of the certificate can not be read");
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i)
        if (auto name = read_name(sk_GENERAL_NAME_value(names.get(), i)))
            found.push_back(*std::move(name));
    return found;
}

}  // namespace cambist::crypto
