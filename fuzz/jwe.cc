// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/base64url.h"
#include "base/result.h"
#include "jose/jwe.h"

namespace {

using namespace cambist;

// Written again from its parts, a token is the text it was read from: there is one way to write it.
std::string join(const jose::CompactJwe& jwe) {
    std::string text(jwe.associated);
    for (const auto* part :
         {&jwe.encrypted_key, &jwe.content.iv, &jwe.content.ciphertext, &jwe.content.tag})
        text += "." + base64url_encode(*part);
    return text;
}

}  // namespace

// What is read can be written back byte for byte, and nothing that was not encrypted to our key
// opens with it, whichever kind the key is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const SystemRandom random;
    static const auto rsa = crypto::PrivateKey::generate(crypto::KeyKind::kRsa).value();
    static const auto curve = crypto::PrivateKey::generate(crypto::KeyKind::kP256).value();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto jwe = jose::parse_jwe(text);
    if (jwe) CAMBIST_ASSERT(join(*jwe) == text);
    const auto opened = jose::decrypt_compact(
        text,
        [&](const jose::JweHeader& header) -> Result<jose::DecryptionKey> {
            const auto* alg = jose::find_key_management(header.alg);
            return jose::DecryptionKey{jose::fits(*alg, crypto::KeyKind::kRsa) ? rsa : curve, alg};
        },
        random);
    CAMBIST_ASSERT(!opened.has_value());
    return 0;
}
