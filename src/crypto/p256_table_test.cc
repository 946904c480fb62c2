// SPDX-License-Identifier: Apache-2.0
#include "crypto/p256_table.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "base/base64url.h"
#include "crypto/digest.h"
#include "crypto/openssl.h"
#include "crypto/p256_inverse.h"
#include "crypto/signature.h"
#include "json/parse.h"

namespace cambist::crypto {
namespace {

// 32 bytes of a text.
std::span<const unsigned char, kP256Bytes> number_in(std::string_view text) {
    return std::span(bytes_of(text), text.size()).first<kP256Bytes>();
}

std::unique_ptr<const P256Table> table_of(const PublicKey& key) {
    return P256Table::make(key.handle().pkey.get());
}

bool accepts(const P256Table& table, std::string_view message, std::string_view signature) {
    return table.accepts(number_in(sha256(message)), signature);
}

NumberPtr number(const Words& words) {
    const auto bytes = bytes_of_words(words);
    return NumberPtr(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

// number * inverse = 1, by the library.
bool is_inverse(const Words& words, const Words& inverse) {
    const auto product = number(words);
    const auto order = number(kP256Order);
    BN_CTX* const context = BN_CTX_new();
    const bool good = is_in_range(inverse) &&
                      BN_mod_mul(product.get(), product.get(), number(inverse).get(), order.get(),
                                 context) == 1 &&
                      BN_is_one(product.get()) == 1;
    BN_CTX_free(context);
    return good;
}

TEST(P256Inverse, OfSpecialNumbersIsRight) {
    auto last = kP256Order;
    --last[0];
    std::vector<Words> special{{1}, {2}, {3}, last, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}};
    for (std::size_t bits = 1; bits < 255; ++bits) {
        Words power{};
        power.at(bits / 64) = std::uint64_t{1} << (bits % 64);
        special.push_back(power);
        auto below = power;  // all ones
        for (auto& word : below)
            if (word-- != 0) break;
        special.push_back(below);
    }
    for (const auto& each : special) {
        ASSERT_TRUE(is_in_range(each));
        EXPECT_TRUE(is_inverse(each, inverse_of_public(each))) << each[3] << ' ' << each[0];
    }
}

TEST(P256Inverse, OfManyNumbersIsRight) {
    auto digest = sha256("many");
    for (int i = 0; i < 20'000; ++i) {
        digest = sha256(digest);
        auto words = words_of(number_in(digest));
        // Short ones too.
        for (std::size_t top = 4; i % 5 < static_cast<int>(5 - top) && top > 0; --top)
            words.at(top - 1) = 0;
        if (!is_in_range(words)) continue;
        ASSERT_TRUE(is_inverse(words, inverse_of_public(words)));
    }
}

TEST(P256Inverse, KnowsItsRange) {
    auto last = kP256Order;
    --last[0];
    EXPECT_TRUE(is_in_range(last));
    EXPECT_FALSE(is_in_range(kP256Order));
    EXPECT_FALSE(is_in_range({}));
    EXPECT_EQ(words_of(bytes_of_words(last)), last);
}

TEST(P256Table, AgreesWithTheLibraryOnManySignatures) {
    for (int each = 0; each < 4; ++each) {
        const auto key = PrivateKey::generate(KeyKind::kP256).value();
        const auto table = table_of(key.public_key());
        ASSERT_NE(table, nullptr);
        for (int i = 0; i < 100; ++i) {
            const auto message = std::to_string(i);
            const auto signature = sign(key, SignatureAlgorithm::kEs256, message).value();
            EXPECT_TRUE(accepts(*table, message, signature));
            EXPECT_FALSE(accepts(*table, message + ' ', signature));
            auto changed = signature;
            auto& byte = changed.at(static_cast<std::size_t>(i) % changed.size());
            byte = static_cast<char>(byte ^ (1 << (i % 8)));
            EXPECT_FALSE(accepts(*table, message, changed));
        }
    }
}

// specs: JWB-05, NEG-54
TEST(P256Table, RefusesNumbersOutOfRange) {
    const auto key = PrivateKey::generate(KeyKind::kP256).value();
    const auto table = table_of(key.public_key());
    const auto good = sign(key, SignatureAlgorithm::kEs256, "m").value();
    const auto r = good.substr(0, 32);
    const auto s = good.substr(32);
    const auto order = bytes_of_words(kP256Order);
    const std::string n(order.begin(), order.end());
    const std::string zero(32, '\0');
    for (const auto& bad : {zero + s, r + zero, zero + zero, n + s, r + n, n + n, r, good + '\0',
                            std::string(64, '\xFF'), std::string()})
        EXPECT_FALSE(accepts(*table, "m", bad));
    EXPECT_TRUE(accepts(*table, "m", good));
}

// specs: JWB-05, NEG-54
TEST(P256Table, AcceptsAndRefusesAsWycheproofSays) {
    std::ifstream file(CAMBIST_SOURCE_DIR "/tests/data/jose/wycheproof_signatures.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto vectors = json::parse(text.str(), json::kConfigLimits).value();
    int valid = 0;
    int invalid = 0;
    for (const auto& group : vectors.as_array()) {
        if (*group.find_string("alg") != "ES256") continue;
        const auto table = table_of(PublicKey::from_pem(*group.find_string("pem")).value());
        ASSERT_NE(table, nullptr);
        for (const auto& test : group.find("tests")->as_array()) {
            const auto& fields = test.as_array();
            const bool is_valid = fields[4].as_string() == "valid";
            EXPECT_EQ(accepts(*table, *hex_decode(fields[2].as_string()),
                              *hex_decode(fields[3].as_string())),
                      is_valid)
                << fields[0].as_int64() << fields[1].as_string();
            ++(is_valid ? valid : invalid);
        }
    }
    EXPECT_GT(valid, 100);
    EXPECT_GT(invalid, 50);
}

bool gets_table(const PublicKey& key) {
    const auto& handle = key.handle();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
        if (handle.table.find(handle.pkey.get()) != nullptr) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

TEST(TableWhenOften, ComesWhenAKeyIsUsedOftenAndChecksTheSame) {
    const auto key = PrivateKey::generate(KeyKind::kP256).value();
    const auto public_key = key.public_key();
    const auto signature = sign(key, SignatureAlgorithm::kEs256, "m").value();
    const auto check = [&](std::string_view message) {
        return verify(public_key, SignatureAlgorithm::kEs256, message, signature).has_value();
    };
    for (unsigned i = 0; i < TableWhenOften::kOften; ++i) ASSERT_TRUE(check("m"));
    ASSERT_TRUE(gets_table(public_key));
    EXPECT_TRUE(check("m"));
    EXPECT_FALSE(check("M"));
}

std::vector<PublicKey> make_keys(std::size_t count) {
    std::vector<PublicKey> keys;
    for (std::size_t i = 0; i < count; ++i)
        keys.push_back(PrivateKey::generate(KeyKind::kP256).value().public_key());
    return keys;
}

void use_often(const PublicKey& key) {
    const auto& handle = key.handle();
    for (unsigned i = 0; i < TableWhenOften::kOften; ++i)
        static_cast<void>(handle.table.find(handle.pkey.get()));
}

bool has_table(const PublicKey& key) {
    return key.handle().table.find(key.handle().pkey.get()) != nullptr;
}

class KeyTables : public ::testing::Test {
  protected:
    ~KeyTables() override { allow_key_tables(kMostKeyTables); }
};

TEST_F(KeyTables, AreNotMadeBeyondWhatIsAllowed) {
    allow_key_tables(3);
    auto keys = make_keys(4);
    for (const auto& key : keys) use_often(key);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(gets_table(keys.at(i))) << i;
    EXPECT_FALSE(has_table(keys.back()));
    // Where one goes, the next that is used often comes in, were it refused before.
    keys.erase(keys.begin());
    use_often(keys.back());
    EXPECT_TRUE(gets_table(keys.back()));
}

TEST_F(KeyTables, AreNotMadeAtAllWhereNoneIsAllowed) {
    allow_key_tables(0);
    const auto keys = make_keys(1);
    for (int i = 0; i < 3; ++i) use_often(keys.front());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(has_table(keys.front()));
}

std::size_t threads_now() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word)
        if (word == "Threads:") {
            std::size_t count = 0;
            status >> count;
            return count;
        }
    return 0;
}

TEST_F(KeyTables, OfManyKeysAreMadeByOneThread) {
    allow_key_tables(40);
    const auto keys = make_keys(40);
    const auto before = threads_now();
    ASSERT_GT(before, 0U);
    for (const auto& key : keys) use_often(key);
    EXPECT_LE(threads_now(), before + 1);
    for (const auto& key : keys) EXPECT_TRUE(gets_table(key));
}

// Some of them wait, one is being made, some are done.
TEST_F(KeyTables, KeysMayGoAtAnyTime) {
    allow_key_tables(8);
    for (int round = 0; round < 5; ++round) {
        auto keys = make_keys(8);
        for (const auto& key : keys) use_often(key);
        std::this_thread::sleep_for(std::chrono::milliseconds(20 * round));
        while (!keys.empty())
            keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(keys.size() / 2));
    }
    // All of their places are free again.
    const auto keys = make_keys(8);
    for (const auto& key : keys) use_often(key);
    for (const auto& key : keys) EXPECT_TRUE(gets_table(key));
}

}  // namespace
}  // namespace cambist::crypto
