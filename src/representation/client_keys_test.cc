// SPDX-License-Identifier: Apache-2.0
#include "representation/client_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/key.h"
#include "jose/jwk.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

using crypto::KeyKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json::Value key(std::string kid, KeyKind kind = KeyKind::kP256) {
    return jose::render_jwk(jose::Jwk{.kid = std::move(kid),
                                      .kty = kind == KeyKind::kP256 ? "EC" : "OKP",
                                      .alg = {},
                                      .use = {},
                                      .key = crypto::PrivateKey::generate(kind)->public_key()});
}

std::string set_of(json::Array keys) {
    json::Value set;
    set.set("keys", std::move(keys));
    return set.to_text();
}

json::Value with(json::Value jwk, const char* name, const char* text) {
    jwk.set(name, text);
    return jwk;
}

TEST(UselessKeys, AreNoneWhereEachKeyServesForOnePurpose) {
    EXPECT_THAT(
        useless_keys(set_of({key("a"), with(key("b"), "use", "enc"), key("c", KeyKind::kEd25519)})),
        IsEmpty());
}

TEST(UselessKeys, AreNamedOneByOne) {
    EXPECT_THAT(
        useless_keys(set_of({key("a"), with(key("b"), "alg", "HS256"), with(key("c"), "crv", "P-1"),
                             with(key("d", KeyKind::kEd25519), "use", "enc")})),
        ElementsAre(HasSubstr("key 2: the key can not be used: its alg"),
                    HasSubstr("key 3: the key can not be used: the crv"),
                    HasSubstr("key 4: the key can not be used: Ed25519")));
}

TEST(UselessKeys, AreAllWhereOneIsPrivateSymmetricOrTwice) {
    const auto octets = json::Value().set("kty", "oct").set("k", "AAAA");
    EXPECT_THAT(useless_keys(set_of({key("a"), octets})),
                ElementsAre(HasSubstr("no key serves: key 2: a symmetric key")));
    EXPECT_THAT(useless_keys(set_of({with(key("a"), "d", "AAAA")})),
                ElementsAre(HasSubstr("no key serves: key 1: the private member d is present")));
    EXPECT_THAT(useless_keys(set_of({key("a"), key("a")})),
                ElementsAre(HasSubstr("its kid occurs twice")));
    EXPECT_THAT(useless_keys("{"), ElementsAre(HasSubstr("no key serves")));
}

}  // namespace
}  // namespace cambist::representation
