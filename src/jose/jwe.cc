// SPDX-License-Identifier: Apache-2.0
#include "jose/jwe.h"

#include <array>

#include "base/base64url.h"
#include "base/text.h"
#include "crypto/key_management.h"
#include "jose/jwk.h"
#include "json/parse.h"
#include "json/writer.h"

namespace cambist::jose {

namespace {

constexpr std::size_t kMaxHeaderBytes = 4UL * 1024;
constexpr std::size_t kMaxPartyInfo = 256;
constexpr std::size_t kMaxKid = 256;

std::unexpected<Error> refuse(std::string hint) {
    return fail(ErrorCode::kTokenMalformed, std::move(hint));
}

crypto::OaepHash oaep_hash(KeyTransport transport) {
    return transport == KeyTransport::kOaep ? crypto::OaepHash::kSha1 : crypto::OaepHash::kSha256;
}

bool is_agreement(const KeyManagement& alg) {
    return alg.transport == KeyTransport::kAgree || alg.transport == KeyTransport::kAgreeAndWrap;
}

// The key that two curve keys lead to (RFC 7518 section 4.6): the content key itself, or what
// wraps it.
Result<Secret> agreed_key(const crypto::PrivateKey& ours, const crypto::PublicKey& theirs,
                          const KeyManagement& alg, const ContentEncryption& enc,
                          const JweHeader& header) {
    CAMBIST_TRY(const auto agreed, crypto::agree(ours, theirs));
    const bool is_direct = alg.transport == KeyTransport::kAgree;
    return crypto::derive_agreed(agreed, is_direct ? enc.name : alg.name, header.apu, header.apv,
                                 is_direct ? crypto::key_bytes(enc.cipher) : alg.wrapping_bytes);
}

// How the content key travels: what stands in the text for it, and the sender's key in the header.
struct Carried {
    Secret content_key;
    std::string encrypted_key;
    std::string epk;  // JSON text, or empty
};

Result<Carried> carry(const Recipient& recipient, const Random& random) {
    Carried carried;
    if (!is_agreement(*recipient.alg)) {
        carried.content_key = crypto::make_content_key(recipient.enc->cipher, random);
        CAMBIST_TRY(carried.encrypted_key,
                    crypto::oaep_encrypt(recipient.key, oaep_hash(recipient.alg->transport),
                                         carried.content_key));
        return carried;
    }
    CAMBIST_TRY(const auto ephemeral, crypto::PrivateKey::generate(recipient.key.kind()));
    const auto* kty = recipient.key.kind() == crypto::KeyKind::kX25519 ? "OKP" : "EC";
    Jwk epk{.kid = {}, .kty = kty, .alg = {}, .use = {}, .key = ephemeral.public_key()};
    carried.epk = render_jwk(epk).to_text();
    CAMBIST_TRY(auto agreed,
                agreed_key(ephemeral, recipient.key, *recipient.alg, *recipient.enc, {}));
    if (recipient.alg->transport == KeyTransport::kAgree) {
        carried.content_key = std::move(agreed);
        return carried;
    }
    carried.content_key = crypto::make_content_key(recipient.enc->cipher, random);
    CAMBIST_TRY(carried.encrypted_key, crypto::wrap_key(agreed, carried.content_key));
    return carried;
}

Result<std::string> text_member(const json::Value& header, std::string_view name) {
    const auto* value = header.find(name);
    if (value == nullptr) return std::string();
    const auto* text = value->if_string();
    if (text == nullptr) return refuse("the header's " + std::string(name) + " must be a string");
    return *text;
}

Result<std::string> party_member(const json::Value& header, std::string_view name) {
    CAMBIST_TRY(const auto text, text_member(header, name));
    auto bytes = base64url_decode(text);
    if (!bytes || bytes->size() > kMaxPartyInfo)
        return refuse("the header's " + std::string(name) + " is too long or not base64url");
    return *std::move(bytes);
}

Result<JweHeader> read_header(const json::Value& json) {
    if (!json.is_object()) return refuse("the header must be an object");
    for (const auto* name : {"crit", "zip", "b64"})
        if (json.find(name) != nullptr)
            return refuse("the header has " + std::string(name) + ": not supported");
    JweHeader header;
    CAMBIST_TRY(header.alg, text_member(json, "alg"));
    CAMBIST_TRY(header.enc, text_member(json, "enc"));
    if (header.alg.empty() || header.enc.empty()) return refuse("the header needs alg and enc");
    CAMBIST_TRY(header.kid, text_member(json, "kid"));
    if (header.kid.size() > kMaxKid) return refuse("the header's kid is too long");
    CAMBIST_TRY(header.typ, text_member(json, "typ"));
    CAMBIST_TRY(header.cty, text_member(json, "cty"));
    CAMBIST_TRY(header.apu, party_member(json, "apu"));
    CAMBIST_TRY(header.apv, party_member(json, "apv"));
    if (const auto* epk = json.find("epk")) header.epk = *epk;
    return header;
}

Result<JweHeader> parse_header(std::string_view encoded) {
    if (encoded.size() > kMaxHeaderBytes) return refuse("the header is too long");
    const auto text = base64url_decode(encoded);
    if (!text) return refuse("the header is not base64url");
    const auto json =
        json::parse(*text, {.max_depth = 4, .max_bytes = kMaxHeaderBytes}, json::Positions::kNone);
    if (!json) return refuse("the header is no strict JSON: " + json.error().hint);
    return read_header(*json);
}

Result<std::string> decode(std::string_view part) {
    auto bytes = base64url_decode(part);
    if (!bytes) return refuse("a part of the encrypted token is not base64url");
    return *std::move(bytes);
}

Result<Secret> agreed_content_key(const CompactJwe& jwe, const DecryptionKey& key,
                                  const ContentEncryption& enc) {
    if (!jwe.header.epk) return refuse("the header has no epk");
    const auto epk = parse_jwk(*jwe.header.epk, JwkPurpose::kEncryption);
    if (!epk) return refuse("the header's epk is no key that can be used");
    CAMBIST_TRY(auto agreed, agreed_key(key.key, epk->key, *key.alg, enc, jwe.header));
    if (key.alg->transport == KeyTransport::kAgreeAndWrap)
        return crypto::unwrap_key(agreed, jwe.encrypted_key);
    // RFC 7516 section 5.2, step 10.
    if (!jwe.encrypted_key.empty()) return refuse("ECDH-ES carries no encrypted key");
    return agreed;
}

// RFC 7516 section 11.5: a key that does not open must not be told from content that does not, so
// a random key goes on in its place.
Result<Secret> transported_content_key(const CompactJwe& jwe, const DecryptionKey& key,
                                       const ContentEncryption& enc, const Random& random) {
    auto instead = crypto::make_content_key(enc.cipher, random);
    auto opened = crypto::oaep_decrypt(key.key, oaep_hash(key.alg->transport), jwe.encrypted_key);
    if (!opened || opened->expose().size() != instead.expose().size()) return instead;
    return opened;
}

}  // namespace

Result<std::string> encrypt_compact(const Recipient& recipient, std::string_view cty,
                                    std::string_view plaintext, const Random& random) {
    if (!fits(*recipient.alg, recipient.key.kind()))
        return fail(ErrorCode::kCrypto, "the key does not fit " + std::string(recipient.alg->name));
    CAMBIST_TRY(const auto carried, carry(recipient, random));
    std::string header;
    json::Writer writer(header);
    writer.begin_object().member("alg", recipient.alg->name).member("enc", recipient.enc->name);
    if (!cty.empty()) writer.member("cty", cty);
    if (!recipient.kid.empty()) writer.member("kid", recipient.kid);
    if (!carried.epk.empty()) writer.key("epk").raw(carried.epk);
    writer.end_object();
    auto text = base64url_encode(header);
    CAMBIST_TRY(const auto content, crypto::encrypt(recipient.enc->cipher, carried.content_key,
                                                    plaintext, text, random));
    for (const auto* part :
         {&carried.encrypted_key, &content.iv, &content.ciphertext, &content.tag}) {
        text += '.';
        base64url_append(text, *part);
    }
    return text;
}

Result<CompactJwe> parse_jwe(std::string_view text) {
    if (text.size() > kMaxJweBytes)
        return fail(ErrorCode::kTokenTooLong,
                    "an encrypted token has at most " + std::to_string(kMaxJweBytes) + " bytes");
    constexpr std::size_t kParts = 5;
    std::array<std::string_view, kParts> parts;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kParts; ++i) {
        const auto dot = text.find('.', at);
        if ((dot == std::string_view::npos) != (i + 1 == kParts))
            return refuse("an encrypted token has five parts with dots between them");
        parts.at(i) = text.substr(at, dot - at);
        at = dot + 1;
    }
    CompactJwe jwe;
    CAMBIST_TRY(jwe.header, parse_header(parts[0]));
    CAMBIST_TRY(jwe.encrypted_key, decode(parts[1]));
    CAMBIST_TRY(jwe.content.iv, decode(parts[2]));
    CAMBIST_TRY(jwe.content.ciphertext, decode(parts[3]));
    CAMBIST_TRY(jwe.content.tag, decode(parts[4]));
    jwe.associated = parts[0];
    return jwe;
}

