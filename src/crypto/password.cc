// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64url.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/openssl.h"

namespace cambist::crypto {

namespace {

constexpr std::string_view kArgon2 = "argon2";
constexpr std::uint32_t kArgon2Salt = crypto_pwhash_SALTBYTES;
constexpr std::uint32_t kNewHashBytes = 32;
constexpr std::uint32_t kMinHashBytes = 16;
constexpr std::uint32_t kMaxHashBytes = 128;
constexpr std::uint32_t kMinMemoryKib = 8;
constexpr std::uint32_t kMaxMemoryKib = 256 * 1024;
constexpr std::uint64_t kMaxArgon2Work = 1024UL * 1024;  // KiB times passes: about two seconds
constexpr std::uint32_t kMaxPbkdf2Iterations = 5'000'000;
constexpr std::size_t kMaxPasswordBytes = 4096;

// Keycloak's name and OpenSSL's. SHA-1 in PBKDF2 is old but not broken; needs_upgrade() says so.
struct Pbkdf2Row {
    std::string_view algorithm;
    const char* hash;
};
constexpr std::array<Pbkdf2Row, 3> kPbkdf2{
    {{"pbkdf2", "SHA1"}, {"pbkdf2-sha256", "SHA256"}, {"pbkdf2-sha512", "SHA512"}}};

const Pbkdf2Row* find_pbkdf2(std::string_view algorithm) {
    const auto found = std::ranges::find(kPbkdf2, algorithm, &Pbkdf2Row::algorithm);
    return found == kPbkdf2.end() ? nullptr : &*found;
}

std::unexpected<Error> refuse(std::string hint) {
    return fail(ErrorCode::kConfigInvalid, std::move(hint));
}

std::string range(std::string_view what, std::uint64_t from, std::uint64_t to) {
    return std::string(what) + " must be from " + std::to_string(from) + " to " +
           std::to_string(to);
}

Status check_argon2(const PasswordHash& stored) {
    if (stored.parallelism != 1)
        return refuse("argon2 with parallelism " + std::to_string(stored.parallelism) +
                      " can not be verified: only 1 is supported; reset this password");
    if (stored.salt.size() != kArgon2Salt) return refuse("a salt of argon2 must have 16 bytes");
    if (stored.memory_kib < kMinMemoryKib || stored.memory_kib > kMaxMemoryKib)
        return refuse(range("the memory of argon2 in KiB", kMinMemoryKib, kMaxMemoryKib));
    if (stored.iterations < 1 ||
        std::uint64_t{stored.iterations} * stored.memory_kib > kMaxArgon2Work)
        return refuse("iterations times memory of argon2 must be from 1 to " +
                      std::to_string(kMaxArgon2Work) + " KiB");
    return {};
}

Status check_pbkdf2(const PasswordHash& stored) {
    if (stored.salt.empty() || stored.salt.size() > 1024)
        return refuse(range("the length of a salt", 1, 1024));
    if (stored.iterations < 1 || stored.iterations > kMaxPbkdf2Iterations)
        return refuse(range("the iterations of pbkdf2", 1, kMaxPbkdf2Iterations));
    return {};
}

// An empty view may point nowhere, which neither library takes.
const char* not_null(std::string_view text) { return text.data() == nullptr ? "" : text.data(); }

Result<std::string> run_argon2(const PasswordHash& hash, std::string_view password) {
    static const bool ready = sodium_init() >= 0;
    CAMBIST_ASSERT(ready);
    std::string value(hash.hash_length, '\0');
    const int failed = crypto_pwhash(
        bytes_of(value), value.size(), not_null(password), password.size(), bytes_of(hash.salt),
        hash.iterations, std::size_t{hash.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13);
    if (failed != 0) return fail(ErrorCode::kCrypto, "argon2 failed: out of memory?");
    return value;
}

Result<std::string> run_pbkdf2(const PasswordHash& hash, std::string_view password) {
    struct DigestFree {
        void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    };
    const std::unique_ptr<EVP_MD, DigestFree> digest(
        EVP_MD_fetch(nullptr, find_pbkdf2(hash.algorithm)->hash, nullptr));
    std::string value(hash.hash_length, '\0');
    if (!digest || PKCS5_PBKDF2_HMAC(not_null(password), static_cast<int>(password.size()),
                                     bytes_of(hash.salt), static_cast<int>(hash.salt.size()),
                                     static_cast<int>(hash.iterations), digest.get(),
                                     static_cast<int>(value.size()), bytes_of(value)) != 1)
        return fail_crypto("pbkdf2 failed");
    return value;
}

std::string unpadded_base64(std::string_view bytes) {
    auto text = base64_encode(bytes);
    while (text.ends_with('=')) text.pop_back();
    return text;
}

std::optional<std::string> decode_unpadded(std::string_view text) {
    std::string padded(text);
    if (padded.ends_with('=')) return std::nullopt;
    while (padded.size() % 4 != 0) padded += '=';
    return base64_decode(padded);
}

// "m=19456,t=2,p=1" has exactly these names, in this order.
bool read_numbers(std::string_view text,
                  std::initializer_list<std::pair<std::string_view, std::uint32_t*>> into) {
    const auto parts = split(text, ',');
    if (parts.size() != into.size()) return false;
    auto part = parts.begin();
    for (const auto& [name, number] : into) {
        const auto digits = part->starts_with(name) ? part->substr(name.size()) : "";
        const auto end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, *number);
        if (digits.empty() || error != std::errc() || stop != end) return false;
        ++part;
    }
    return true;
}

}  // namespace

Status check_password_hash(const PasswordHash& stored) {
    if (stored.hash_length != stored.value.size() || stored.hash_length < kMinHashBytes ||
        stored.hash_length > kMaxHashBytes)
        return refuse(range("the length of a password hash", kMinHashBytes, kMaxHashBytes));
    if (stored.algorithm == kArgon2) return check_argon2(stored);
    if (find_pbkdf2(stored.algorithm) != nullptr) return check_pbkdf2(stored);
    return refuse("the password hash algorithm '" + printable(stored.algorithm, 40) +
                  "' is unknown: argon2, pbkdf2, pbkdf2-sha256 and pbkdf2-sha512 are supported");
}

Result<bool> verify_password(const PasswordHash& stored, std::string_view password) {
    CAMBIST_CHECK(check_password_hash(stored));
    if (password.size() > kMaxPasswordBytes) return false;
    CAMBIST_TRY(auto value, stored.algorithm == kArgon2 ? run_argon2(stored, password)
                                                        : run_pbkdf2(stored, password));
    const bool same = equal_in_constant_time(value, stored.value);
    OPENSSL_cleanse(value.data(), value.size());
    return same;
}

Result<PasswordHash> hash_password(std::string_view password, const PasswordSettings& settings,
                                   const Random& random) {
    if (password.size() > kMaxPasswordBytes)
        return fail(ErrorCode::kParameterTooLong, "a password has at most 4096 bytes");
    PasswordHash hash{.algorithm = std::string(kArgon2),
                      .salt = std::string(kArgon2Salt, '\0'),
                      .value = std::string(kNewHashBytes, '\0'),
                      .iterations = settings.iterations,
                      .memory_kib = settings.memory_kib,
                      .parallelism = 1,
                      .hash_length = kNewHashBytes};
    CAMBIST_CHECK(check_password_hash(hash));
    random.fill({bytes_of(hash.salt), hash.salt.size()});
    CAMBIST_TRY(hash.value, run_argon2(hash, password));
    return hash;
}

bool needs_upgrade(const PasswordHash& stored, const PasswordSettings& settings) {
    return stored.algorithm != kArgon2 || stored.hash_length < kNewHashBytes ||
           stored.memory_kib < settings.memory_kib || stored.iterations < settings.iterations;
}

std::string to_text(const PasswordHash& hash) {
    const auto tail = "$" + unpadded_base64(hash.salt) + "$" + unpadded_base64(hash.value);
    if (hash.algorithm == kArgon2)
        return "$argon2id$v=19$m=" + std::to_string(hash.memory_kib) +
               ",t=" + std::to_string(hash.iterations) + ",p=" + std::to_string(hash.parallelism) +
               tail;
    return "$" + hash.algorithm + "$i=" + std::to_string(hash.iterations) + tail;
}

Result<PasswordHash> parse_password_hash(std::string_view text) {
    const auto bad = fail(ErrorCode::kParse, "this is no password hash");
    const auto parts = split(text, '$');
    if (text.size() > 2048 || parts.size() < 2 || !parts.front().empty()) return bad;
    PasswordHash hash;
    if (parts[1] == "argon2id") {
        if (parts.size() != 6 || parts[2] != "v=19") return bad;
        hash.algorithm = kArgon2;
        if (!read_numbers(
                parts[3],
                {{"m=", &hash.memory_kib}, {"t=", &hash.iterations}, {"p=", &hash.parallelism}}))
            return bad;
    } else {
        if (parts.size() != 5 || find_pbkdf2(parts[1]) == nullptr) return bad;
        hash.algorithm = parts[1];
        if (!read_numbers(parts[2], {{"i=", &hash.iterations}})) return bad;
    }
    auto salt = decode_unpadded(parts[parts.size() - 2]);
    auto value = decode_unpadded(parts.back());
    if (!salt || !value) return bad;
    hash.salt = *std::move(salt);
    hash.value = *std::move(value);
    hash.hash_length = static_cast<std::uint32_t>(hash.value.size());
    CAMBIST_CHECK(check_password_hash(hash));
    return hash;
}

}  // namespace cambist::crypto
