// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/base64url.h"
#include "base/result.h"

namespace cambist {
namespace {

struct Pool {
    std::array<unsigned char, 4096> bytes{};
    std::size_t used = 4096;
    unsigned forks = 0;
};

// How often this process has been forked off since it began. getpid() would say as much, but is a
// system call.
unsigned forks() {
    static std::atomic<unsigned> count{0};
    static const int registered =
        ::pthread_atfork(nullptr, nullptr, [] { count.fetch_add(1, std::memory_order_relaxed); });
    CAMBIST_ASSERT(registered == 0);
    return count.load(std::memory_order_relaxed);
}

// One call of RAND_bytes costs some 600 ns whatever its size, so bytes are fetched by the page.
void take(std::span<unsigned char> out) {
    thread_local Pool pool;
    if (const auto now = forks();
        pool.forks != now) {  // a child must not repeat its parent's bytes
        pool.forks = now;
        pool.used = pool.bytes.size();
    }
    if (pool.bytes.size() - pool.used < out.size()) {
        CAMBIST_ASSERT(RAND_bytes(pool.bytes.data(), static_cast<int>(pool.bytes.size())) == 1);
        pool.used = 0;
    }
    std::memcpy(out.data(), pool.bytes.data() + pool.used, out.size());
    OPENSSL_cleanse(pool.bytes.data() + pool.used, out.size());
    pool.used += out.size();
}

}  // namespace

void SystemRandom::fill(std::span<unsigned char> bytes) const {
    while (bytes.size() > 4096) {
        take(bytes.first(4096));
        bytes = bytes.subspan(4096);
    }
    take(bytes);
}

std::string make_uuid(const Random& random) {
    std::array<unsigned char, 16> bytes{};
    random.fill(bytes);
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += kHex[bytes[i] >> 4];
        out += kHex[bytes[i] & 0x0f];
    }
    return out;
}

std::string make_ulid(const Random& random, std::int64_t unix_milliseconds) {
    static constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string out(26, '0');
    auto time = static_cast<std::uint64_t>(unix_milliseconds);
    for (std::size_t i = 10; i-- > 0; time >>= 5) out[i] = kAlphabet[time & 31];
    std::array<unsigned char, 16> bytes{};
    random.fill(bytes);
    for (std::size_t i = 0; i < 16; ++i) out[10 + i] = kAlphabet[bytes[i] & 31];
    return out;
}

std::string make_token(const Random& random, std::size_t bytes) {
    std::vector<unsigned char> buffer(bytes);
    random.fill(buffer);
    return base64url_encode({reinterpret_cast<const char*>(buffer.data()), buffer.size()});
}

}  // namespace cambist
