// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "base/base64url.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "representation/objects.h"
#include "representation/read_parts.h"
#include "representation/shape.h"

namespace cambist::representation {

namespace {

constexpr std::string_view kProviders = "org.keycloak.keys.KeyProvider";

// Keycloak stores a key as the base64 of its DER, without saying which of the forms it is: PKCS#8
// goes on with a sequence after the version, PKCS#1 with the modulus, RFC 5915 with the scalar.
std::string_view pem_label(std::string_view der) {
    std::size_t at = 1;  // after the tag of the outer sequence
    if (der.size() < 8) return "PRIVATE KEY";
    const auto first = static_cast<unsigned char>(der[at]);
    at += first < 0x80 ? 1U : 1U + (first & 0x7fU);
    if (at + 3 >= der.size()) return "PRIVATE KEY";
    switch (static_cast<unsigned char>(der[at + 3])) {  // behind the version: 02 01 0x
        case 0x02:
            return "RSA PRIVATE KEY";
        case 0x04:
            return "EC PRIVATE KEY";
        default:
            return "PRIVATE KEY";
    }
}

Secret to_pem(const std::string& text) {
    static constexpr std::size_t kLine = 64;
    if (text.find("-----BEGIN") != std::string::npos) return Secret(text);
    std::string bare;
    for (const char c : text)
        if (c != '\n' && c != '\r' && c != ' ') bare.push_back(c);
    const auto der = base64_decode(bare);
    if (!der) return Secret(text);
    const auto label = std::string(pem_label(*der));
    std::string pem = "-----BEGIN " + label + "-----\n";
    for (std::size_t at = 0; at < bare.size(); at += kLine) pem += bare.substr(at, kLine) + "\n";
    return Secret(pem + "-----END " + label + "-----\n");
}

std::string certificate_to_pem(const std::string& text) {
    static constexpr std::size_t kLine = 64;
    if (text.empty() || text.find("-----BEGIN") != std::string::npos) return text;
    std::string pem = "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t at = 0; at < text.size(); at += kLine) pem += text.substr(at, kLine) + "\n";
    return pem + "-----END CERTIFICATE-----\n";
}

bool fits(crypto::KeyKind kind, std::string_view algorithm) {
    switch (kind) {
        case crypto::KeyKind::kRsa:
            return algorithm.starts_with("RS") || algorithm.starts_with("PS");
        case crypto::KeyKind::kP256:
            return algorithm == "ES256";
        case crypto::KeyKind::kP384:
            return algorithm == "ES384";
        case crypto::KeyKind::kP521:
            return algorithm == "ES512";
        case crypto::KeyKind::kEd25519:
            return algorithm == "EdDSA";
    }
    return false;
}

// Whether it is a key, and one for the algorithm. What Keycloak signs with and we can not use is
// not taken over.
bool check_key(const Node& at, const ImportedKey& key) {
    static constexpr std::string_view kOutcome = "not taken over";
    const auto parsed = crypto::PrivateKey::from_pem(key.private_key_pem->expose());
    if (!parsed) {
        at.fault_unless_export(
            "is no private key that we can use: " + std::string(parsed.error().text()),
            "give an unencrypted PEM; RSA from 2048 to 4096 bits", kOutcome);
        return false;
    }
    if (key.algorithm.empty() || fits(parsed->kind(), key.algorithm)) return true;
    at.fault_unless_export("the key does not fit the algorithm " + key.algorithm, {}, kOutcome);
    return false;
}

std::string first_of(const Node& config, std::string_view key) {
    const auto texts = config.texts(key);
    return texts.empty() ? std::string() : texts.front();
}

KeyState read_state(const Node& config) {
    if (first_of(config, "enabled") == "false") return KeyState::kDisabled;
    return first_of(config, "active") == "false" ? KeyState::kPassive : KeyState::kActive;
}

std::string algorithm_of_curve(const Node& config) {
    const auto curve = first_of(config, "ecdsaEllipticCurveKey");
    if (curve == "P-384") return "ES384";
    return curve == "P-521" ? "ES512" : "ES256";
}

// A key of Keycloak's. Its generated keys are in a full export too: with them, tokens that are
// around stay valid.
void read_component(const Node& node, Realm& out) {
    const auto provider = node.text("providerId");
    const auto config = node.at("config");
    const bool is_rsa = provider == "rsa" || provider == "rsa-generated";
    const bool is_ec = provider == "ecdsa-generated";
    const bool is_ed =
        provider == "eddsa-generated" && first_of(config, "eddsaEllipticCurveKey") != "Ed448";
    if (!is_rsa && !is_ec && !is_ed) return node.keep(topic::kKeys);
    const std::string_view name =
        is_ec ? "ecdsaPrivateKey" : (is_ed ? "eddsaPrivateKey" : "privateKey");
    const auto text = first_of(config, name);
    if (text == kMaskedSecret) return config.at(name).note("is masked: the key is not taken over");
    if (text.empty()) {
        if (provider == "rsa")
            return config.fault_unless_export(
                "has no privateKey", "a key of provider rsa brings its key", "not taken over");
        return node.note("a generated key that the file does not hold: a new one is made");
    }
    ImportedKey key;
    key.name = node.text("name", provider);
    key.algorithm = first_of(config, "algorithm");
    if (is_ed)
        key.algorithm = "EdDSA";
    else if (key.algorithm.empty())
        key.algorithm = is_ec ? algorithm_of_curve(config) : "RS256";
    if (!is_signature_algorithm(key.algorithm)) return node.keep(topic::kKeys);  // for encryption
    key.state = read_state(config);
    if (const auto priority = first_of(config, "priority"); !priority.empty()) {
        const auto* end = priority.data() + priority.size();
        const auto [stop, error] = std::from_chars(priority.data(), end, key.priority);
        if (error != std::errc() || stop != end) config.at("priority").fault("is no number");
    }
    key.private_key_pem = std::make_shared<const Secret>(to_pem(text));
    key.certificate_pem = certificate_to_pem(first_of(config, "certificate"));
    if (check_key(config.at(name), key)) out.imported_keys.push_back(std::move(key));
}

// Where the key's text comes from: the file itself or a file it names.
std::shared_ptr<const Secret> read_private_key(const Node& node) {
    const auto file = node.at("privateKeyFile");
    if (node.has("privateKey") == file.present()) {
        node.fault("a key needs either privateKey or privateKeyFile");
        return nullptr;
    }
    if (!file.present()) return std::make_shared<const Secret>(to_pem(node.text("privateKey")));
    const auto& options = node.reading().options;
    const auto& read_file = options.read_file;
    if (!read_file || !options.read_files) {
        // What was stored is complete: its keys were taken over when it was applied.
        if (options.complete && options.read_files)
            file.fault("can not be read here", "apply the file with the command line");
        return nullptr;
    }
    auto content = read_file(node.text("privateKeyFile"));
    if (!content) {
        file.fault("can not be read: " + content.error().describe());
        return nullptr;
    }
    return std::make_shared<const Secret>(*std::move(content));
}

void read_own_key(const Node& node, Realm& out) {
    ImportedKey key;
    key.name = node.text("name");
    if (key.name.empty()) node.fault("a key has no name", "add the key \"name\"");
    key.algorithm = read_algorithm(node, "algorithm", "");
    if (key.algorithm.empty() && !node.has("algorithm"))
        node.fault("a key has no algorithm", "add the key \"algorithm\"");
    static constexpr Word<KeyState> kStates[] = {{"active", KeyState::kActive},
                                                 {"passive", KeyState::kPassive},
                                                 {"disabled", KeyState::kDisabled}};
    key.state = read_word(node, "state", kStates, KeyState::kActive);
    key.priority = node.number("priority", key.priority);
    key.certificate_pem = certificate_to_pem(node.text("certificate"));
    key.private_key_pem = read_private_key(node);
    if (!key.private_key_pem) return;
    if (node.text("privateKey") == kMaskedSecret)
        return node.at("privateKey").note("is masked: the stored key stays, if there is one");
    if (check_key(node.at(node.has("privateKey") ? "privateKey" : "privateKeyFile"), key))
        out.imported_keys.push_back(std::move(key));
}

}  // namespace

void read_keys(const Node& realm, Realm& out) {
    const auto components = realm.at("components");
    for (const auto& [type, list] : components.members()) {
        if (type == kProviders)
            for (const auto& node : components.list(type)) read_component(node, out);
        else
            list.keep(type.ends_with("UserStorageProvider") ? topic::kFederation
                                                            : topic::kPolicies);
    }
    Once once("key");
    for (const auto& node : realm.list("keys")) {
        if (once.is_new(node, "name", node.text("name"))) read_own_key(node, out);
    }
}

}  // namespace cambist::representation
