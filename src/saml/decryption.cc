// SPDX-License-Identifier: Apache-2.0
#include "saml/decryption.h"

#include <array>

#include "base/text.h"
#include "crypto/content_cipher.h"
#include "crypto/key_management.h"
#include "saml/names.h"

namespace cambist::saml {
namespace {

using crypto::ContentCipher;
using crypto::OaepHash;

constexpr std::size_t kGcmIv = 12;
constexpr std::size_t kGcmTag = 16;
constexpr std::size_t kCbcIv = 16;
constexpr std::size_t kMaxKeys = 8;

struct CipherRow {
    std::string_view uri;
    std::size_t key;                   // bytes
    std::optional<ContentCipher> gcm;  // nothing: CBC
};
constexpr std::array kCiphers{
    CipherRow{"http://www.w3.org/2009/xmlenc11#aes128-gcm", 16, ContentCipher::kA128Gcm},
    CipherRow{"http://www.w3.org/2009/xmlenc11#aes192-gcm", 24, ContentCipher::kA192Gcm},
    CipherRow{"http://www.w3.org/2009/xmlenc11#aes256-gcm", 32, ContentCipher::kA256Gcm},
    CipherRow{"http://www.w3.org/2001/04/xmlenc#aes128-cbc", 16, std::nullopt},
    CipherRow{"http://www.w3.org/2001/04/xmlenc#aes192-cbc", 24, std::nullopt},
    CipherRow{"http://www.w3.org/2001/04/xmlenc#aes256-cbc", 32, std::nullopt},
};

std::unexpected<Error> bad_form(std::string hint) {
    return fail(ErrorCode::kSamlEncryption, std::move(hint));
}
std::unexpected<Error> undecryptable() { return fail(ErrorCode::kSamlNotDecrypted); }

std::optional<XmlElement> find_child(const XmlElement& parent, std::string_view ns,
                                     std::string_view name) {
    for (const auto& child : parent.children())
        if (child.is(ns, name)) return child;
    return std::nullopt;
}

// EncryptedKey elements in the KeyInfo of the data, or beside the data.
std::vector<XmlElement> find_keys(const XmlElement& encrypted, const XmlElement& data) {
    std::vector<XmlElement> found;
    const auto add_from = [&](const XmlElement& parent) {
        for (const auto& child : parent.children())
            if (child.is(kXenc, "EncryptedKey")) found.push_back(child);
    };
    add_from(encrypted);
    if (const auto info = find_child(data, kDs, "KeyInfo")) add_from(*info);
    return found;
}

Result<std::string> cipher_value(const XmlElement& parent) {
    const auto data = find_child(parent, kXenc, "CipherData");
    const auto value = data ? find_child(*data, kXenc, "CipherValue") : std::nullopt;
    if (!value) return bad_form(std::string(parent.name()) + " has no CipherValue");
    auto bytes = decode_base64_binary(value->text());
    if (!bytes) return bad_form("CipherValue is no base64");
    return *std::move(bytes);
}

Result<XmlElement> method_of(const XmlElement& parent) {
    const auto method = find_child(parent, kXenc, "EncryptionMethod");
    if (!method || !method->attribute("Algorithm"))
        return bad_form(std::string(parent.name()) + " names no EncryptionMethod");
    return *method;
}

enum class Digest : std::uint8_t { kSha1, kSha256, kOther };

Digest digest_named(std::string_view uri) {
    if (uri == "http://www.w3.org/2000/09/xmldsig#sha1") return Digest::kSha1;
    if (uri == "http://www.w3.org/2001/04/xmlenc#sha256") return Digest::kSha256;
    return Digest::kOther;
}

Digest mask_named(std::string_view uri) {
    if (uri == "http://www.w3.org/2009/xmlenc11#mgf1sha1") return Digest::kSha1;
    if (uri == "http://www.w3.org/2009/xmlenc11#mgf1sha256") return Digest::kSha256;
    return Digest::kOther;
}

// XML Encryption 1.1 section 5.5.2: SHA-1 is the default of both digests, and no weakness here.
Result<OaepHash> oaep_hash(const XmlElement& key) {
    CAMBIST_TRY(const auto method, method_of(key));
    const auto uri = method.attribute("Algorithm").value_or("");
    const bool is_newer = uri == "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    if (!is_newer && uri != "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p")
        return bad_form("the key is transported by '" + printable(uri, 80) +
                        "'; accepted is RSA-OAEP");
    auto digest = Digest::kSha1;
    auto mask = Digest::kSha1;
    for (const auto& child : method.children()) {
        const auto named = child.attribute("Algorithm").value_or("");
        if (child.is(kDs, "DigestMethod")) {
            digest = digest_named(named);
        } else if (child.is(kXenc11, "MGF") && is_newer) {
            mask = mask_named(named);
        } else {
            return bad_form("RSA-OAEP with " + printable(child.name(), 40) + " is not accepted");
        }
    }
    if (digest == Digest::kSha1 && mask == Digest::kSha1) return OaepHash::kSha1;
    if (digest == Digest::kSha256 && mask == Digest::kSha256) return OaepHash::kSha256;
    if (digest == Digest::kSha256 && mask == Digest::kSha1) return OaepHash::kSha256MaskSha1;
    return bad_form("RSA-OAEP is accepted with SHA-1 and SHA-256");
}

Result<Secret> open_content(const CipherRow& row, const Secret& key, std::string_view bytes) {
    if (!row.gcm) {
        if (bytes.size() < kCbcIv) return undecryptable();
        return crypto::decrypt_xml_cbc(key, bytes.substr(0, kCbcIv), bytes.substr(kCbcIv));
    }
    if (bytes.size() < kGcmIv + kGcmTag) return undecryptable();
    const auto content = bytes.substr(kGcmIv, bytes.size() - kGcmIv - kGcmTag);
    return crypto::decrypt(*row.gcm, key,
                           {std::string(bytes.substr(0, kGcmIv)), std::string(content),
                            std::string(bytes.substr(bytes.size() - kGcmTag))},
                           {});
}

Result<CipherRow> content_cipher(const XmlElement& data, const DecryptionKeys& keys) {
    CAMBIST_TRY(const auto method, method_of(data));
    const auto uri = method.attribute("Algorithm").value_or("");
    for (const auto& row : kCiphers)
        if (row.uri == uri && (row.gcm || keys.allows_cbc)) return row;
    return bad_form("the content is encrypted by '" + printable(uri, 80) +
                    "'; accepted is AES-GCM" + (keys.allows_cbc ? ", and AES-CBC" : ""));
}

}  // namespace

Result<Decrypted> decrypt_element(const XmlElement& encrypted, const DecryptionKeys& keys) {
    const auto data = find_child(encrypted, kXenc, "EncryptedData");
    if (!data) return bad_form(std::string(encrypted.name()) + " holds no EncryptedData");
    const auto wrapped_keys = find_keys(encrypted, *data);
    if (wrapped_keys.size() != 1) return bad_form("exactly one EncryptedKey is accepted");
    CAMBIST_TRY(const auto row, content_cipher(*data, keys));
    CAMBIST_TRY(const auto hash, oaep_hash(wrapped_keys.front()));
    CAMBIST_TRY(const auto wrapped, cipher_value(wrapped_keys.front()));
    CAMBIST_TRY(const auto bytes, cipher_value(*data));
    std::size_t tried = 0;
    for (const auto& key : keys.keys) {
        if (++tried > kMaxKeys) break;
        const auto content_key = crypto::oaep_decrypt(key, hash, wrapped);
        if (!content_key || content_key->expose().size() != row.key) continue;
        const auto plain = open_content(row, *content_key, bytes);
        if (!plain) continue;
        // CBC can not tell whether it was opened right: what comes out may be no XML, and then
        // the answer must be the same.
        auto document = XmlDocument::parse(plain->expose());
        if (document) return Decrypted{*std::move(document), row.gcm.has_value()};
        if (row.gcm) return std::unexpected(std::move(document).error());
    }
    return undecryptable();
}

}  // namespace cambist::saml
