// SPDX-License-Identifier: Apache-2.0
#include "jose/jwk.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/base64url.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "jose/algorithms.h"
#include "jose/encryption.h"
#include "json/parse.h"
#include "json/writer.h"

namespace cambist::jose {

namespace {

using crypto::KeyKind;

constexpr std::size_t kMaxKid = 256;
constexpr std::array<std::string_view, 8> kPrivateMembers{"d",  "p",  "q",   "dp",
                                                          "dq", "qi", "oth", "k"};

struct CurveName {
    KeyKind kind;
    std::string_view kty;
    std::string_view crv;
};
constexpr std::array<CurveName, 5> kCurves{{{KeyKind::kP256, "EC", "P-256"},
                                            {KeyKind::kP384, "EC", "P-384"},
                                            {KeyKind::kP521, "EC", "P-521"},
                                            {KeyKind::kEd25519, "OKP", "Ed25519"},
                                            {KeyKind::kX25519, "OKP", "X25519"}}};

const CurveName* curve_of(KeyKind kind) {
    const auto found = std::ranges::find(kCurves, kind, &CurveName::kind);
    return found == kCurves.end() ? nullptr : &*found;
}

std::unexpected<Error> refuse(std::string hint) { return fail(ErrorCode::kParse, std::move(hint)); }

// "" when absent; a member of another form is an error.
Result<std::string> text_member(const json::Value& jwk, std::string_view name) {
    const auto* value = jwk.find(name);
    if (value == nullptr) return std::string();
    const auto* text = value->if_string();
    if (text == nullptr) return refuse("the member " + std::string(name) + " must be a string");
    return *text;
}

Result<std::string> bytes_member(const json::Value& jwk, std::string_view name) {
    CAMBIST_TRY(const auto text, text_member(jwk, name));
    auto bytes = base64url_decode(text);
    if (!bytes || bytes->empty())
        return refuse("the member " + std::string(name) + " must be base64url and not empty");
    return *std::move(bytes);
}

// What keeps a well-formed key from being used: a note in a set, an error alone.
struct Unusable {
    std::string why;
};
template <class T>
using Usable = std::expected<T, Unusable>;

Usable<KeyKind> kind_of(const std::string& kty, const std::string& crv) {
    if (kty == "RSA") return KeyKind::kRsa;
    if (kty != "EC" && kty != "OKP")
        return std::unexpected(Unusable{"the kty " + printable(kty, 20) + " is not supported"});
    for (const auto& curve : kCurves) {
        if (curve.kty == kty && curve.crv == crv) return curve.kind;
    }
    return std::unexpected(Unusable{"the crv " + printable(crv, 20) + " is not supported"});
}

// RFC 7517 sections 4.2 and 4.3: a key for something else is not for this.
std::optional<Unusable> check_use(const json::Value& jwk, const std::string& use,
                                  JwkPurpose purpose) {
    const bool verifies = purpose == JwkPurpose::kVerification;
    const std::string_view wanted = verifies ? "sig" : "enc";
    // SPIFFE's bundles say jwt-svid of the keys that sign JWT-SVIDs.
    const bool is_svid = verifies && use == "jwt-svid";
    if (!use.empty() && use != wanted && !is_svid)
        return Unusable{"its use is " + printable(use, 20) + ", not " + std::string(wanted)};
    const auto* operations = jwk.find("key_ops");
    if (operations == nullptr) return std::nullopt;
    const auto* list = operations->if_array();
    const auto holds = [&](std::string_view operation) {
        return list != nullptr && std::ranges::find(*list, json::Value(operation)) != list->end();
    };
    if (verifies && !holds("verify")) return Unusable{"its key_ops do not hold verify"};
    if (!verifies && !holds("encrypt") && !holds("wrapKey") && !holds("deriveKey") &&
        !holds("deriveBits"))
        return Unusable{"its key_ops hold nothing that encrypts"};
    return std::nullopt;
}

std::optional<Unusable> check_alg(const std::string& alg, KeyKind kind, JwkPurpose purpose) {
    if (alg.empty()) return std::nullopt;
    const auto* signing = find_algorithm(alg);
    const auto* management = find_key_management(alg);
    const bool verifies = purpose == JwkPurpose::kVerification;
    if (verifies ? signing == nullptr : management == nullptr)
        return Unusable{"its alg " + printable(alg, 20) + " is not supported"};
    if (verifies ? !crypto::fits(signing->signature, kind) : !fits(*management, kind))
        return Unusable{"its alg " + alg + " does not fit its kind"};
    return std::nullopt;
}

Result<crypto::PublicComponents> read_components(const json::Value& jwk, KeyKind kind) {
    crypto::PublicComponents components{.kind = kind, .n = {}, .e = {}, .x = {}, .y = {}};
    if (kind == KeyKind::kRsa) {
        CAMBIST_TRY(components.n, bytes_member(jwk, "n"));
        CAMBIST_TRY(components.e, bytes_member(jwk, "e"));
        return components;
    }
    CAMBIST_TRY(components.x, bytes_member(jwk, "x"));
    if (curve_of(kind)->kty == "EC") {
        CAMBIST_TRY(components.y, bytes_member(jwk, "y"));
    }
    return components;
}

// A Jwk, or why there is none although nothing is malformed.
Result<Usable<Jwk>> read_jwk(const json::Value& jwk, JwkPurpose purpose) {
    if (!jwk.is_object()) return refuse("a JWK must be an object");
    CAMBIST_TRY(const auto kty, text_member(jwk, "kty"));
    if (kty.empty()) return refuse("the member kty is missing");
    if (kty == "oct") return refuse("a symmetric key (kty oct) is not allowed here");
    for (const auto name : kPrivateMembers) {
        if (jwk.find(name) != nullptr)
            return refuse("the private member " + std::string(name) +
                          " is present: publish the public half only, and replace the key");
    }
    CAMBIST_TRY(const auto kid, text_member(jwk, "kid"));
    if (kid.size() > kMaxKid) return refuse("the kid is longer than 256 bytes");
    CAMBIST_TRY(const auto alg, text_member(jwk, "alg"));
    CAMBIST_TRY(const auto use, text_member(jwk, "use"));
    CAMBIST_TRY(const auto crv, text_member(jwk, "crv"));
    const auto kind = kind_of(kty, crv);
    if (!kind) return Usable<Jwk>(std::unexpect, kind.error());
    if (const auto why = check_use(jwk, use, purpose)) return Usable<Jwk>(std::unexpect, *why);
    // RFC 8037 sections 3.1 and 3.2: one of the two signs, the other agrees on keys.
    if (purpose == JwkPurpose::kEncryption && *kind == KeyKind::kEd25519)
        return Usable<Jwk>(std::unexpect, Unusable{"Ed25519 keys can not be encrypted to"});
    if (purpose == JwkPurpose::kVerification && *kind == KeyKind::kX25519)
        return Usable<Jwk>(std::unexpect, Unusable{"X25519 keys verify nothing"});
    if (const auto why = check_alg(alg, *kind, purpose)) return Usable<Jwk>(std::unexpect, *why);
    CAMBIST_TRY(const auto components, read_components(jwk, *kind));
    auto key = crypto::PublicKey::from_components(components);
    if (!key) {
        const bool too_weak = *kind == KeyKind::kRsa;
        if (too_weak) return Usable<Jwk>(std::unexpect, Unusable{key.error().hint});
        return refuse(key.error().hint);
    }
    return Usable<Jwk>(Jwk{kid, kty, alg, use, *std::move(key)});
}

}  // namespace

Result<Jwk> parse_jwk(const json::Value& jwk, JwkPurpose purpose) {
    CAMBIST_TRY(auto read, read_jwk(jwk, purpose));
    if (!read) return refuse("the key can not be used: " + read.error().why);
    return *std::move(read);
}

const Jwk* JwkSet::find(std::string_view kid) const {
    const auto found = std::ranges::find(keys, kid, &Jwk::kid);
    return found == keys.end() ? nullptr : &*found;
}

Result<JwkSet> parse_jwk_set(const json::Value& set, JwkPurpose purpose) {
    const auto* list = set.find("keys") == nullptr ? nullptr : set.find("keys")->if_array();
    if (list == nullptr) return refuse("a JWK set must have an array 'keys'");
    if (list->size() > kMaxKeysInSet) return refuse("the JWK set has more than 100 keys");
    JwkSet read;
    std::unordered_set<std::string> kids;
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto place = "key " + std::to_string(i + 1) + ": ";
        auto jwk = read_jwk((*list)[i], purpose);
        if (!jwk) return refuse(place + jwk.error().hint);
        if (!*jwk) {
            read.notes.push_back(place + jwk->error().why);
            continue;
        }
        // Which of two keys a kid means must not depend on who reads the set.
        if (!(*jwk)->kid.empty() && !kids.insert((*jwk)->kid).second)
            return refuse(place + "its kid occurs twice");
        read.keys.push_back(*std::move(*jwk));
    }
    return read;
}

