// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkey.h"

#include <algorithm>
#include <array>
#include <deque>

namespace cambist::crypto {

namespace {

constexpr std::array<CurveRow, 3> kCurves{{{KeyKind::kP256, "prime256v1", 32},
                                           {KeyKind::kP384, "secp384r1", 48},
                                           {KeyKind::kP521, "secp521r1", 66}}};
constexpr std::size_t kRawBytes = 32;  // of a key of RFC 8032 or RFC 7748, which is no number
constexpr std::size_t kMaxNumberBytes = 1024;

std::unexpected<Error> refuse(const char* what) { return fail(ErrorCode::kCrypto, what); }

Result<NumberPtr> to_number(std::string_view bytes) {
    if (bytes.empty() || bytes.size() > kMaxNumberBytes)
        return refuse("a number of the key is missing or too long");
    NumberPtr number(BN_secure_new());
    CAMBIST_ASSERT(number != nullptr);
    if (BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), number.get()) == nullptr)
        return fail_crypto("a number of the key can not be read");
    return number;
}

std::string to_bytes(const BIGNUM* number, std::size_t size) {
    std::string bytes(size, '\0');
    CAMBIST_ASSERT(BN_bn2binpad(number, bytes_of(bytes), static_cast<int>(size)) >= 0);
    return bytes;
}

std::string to_bytes(const BIGNUM* number) {
    return to_bytes(number, static_cast<std::size_t>(BN_num_bytes(number)));
}

// The builder keeps pointers to what is pushed until it is done, so everything lives here.
class Params {
  public:
    Params() : builder_(OSSL_PARAM_BLD_new()) { CAMBIST_ASSERT(builder_ != nullptr); }

    Status add_number(const char* name, std::string_view bytes) {
        CAMBIST_TRY(auto number, to_number(bytes));
        if (OSSL_PARAM_BLD_push_BN(builder_.get(), name, number.get()) != 1)
            return fail_crypto("a number of the key can not be used");
        numbers_.push_back(std::move(number));
        return {};
    }
    void add_text(const char* name, const char* text) {
        CAMBIST_ASSERT(OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, text, 0) == 1);
    }
    void add_bytes(const char* name, std::string owned) {
        const auto& bytes = texts_.emplace_back(std::move(owned));
        CAMBIST_ASSERT(OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, bytes.data(),
                                                        bytes.size()) == 1);
    }
    Result<PkeyPtr> make(const char* type, int selection) {
        const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder_.get()));
        const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
        EVP_PKEY* pkey = nullptr;
        if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
            EVP_PKEY_fromdata(context.get(), &pkey, selection, params.get()) != 1)
            return fail_crypto("the numbers make no key");
        return PkeyPtr(pkey);
    }

  private:
    ParamsBuilderPtr builder_;
    std::vector<NumberPtr> numbers_;
    std::deque<std::string> texts_;  // a deque: short strings must not move
};

Status add_public(Params& params, const PublicComponents& components) {
    if (components.kind == KeyKind::kRsa) {
        CAMBIST_CHECK(params.add_number(OSSL_PKEY_PARAM_RSA_N, components.n));
        return params.add_number(OSSL_PKEY_PARAM_RSA_E, components.e);
    }
    const auto* curve = curve_of(components.kind);
    CAMBIST_ASSERT(curve != nullptr);
    // RFC 7518 section 6.2.1.2: the full size, leading zeros included.
    if (components.x.size() != curve->bytes || components.y.size() != curve->bytes)
        return refuse("a coordinate has the wrong length for its curve");
    params.add_text(OSSL_PKEY_PARAM_GROUP_NAME, curve->group);
    params.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, "\x04" + components.x + components.y);
    return {};
}

Status add_rsa_private(Params& params, const PrivateComponents& components) {
    CAMBIST_CHECK(params.add_number(OSSL_PKEY_PARAM_RSA_D, components.d.expose()));
    const std::array<std::pair<const char*, const Secret*>, 5> rest{
        {{OSSL_PKEY_PARAM_RSA_FACTOR1, &components.p},
         {OSSL_PKEY_PARAM_RSA_FACTOR2, &components.q},
         {OSSL_PKEY_PARAM_RSA_EXPONENT1, &components.dp},
         {OSSL_PKEY_PARAM_RSA_EXPONENT2, &components.dq},
         {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &components.qi}}};
    // RFC 7518 section 6.3.2: all five or none.
    const auto present =
        std::ranges::count_if(rest, [](const auto& r) { return !r.second->empty(); });
    if (present == 0) return {};
    for (const auto& [name, number] : rest)
        CAMBIST_CHECK(params.add_number(name, number->expose()));
    return {};
}

Result<PkeyPtr> make_raw_public(const PublicComponents& components) {
    if (components.x.size() != kRawBytes) return refuse("a key of Ed25519 or X25519 has 32 bytes");
    PkeyPtr pkey(EVP_PKEY_new_raw_public_key_ex(nullptr, raw_type_of(components.kind), nullptr,
                                                bytes_of(components.x), kRawBytes));
    if (!pkey) return fail_crypto("the numbers make no key");
    return pkey;
}