Result<DecryptedJwe> decrypt_compact(std::string_view text, const DecryptionKeyFor& key_for,
                                     const Random& random) {
    CAMBIST_TRY(auto jwe, parse_jwe(text));
    const auto* alg = find_key_management(jwe.header.alg);
    const auto* enc = find_content_encryption(jwe.header.enc);
    if (alg == nullptr || enc == nullptr)
        return fail(ErrorCode::kTokenAlgorithm,
                    "the alg " + printable(jwe.header.alg, 20) + " with the enc " +
                        printable(jwe.header.enc, 20) + " is not accepted");
    CAMBIST_TRY(const auto key, key_for(jwe.header));
    // The key says which algorithm it is for; the header may only agree (RFC 8725 section 3.1).
    if (alg != key.alg || !fits(*alg, key.key.kind()))
        return fail(ErrorCode::kTokenAlgorithm, "the token says " + std::string(alg->name) +
                                                    ", its key is for " +
                                                    std::string(key.alg->name));
    CAMBIST_TRY(const auto content_key, is_agreement(*alg)
                                            ? agreed_content_key(jwe, key, *enc)
                                            : transported_content_key(jwe, key, *enc, random));
    CAMBIST_TRY(auto plaintext,
                crypto::decrypt(enc->cipher, content_key, jwe.content, jwe.associated));
    return DecryptedJwe{std::move(jwe.header), std::move(plaintext)};
}

}  // namespace cambist::jose
