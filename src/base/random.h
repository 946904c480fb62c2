// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>

namespace cambist {

// Unpredictable bytes, as an interface so that tests can fix them. Thread-safe.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<unsigned char> bytes) const = 0;
};

// OpenSSL's generator behind a per-thread pool whose used bytes are wiped. Aborts when the system
// has no entropy: going on would issue guessable tokens.
class SystemRandom final : public Random {
  public:
    void fill(std::span<unsigned char> bytes) const override;
};

// RFC 9562 version 4 UUID, lower case with dashes.
std::string make_uuid(const Random& random);
// 26 characters of Crockford base 32: 48 bits of milliseconds, 80 random bits; sorts by time.
std::string make_ulid(const Random& random, std::int64_t unix_milliseconds);
// `bytes` random bytes as base64url without padding.
std::string make_token(const Random& random, std::size_t bytes);

}  // namespace cambist
