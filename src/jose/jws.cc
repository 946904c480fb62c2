// SPDX-License-Identifier: Apache-2.0
#include "jose/jws.h"

#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "base/text.h"
#include "jose/algorithms.h"
#include "jose/claims.h"
#include "json/parse.h"
#include "json/writer.h"

namespace cambist::jose {

namespace {

constexpr std::size_t kMaxHeaderBytes = 4UL * 1024;
constexpr std::size_t kMaxKid = 256;

std::unexpected<Error> refuse(std::string hint) {
    return fail(ErrorCode::kTokenMalformed, std::move(hint));
}

constexpr std::array<bool, 256> make_alphabet() {
    std::array<bool, 256> alphabet{};
    for (const char c :
         std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
        alphabet[static_cast<unsigned char>(c)] = true;
    return alphabet;
}

// To the end in any case: without a branch for each character of every token.
bool is_base64url(std::string_view text) {
    static constexpr auto kAlphabet = make_alphabet();
    bool good = true;
    for (const char c : text) good &= kAlphabet[static_cast<unsigned char>(c)];
    return good;
}

Result<std::string> text_member(const json::Value& header, std::string_view name) {
    const auto* value = header.find(name);
    if (value == nullptr) return std::string();
    const auto* text = value->if_string();
    if (text == nullptr) return refuse("the header's " + std::string(name) + " must be a string");
    return *text;
}

// The kid is looked up and may be written to a log; it is never more than a short printable name.
Status check_kid(const std::string& kid) {
    const bool good = kid.size() <= kMaxKid && std::ranges::all_of(kid, [](char c) {
                          return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
                      });
    if (!good) return refuse("the header's kid is too long or holds control characters");
    return {};
}

Result<Header> read_header(const json::Value& json) {
    if (!json.is_object()) return refuse("the header must be an object");
    // RFC 7515 section 4.1.11: we understand no extension, so whatever is critical refuses. An
    // unencoded payload must not be used in a JWT at all (RFC 7797 section 7).
    if (json.find("crit") != nullptr)
        return refuse("the header has crit: no extension is supported");
    if (json.find("b64") != nullptr) return refuse("the header has b64: not allowed in a JWT");
    if (json.find("zip") != nullptr) return refuse("the header has zip: not allowed in a JWS");
    Header header;
    CAMBIST_TRY(header.alg, text_member(json, "alg"));
    if (header.alg.empty()) return refuse("the header has no alg");
    if (const auto* row = find_algorithm(header.alg)) header.algorithm = row->signature;
    CAMBIST_TRY(header.kid, text_member(json, "kid"));
    CAMBIST_CHECK(check_kid(header.kid));
    CAMBIST_TRY(header.typ, text_member(json, "typ"));
    CAMBIST_TRY(header.cty, text_member(json, "cty"));
    if (const auto* jwk = json.find("jwk")) header.jwk = *jwk;
    return header;
}

std::string decode_part(std::string_view part, bool& good) {
    std::string bytes;
    bytes.reserve(part.size() * 3 / 4 + 3);
    good = base64url_decode_append(bytes, part);
    return bytes;
}

}  // namespace

Result<Compact> split_compact(std::string_view text) {
    if (text.size() > kMaxCompactBytes)
        return fail(ErrorCode::kTokenTooLong,
                    "a token has at most " + std::to_string(kMaxCompactBytes) + " bytes");
    const auto first = text.find('.');
    const auto second = first == text.npos ? text.npos : text.find('.', first + 1);
    if (second == text.npos || text.find('.', second + 1) != text.npos)
        return refuse("a signed JWT has three parts with a dot between them");
    const Compact compact{.header_b64 = text.substr(0, first),
                          .payload_b64 = text.substr(first + 1, second - first - 1),
                          .signature_b64 = text.substr(second + 1),
                          .signing_input = text.substr(0, second)};
    if (compact.header_b64.empty() || compact.payload_b64.empty() || compact.signature_b64.empty())
        return refuse("a part of the signed JWT is empty");
    if (!is_base64url(compact.header_b64) || !is_base64url(compact.payload_b64) ||
        !is_base64url(compact.signature_b64))
        return refuse("a part of the signed JWT is not base64url");
    return compact;
}

Result<Header> parse_header(std::string_view header_b64) {
    if (header_b64.size() > kMaxHeaderBytes) return refuse("the header is too long");
    bool good = false;
    const auto text = decode_part(header_b64, good);
    if (!good) return refuse("the header is not base64url");
    const auto json =
        json::parse(text, {.max_depth = 4, .max_bytes = kMaxHeaderBytes}, json::Positions::kNone);
    if (!json) return refuse("the header is no strict JSON: " + json.error().hint);
    return read_header(*json);
}

bool typ_is(const Header& header, std::string_view typ) {
    constexpr std::string_view kPrefix = "application/";
    const auto bare = [&](std::string_view text) {
        auto lower = to_lower_ascii(text);
        if (lower.starts_with(kPrefix) && lower.find('/', kPrefix.size()) == lower.npos)
            lower.erase(0, kPrefix.size());
        return lower;
    };
    return !header.typ.empty() && bare(header.typ) == bare(typ);
}

Result<VerifiedJws> verify_compact(std::string_view text, const KeyFor& key_for) {
    CAMBIST_TRY(const auto compact, split_compact(text));
    CAMBIST_TRY(auto header, parse_header(compact.header_b64));
    if (!header.algorithm)
        return fail(ErrorCode::kTokenAlgorithm,
                    "the alg " + printable(header.alg, 20) + " is not accepted");
    bool good = false;
    const auto signature = decode_part(compact.signature_b64, good);
    if (!good) return refuse("the signature is not base64url");
    auto payload = decode_part(compact.payload_b64, good);
    if (!good) return refuse("the payload is not base64url");
    CAMBIST_TRY(const auto expected, key_for(header));
    // The key says which algorithm it is for; the header may only agree (RFC 8725 section 3.1).
    if (*header.algorithm != expected.algorithm ||
        !crypto::fits(expected.algorithm, expected.key.kind()))
        return fail(ErrorCode::kTokenAlgorithm,
                    "the token says " + header.alg + ", its key is for " +
                        std::string(algorithm_row(expected.algorithm).name));
    if (auto status =
            crypto::verify(expected.key, expected.algorithm, compact.signing_input, signature);
        !status)
        return fail(ErrorCode::kTokenSignature, {}, status.error().describe());
    return VerifiedJws{std::move(header), std::move(payload)};
}

Result<UnverifiedJws> peek_compact(std::string_view text) {
    CAMBIST_TRY(const auto compact, split_compact(text));
    CAMBIST_TRY(auto header, parse_header(compact.header_b64));
    bool good = false;
    const auto payload = decode_part(compact.payload_b64, good);
    if (!good) return refuse("the payload is not base64url");
    CAMBIST_TRY(auto claims, parse_claims(payload));
    return UnverifiedJws{std::move(header), std::move(claims)};
}

Result<std::string> sign_compact(const crypto::PrivateKey& key, const HeaderWish& header,
                                 std::string_view payload) {
    std::string json;
    json::Writer writer(json);
    writer.begin_object().member("alg", algorithm_row(header.algorithm).name);
    if (!header.typ.empty()) writer.member("typ", header.typ);
    if (!header.kid.empty()) writer.member("kid", header.kid);
    writer.end_object();
    constexpr std::size_t kLongestSignature = 684;  // of RSA-4096, as base64url
    std::string text;
    text.reserve((json.size() + payload.size()) * 4 / 3 + kLongestSignature + 8);
    base64url_append(text, json);
    text += '.';
    base64url_append(text, payload);
    CAMBIST_TRY(const auto signature, crypto::sign(key, header.algorithm, text));
    text += '.';
    base64url_append(text, signature);
    return text;
}

}  // namespace cambist::jose
