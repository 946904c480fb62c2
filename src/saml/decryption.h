// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "base/result.h"
#include "crypto/key.h"
#include "saml/xml.h"

namespace cambist::saml {

// What may be decrypted here, and how.
struct DecryptionKeys {
    std::vector<crypto::PrivateKey> keys;  // RSA; empty: nothing can be decrypted
    // AES-CBC does not notice changes, which helps who guesses at plaintexts: only for identity
    // providers that can not do AES-GCM.
    bool allows_cbc = false;
};

struct Decrypted {
    XmlDocument document;
    // False: by CBC, so that nobody may be told how it was wrong before its signature is proved.
    bool is_authentic = true;
};

// The one element inside an EncryptedAssertion or EncryptedID (XML Encryption 1.1): its key by
// RSA-OAEP, its content by AES-GCM, or by AES-CBC where that is allowed. kSamlEncryption for any
// other form; kSamlNotDecrypted, which does not tell a wrong key from a changed byte; what the
// plaintext is not, as XmlDocument::parse() says.
Result<Decrypted> decrypt_element(const XmlElement& encrypted, const DecryptionKeys& keys);

}  // namespace cambist::saml
