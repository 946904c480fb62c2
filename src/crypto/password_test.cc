// SPDX-License-Identifier: Apache-2.0
#include "crypto/password.h"

#include <gtest/gtest.h>

#include "base/base64url.h"
#include "crypto/secret_box.h"

namespace cambist::crypto {
namespace {

constexpr std::string_view kPassword = "correct horse";
const PasswordSettings kCheap{.memory_kib = 64, .iterations = 1};

std::string counting_salt() {
    std::string salt;
    for (char c = 0; c < 16; ++c) salt += c;
    return salt;
}

struct Case {
    const char* algorithm;
    std::uint32_t iterations;
    std::uint32_t memory_kib;
    const char* value;
};
// argon2 by argon2-cffi, the others by Python's hashlib; salt 00..0f; Keycloak's parameters.
constexpr Case kForeign[] = {
    {"argon2", 5, 7168, "I9aBicNnH49yuiIjQJC85giAQWszITIjdobXf3FdYMg="},
    {"pbkdf2", 1000, 0,
     "ndhWw3a4srcTtr4HQFTLiKRlVuARheqNDSZ/M5xlIWnV8dW5o4FxWW4SX6V6pwPMFQrFliwwmyqHNSBeApSZPA=="},
    {"pbkdf2-sha256", 27500, 0,
     "qnA427fe69fAjkevcHZvnm7vp3MewnxKL4g2WLfI7U6teQVH1eR2L5DfcV0psPIfjGPtlZbkpnogYX+2TaSl6w=="},
    {"pbkdf2-sha512", 2100, 0,
     "dOLJrwYjCU20UKtZvvlqvvshTqXBUam+rupbD6P3jxocmxxzfEGnsJD3HMnME62fFAjUn2IBAIILuy7fCF1eEw=="},
};

PasswordHash hash_of(const Case& c) {
    PasswordHash hash{
        c.algorithm, counting_salt(), *base64_decode(c.value), c.iterations, c.memory_kib, 1, 0};
    hash.hash_length = static_cast<std::uint32_t>(hash.value.size());
    return hash;
}

TEST(Password, VerifiesTheHashesOfKeycloak) {
    for (const auto& c : kForeign) {
        const auto stored = hash_of(c);
        EXPECT_EQ(verify_password(stored, kPassword), true) << c.algorithm;
        EXPECT_EQ(verify_password(stored, "correct horsE"), false) << c.algorithm;
        EXPECT_EQ(verify_password(stored, ""), false) << c.algorithm;
        EXPECT_EQ(verify_password(stored, std::string_view()), false) << c.algorithm;
        EXPECT_EQ(verify_password(stored, std::string(5000, 'x')), false) << c.algorithm;
        EXPECT_TRUE(needs_upgrade(stored, {})) << c.algorithm;
        EXPECT_EQ(parse_password_hash(to_text(stored)).value(), stored) << c.algorithm;
    }
}

TEST(Password, OurHashesVerifyAndDiffer) {
    const SystemRandom random;
    const auto stored = hash_password("pass", kCheap, random).value();
    EXPECT_EQ(stored.algorithm, "argon2");
    EXPECT_EQ(verify_password(stored, "pass"), true);
    EXPECT_EQ(verify_password(stored, "Pass"), false);
    EXPECT_FALSE(needs_upgrade(stored, kCheap));
    EXPECT_TRUE(needs_upgrade(stored, {.memory_kib = 65, .iterations = 1}));
    EXPECT_TRUE(needs_upgrade(stored, {.memory_kib = 64, .iterations = 2}));
    EXPECT_NE(hash_password("pass", kCheap, random)->salt, stored.salt);
    EXPECT_TRUE(to_text(stored).starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    EXPECT_EQ(parse_password_hash(to_text(stored)).value(), stored);
}

TEST(Password, RefusesHashesThatCostTooMuchOrCanNotBeChecked) {
    const auto argon2 = hash_of(kForeign[0]);
    const auto pbkdf2 = hash_of(kForeign[2]);
    const auto refused = [](PasswordHash hash, auto change) {
        change(hash);
        const auto status = check_password_hash(hash);
        EXPECT_EQ(verify_password(hash, kPassword).has_value(), status.has_value());
        return !status && status.error().code == ErrorCode::kConfigInvalid;
    };
    EXPECT_TRUE(refused(argon2, [](auto& h) { h.parallelism = 2; }));
    EXPECT_TRUE(refused(argon2, [](auto& h) { h.memory_kib = 7; }));
    EXPECT_TRUE(refused(argon2, [](auto& h) { h.memory_kib = 4U * 1024 * 1024; }));
    EXPECT_TRUE(refused(argon2, [](auto& h) { h.iterations = 0; }));
    EXPECT_TRUE(refused(argon2, [](auto& h) { h.iterations = 100'000; }));
    EXPECT_TRUE(refused(argon2, [](auto& h) { h.salt = "short"; }));
    EXPECT_TRUE(refused(argon2, [](auto& h) { h.hash_length = 33; }));
    EXPECT_TRUE(refused(pbkdf2, [](auto& h) { h.iterations = 0; }));
    EXPECT_TRUE(refused(pbkdf2, [](auto& h) { h.iterations = 5'000'001; }));
    EXPECT_TRUE(refused(pbkdf2, [](auto& h) { h.salt.clear(); }));
    EXPECT_TRUE(refused(pbkdf2, [](auto& h) { h.value.clear(), h.hash_length = 0; }));
    EXPECT_TRUE(refused(pbkdf2, [](auto& h) { h.algorithm = "bcrypt"; }));
    EXPECT_TRUE(refused(pbkdf2, [](auto& h) { h.algorithm = ""; }));
}

TEST(Password, RefusesTextsThatAreNoHash) {
    const auto good = to_text(hash_of(kForeign[0]));
    ASSERT_TRUE(parse_password_hash(good));
    for (const auto& text :
         {std::string(), std::string("$"), std::string("x"), good + "$", good + "=", "x" + good,
          std::string("$argon2i") + good.substr(9), std::string("$argon2id$v=16") + good.substr(14),
          std::string("$argon2id$v=19$m=7168,t=5$AAAA$AAAA"),
          std::string("$argon2id$v=19$t=5,m=7168,p=1$AAAA$AAAA"),
          std::string("$argon2id$v=19$m=-1,t=5,p=1$AAAA$AAAA"),
          std::string("$argon2id$v=19$m=99999999999,t=5,p=1$AAAA$AAAA"),
          std::string("$pbkdf2-md5$i=1$AAAA$AAAA"), std::string(3000, '$')})
        EXPECT_FALSE(parse_password_hash(text)) << text;
}

std::vector<Secret> files(std::initializer_list<const char*> contents) {
    std::vector<Secret> secrets;
    for (const auto* content : contents) secrets.emplace_back(content);
    return secrets;
}
constexpr const char* kOldFile = "0123456789abcdef0123456789abcdef\n";
constexpr const char* kNewFile = "ABCDEF0123456789ABCDEF0123456789ABCDEF";

TEST(SecretBox, OpensOnlyWhatItSealedForTheSamePlace) {
    const SystemRandom random;
    const auto box = SecretBox::from_key_files(files({kOldFile})).value();
    for (const std::string text : {"", "x", "a longer text that takes more than one block"}) {
        const auto sealed = box.seal(text, "key:1", random).value();
        EXPECT_EQ(box.open(sealed, "key:1").value().expose(), text);
        EXPECT_FALSE(box.open(sealed, "key:2"));
        EXPECT_FALSE(box.open(sealed, ""));
        EXPECT_NE(box.seal(text, "key:1", random).value(), sealed);
        for (std::size_t i = 0; i < sealed.size(); ++i) {
            auto changed = sealed;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            EXPECT_FALSE(box.open(changed, "key:1")) << i;
        }
        EXPECT_FALSE(box.open(sealed.substr(0, sealed.size() - 1), "key:1"));
        EXPECT_FALSE(box.open("", "key:1"));
    }
}

TEST(SecretBox, RotatesItsKey) {
    const SystemRandom random;
    const auto before = SecretBox::from_key_files(files({kOldFile})).value();
    const auto during = SecretBox::from_key_files(files({kNewFile, kOldFile})).value();
    const auto after = SecretBox::from_key_files(files({kNewFile})).value();
    const auto old_text = before.seal("secret", "c", random).value();
    EXPECT_EQ(during.open(old_text, "c").value().expose(), "secret");
    EXPECT_TRUE(during.needs_reseal(old_text));
    const auto new_text = during.seal("secret", "c", random).value();
    EXPECT_FALSE(during.needs_reseal(new_text));
    EXPECT_EQ(after.open(new_text, "c").value().expose(), "secret");
    const auto lost = after.open(old_text, "c");
    ASSERT_FALSE(lost);
    EXPECT_NE(lost.error().hint.find("encryption key"), std::string::npos);
}

TEST(SecretBox, ALineEndAtTheEndOfTheFileDoesNotCount) {
    const SystemRandom random;
    const auto one = SecretBox::from_key_files(files({kOldFile})).value();
    const auto two = SecretBox::from_key_files(files({"0123456789abcdef0123456789abcdef"})).value();
    EXPECT_TRUE(two.open(one.seal("x", "c", random).value(), "c"));
}

TEST(SecretBox, RefusesShortKeys) {
    EXPECT_FALSE(SecretBox::from_key_files({}));
    EXPECT_FALSE(SecretBox::from_key_files(files({"0123456789abcdef0123456789abcde\n"})));
    EXPECT_FALSE(SecretBox::from_key_files(files({kOldFile, ""})));
}

}  // namespace
}  // namespace cambist::crypto