Result<PkeyPtr> make_raw_private(const PrivateComponents& components) {
    if (components.d.expose().size() != kRawBytes)
        return refuse("the private half of Ed25519 or X25519 has 32 bytes");
    PkeyPtr pkey(EVP_PKEY_new_raw_private_key_ex(nullptr, raw_type_of(components.pub.kind), nullptr,
                                                 bytes_of(components.d.expose()), kRawBytes));
    if (!pkey) return fail_crypto("the numbers make no key");
    std::string x(kRawBytes, '\0');
    auto size = x.size();
    CAMBIST_ASSERT(EVP_PKEY_get_raw_public_key(pkey.get(), bytes_of(x), &size) == 1);
    if (x != components.pub.x)
        return refuse("the private and the public half of the key do not fit");
    return pkey;
}

Secret secret_number(const EVP_PKEY* pkey, const char* parameter, std::size_t size = 0) {
    const auto number = number_of(pkey, parameter);
    if (!number) return {};
    auto bytes = size == 0 ? to_bytes(number->get()) : to_bytes(number->get(), size);
    Secret secret(bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return secret;
}

std::string public_number(const EVP_PKEY* pkey, const char* parameter, std::size_t size = 0) {
    const auto number = number_of(pkey, parameter);
    CAMBIST_ASSERT(number.has_value());
    return size == 0 ? to_bytes(number->get()) : to_bytes(number->get(), size);
}

}  // namespace

const char* raw_type_of(KeyKind kind) {
    if (kind == KeyKind::kEd25519) return "ED25519";
    return kind == KeyKind::kX25519 ? "X25519" : nullptr;
}

const CurveRow* curve_of(KeyKind kind) {
    const auto found = std::ranges::find(kCurves, kind, &CurveRow::kind);
    return found == kCurves.end() ? nullptr : &*found;
}

Result<KeyKind> curve_kind(const EVP_PKEY* pkey) {
    std::array<char, 64> group{};
    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                       nullptr) != 1)
        return fail_crypto("the curve of the key has no name");
    const std::string_view name(group.data());
    for (const auto& curve : kCurves) {
        if (name == curve.group) return curve.kind;
    }
    return refuse("a key on a curve must be on P-256, P-384 or P-521");
}

Result<NumberPtr> number_of(const EVP_PKEY* pkey, const char* parameter) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(pkey, parameter, &number) != 1)
        return fail_crypto("a number of the key is missing");
    return NumberPtr(number);
}

Result<PkeyPtr> make_public_pkey(const PublicComponents& components) {
    if (raw_type_of(components.kind) != nullptr) return make_raw_public(components);
    Params params;
    CAMBIST_CHECK(add_public(params, components));
    return params.make(components.kind == KeyKind::kRsa ? "RSA" : "EC", EVP_PKEY_PUBLIC_KEY);
}

Result<PkeyPtr> make_private_pkey(const PrivateComponents& components) {
    if (raw_type_of(components.pub.kind) != nullptr) return make_raw_private(components);
    Params params;
    CAMBIST_CHECK(add_public(params, components.pub));
    if (components.pub.kind == KeyKind::kRsa) {
        CAMBIST_CHECK(add_rsa_private(params, components));
        return params.make("RSA", EVP_PKEY_KEYPAIR);
    }
    // RFC 7518 section 6.2.2.1: d has the size of the curve's order.
    if (components.d.expose().size() != curve_of(components.pub.kind)->bytes)
        return refuse("the private number has the wrong length for its curve");
    CAMBIST_CHECK(params.add_number(OSSL_PKEY_PARAM_PRIV_KEY, components.d.expose()));
    return params.make("EC", EVP_PKEY_KEYPAIR);
}

PublicComponents public_components_of(const KeyHandle& handle) {
    const auto* pkey = handle.pkey.get();
    PublicComponents components{.kind = handle.kind, .n = {}, .e = {}, .x = {}, .y = {}};
    if (handle.kind == KeyKind::kRsa) {
        components.n = public_number(pkey, OSSL_PKEY_PARAM_RSA_N);
        components.e = public_number(pkey, OSSL_PKEY_PARAM_RSA_E);
    } else if (raw_type_of(handle.kind) != nullptr) {
        components.x.resize(kRawBytes);
        auto size = components.x.size();
        CAMBIST_ASSERT(EVP_PKEY_get_raw_public_key(pkey, bytes_of(components.x), &size) == 1);
    } else {
        const auto size = curve_of(handle.kind)->bytes;
        components.x = public_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, size);
        components.y = public_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, size);
    }
    return components;
}

PrivateComponents private_components_of(const KeyHandle& handle) {
    const auto* pkey = handle.pkey.get();
    PrivateComponents components;
    components.pub = public_components_of(handle);
    if (handle.kind == KeyKind::kRsa) {
        components.d = secret_number(pkey, OSSL_PKEY_PARAM_RSA_D);
        components.p = secret_number(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1);
        components.q = secret_number(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2);
        components.dp = secret_number(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT1);
        components.dq = secret_number(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT2);
        components.qi = secret_number(pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
    } else if (raw_type_of(handle.kind) != nullptr) {
        std::string d(kRawBytes, '\0');
        auto size = d.size();
        CAMBIST_ASSERT(EVP_PKEY_get_raw_private_key(pkey, bytes_of(d), &size) == 1);
        components.d = Secret(d);
        OPENSSL_cleanse(d.data(), d.size());
    } else {
        components.d = secret_number(pkey, OSSL_PKEY_PARAM_PRIV_KEY, curve_of(handle.kind)->bytes);
    }
    return components;
}

}  // namespace cambist::crypto