Result<JwkSet> parse_jwk_set(std::string_view text, JwkPurpose purpose) {
    CAMBIST_TRY(const auto set, json::parse(text, {.max_depth = 16, .max_bytes = 1024UL * 1024}));
    return parse_jwk_set(set, purpose);
}

std::vector<std::string> certificate_thumbprints(const json::Value& set) {
    std::vector<std::string> thumbprints;
    const auto* keys = set.find("keys");
    if (keys == nullptr || !keys->is_array()) return thumbprints;
    for (const auto& key : keys->as_array()) {
        const auto* chain = key.find("x5c");
        if (chain == nullptr || !chain->is_array() || chain->as_array().empty()) continue;
        const auto* first = chain->as_array().front().if_string();
        if (first == nullptr) continue;
        if (const auto der = crypto::certificate_to_der(*first))
            thumbprints.push_back(crypto::x5t_s256(*der));
    }
    return thumbprints;
}

json::Value render_jwk(const Jwk& jwk, std::string_view certificate) {
    const auto components = jwk.key.components();
    json::Value value = json::Value::object();
    if (!jwk.kid.empty()) value.set("kid", jwk.kid);
    value.set("kty", jwk.kty);
    if (!jwk.alg.empty()) value.set("alg", jwk.alg);
    if (!jwk.use.empty()) value.set("use", jwk.use);
    if (const auto* curve = curve_of(components.kind)) {
        value.set("crv", curve->crv).set("x", base64url_encode(components.x));
        if (!components.y.empty()) value.set("y", base64url_encode(components.y));
    } else {
        value.set("n", base64url_encode(components.n)).set("e", base64url_encode(components.e));
    }
    if (!certificate.empty()) {
        value.set("x5c", json::Array{base64_encode(certificate)});
        value.set("x5t", crypto::x5t(certificate)).set("x5t#S256", crypto::x5t_s256(certificate));
    }
    return value;
}

