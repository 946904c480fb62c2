// SPDX-License-Identifier: Apache-2.0
// Inside crypto/ only: quick signature checks with a key that is used often.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <atomic>
#include <memory>
#include <span>
#include <string_view>

#include "crypto/p256_inverse.h"

namespace cambist::crypto {

// Multiples of one public key on P-256, as the library has them of the curve's own point: a check
// takes a third of the time. Making them takes some 30 ms, and they take 150 KiB. Usable from any
// thread.
class P256Table {
  public:
    // nullptr when the library can not make it.
    static std::unique_ptr<const P256Table> make(const EVP_PKEY* key);
    // FIPS 186-5 section 6.4.2, for a signature r || s. True is for sure; a false may also mean
    // that the library could not tell.
    bool accepts(std::span<const unsigned char, kP256Bytes> digest,
                 std::string_view signature) const;

  private:
    struct FreeGroup {
        void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
    };
    using GroupPtr = std::unique_ptr<EC_GROUP, FreeGroup>;
    explicit P256Table(GroupPtr group) : group_(std::move(group)) {}

    const GroupPtr group_;  // P-256, but its generator is the key
};

// Whether a key is used so often that a table pays, and the table once there is one. It is made
// beside the work, by one thread of the process that makes them one after the other and gives way
// to all others. A process has so many tables at most; further keys do without, until there is room
// and they were used often once more.
class TableWhenOften {
  public:
    static constexpr unsigned kOften = 256;

    TableWhenOften() = default;
    TableWhenOften(const TableWhenOften&) = delete;
    TableWhenOften& operator=(const TableWhenOften&) = delete;
    ~TableWhenOften();

    // For one check with `key`, always the same one; it outlives this.
    const P256Table* find(const EVP_PKEY* key) const;

  private:
    class Maker;

    mutable std::atomic<unsigned> uses_{0};
    mutable std::atomic<const P256Table*> table_{nullptr};
    mutable std::atomic<bool> has_place_{false};  // among those with a table, or waits for its own
};

}  // namespace cambist::crypto
