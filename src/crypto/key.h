// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace cambist::crypto {

// X25519 agrees on keys and signs nothing; Ed25519 signs and agrees on nothing.
enum class KeyKind { kRsa, kP256, kP384, kP521, kEd25519, kX25519 };
inline constexpr unsigned kMinRsaBits = 2048;
inline constexpr unsigned kMaxRsaBits = 4096;

struct KeyHandle;  // the library's key; only crypto/ sees inside

// The numbers of a public key, big-endian as in a JWK (RFC 7518 section 6, RFC 8037 section 2): n
// and e of RSA without leading zeros; x and y of a curve padded to its size; x of Ed25519 and
// X25519.
struct PublicComponents {
    KeyKind kind = KeyKind::kRsa;
    std::string n, e;
    std::string x, y;
};

// The private half: d, and for RSA the primes and exponents (RFC 7518 section 6.3.2).
struct PrivateComponents {
    PublicComponents pub;
    Secret d;
    Secret p, q, dp, dq, qi;
};

// A key that verifies or is encrypted to. An immutable shared handle: cheap to copy, usable from
// any thread. Making one refuses RSA below 2048 or above 4096 bits, even or tiny exponents, and
// points off the curve.
class PublicKey {
  public:
    // SubjectPublicKeyInfo in PEM, or its DER as bare base64 (as Keycloak stores it).
    static Result<PublicKey> from_pem(std::string_view pem);
    static Result<PublicKey> from_components(const PublicComponents& components);

    KeyKind kind() const;
    unsigned bits() const;
    // Differs for every key ever made in this process; equal for copies.
    std::uint64_t id() const;
    PublicComponents components() const;
    std::string to_pem() const;
    // The same numbers.
    friend bool operator==(const PublicKey& a, const PublicKey& b);

    const KeyHandle& handle() const { return *handle_; }
    explicit PublicKey(std::shared_ptr<const KeyHandle> handle) : handle_(std::move(handle)) {}

  private:
    std::shared_ptr<const KeyHandle> handle_;
};

// A key that signs or agrees. As PublicKey, an immutable shared handle.
class PrivateKey {
  public:
    // `rsa_bits` counts for RSA only: 2048, 3072 or 4096 (the last takes a second).
    static Result<PrivateKey> generate(KeyKind kind, unsigned rsa_bits = kMinRsaBits);
    // PKCS#8, or the older RSA and EC forms; never encrypted.
    static Result<PrivateKey> from_pem(std::string_view pem);
    static Result<PrivateKey> from_components(const PrivateComponents& components);

    KeyKind kind() const;
    unsigned bits() const;
    std::uint64_t id() const;
    PublicKey public_key() const;
    PrivateComponents components() const;
    Secret to_pem() const;  // PKCS#8

    const KeyHandle& handle() const { return *handle_; }
    explicit PrivateKey(std::shared_ptr<const KeyHandle> handle) : handle_(std::move(handle)) {}

  private:
    std::shared_ptr<const KeyHandle> handle_;
};

}  // namespace cambist::crypto