std::string thumbprint(const crypto::PublicKey& key) {
    const auto components = key.components();
    // RFC 7638 section 3.2: the required members only, by name, without white space.
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    if (const auto* curve = curve_of(components.kind)) {
        writer.member("crv", curve->crv).member("kty", curve->kty);
        writer.member("x", base64url_encode(components.x));
        if (!components.y.empty()) writer.member("y", base64url_encode(components.y));
    } else {
        writer.member("e", base64url_encode(components.e)).member("kty", "RSA");
        writer.member("n", base64url_encode(components.n));
    }
    writer.end_object();
    return crypto::sha256_base64url(text);
}

Result<crypto::PrivateKey> parse_private_jwk(const json::Value& jwk) {
    CAMBIST_TRY(const auto kty, text_member(jwk, "kty"));
    CAMBIST_TRY(const auto crv, text_member(jwk, "crv"));
    const auto kind = kind_of(kty, crv);
    if (!kind) return refuse(kind.error().why);
    crypto::PrivateComponents components;
    CAMBIST_TRY(components.pub, read_components(jwk, *kind));
    const std::array<std::pair<const char*, Secret*>, 6> members{{{"d", &components.d},
                                                                  {"p", &components.p},
                                                                  {"q", &components.q},
                                                                  {"dp", &components.dp},
                                                                  {"dq", &components.dq},
                                                                  {"qi", &components.qi}}};
    for (const auto& [name, secret] : members) {
        const bool needed = std::string_view(name) == "d";
        if (!needed && (*kind != KeyKind::kRsa || jwk.find(name) == nullptr)) continue;
        CAMBIST_TRY(const auto bytes, bytes_member(jwk, name));
        *secret = Secret(bytes);
    }
    if (jwk.find("oth") != nullptr) return refuse("an RSA key of more than two primes");
    return crypto::PrivateKey::from_components(components);
}

}  // namespace cambist::jose
