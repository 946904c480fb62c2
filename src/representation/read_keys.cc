// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "base/base64url.h"
#include "base/text.h"
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
        case crypto::KeyKind::kX25519:
            return false;
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
    const bool signs = parsed->kind() != crypto::KeyKind::kX25519;
    if (signs && (key.algorithm.empty() || fits(parsed->kind(), key.algorithm))) return true;
    at.fault_unless_export(signs ? "the key does not fit the algorithm " + key.algorithm
                                 : std::string("an X25519 key signs nothing"),
                           {}, kOutcome);
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

// A kind of Keycloak's key providers that brings keys to sign with, and what it calls them.
struct Provider {
    std::string_view id;
    std::string_view private_key;
    std::string_view curve;  // empty for RSA
    bool generated = true;
};
constexpr Provider kSigners[] = {
    {"rsa", "privateKey", "", false},
    {"rsa-generated", "privateKey", ""},
    {"ecdsa-generated", "ecdsaPrivateKey", "ecdsaEllipticCurveKey"},
    {"eddsa-generated", "eddsaPrivateKey", "eddsaEllipticCurveKey"},
};

// Keycloak's default where the component does not say. Empty: none that we sign with.
std::string algorithm_of(const Provider& provider, const Node& config) {
    const auto curve = first_of(config, provider.curve);
    if (provider.id == "eddsa-generated") return curve == "Ed448" ? "" : "EdDSA";
    if (provider.id == "ecdsa-generated") {
        if (curve == "P-384") return "ES384";
        return curve == "P-521" ? "ES512" : "ES256";
    }
    auto algorithm = first_of(config, "algorithm");
    return algorithm.empty() ? "RS256" : algorithm;
}

std::int64_t read_number(const Node& config, std::string_view key, std::int64_t otherwise) {
    const auto text = first_of(config, key);
    if (text.empty()) return otherwise;
    std::int64_t number = otherwise;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) config.at(key).fault("is no number");
    return number;
}

unsigned check_size(const Node& at, std::int64_t bits) {
    if (bits == 2048 || bits == 3072 || bits == 4096) return static_cast<unsigned>(bits);
    at.fault_unless_export("an RSA key is made with 2048, 3072 or 4096 bits", {}, "2048 are used");
    return crypto::kMinRsaBits;
}

void want_component(const Node& node, const Node& config, const ImportedKey& key, Realm& out) {
    WantedKey wanted{key.name, key.algorithm, key.state, key.priority, crypto::kMinRsaBits};
    if (key.algorithm.starts_with("RS") || key.algorithm.starts_with("PS"))
        wanted.rsa_bits =
            check_size(config.at("keySize"), read_number(config, "keySize", wanted.rsa_bits));
    node.note("a generated key that the file does not hold: a new one is made");
    out.wanted_keys.push_back(std::move(wanted));
}

// A key of Keycloak's. Its generated keys are in a full export too: with them, tokens that are
// around stay valid.
void read_component(const Node& node, Realm& out) {
    const auto id = node.text("providerId");
    const auto config = node.at("config");
    const auto* provider = std::ranges::find(kSigners, id, &Provider::id);
    if (provider == std::end(kSigners) || to_lower_ascii(first_of(config, "keyUse")) == "enc")
        return node.keep(topic::kKeys);
    ImportedKey key;
    key.name = node.text("name", id);
    key.algorithm = algorithm_of(*provider, config);
    if (!is_signature_algorithm(key.algorithm)) return node.keep(topic::kKeys);
    key.state = read_state(config);
    key.priority = read_number(config, "priority", key.priority);
    const auto text = first_of(config, provider->private_key);
    if (text == kMaskedSecret && !provider->generated)
        return config.at(provider->private_key).note("is masked: the key is not taken over");
    if (text.empty() && !provider->generated)
        return config.fault_unless_export("has no privateKey",
                                          "a key of provider rsa brings its key", "not taken over");
    if (text.empty() || text == kMaskedSecret) return want_component(node, config, key, out);
    key.private_key_pem = std::make_shared<const Secret>(to_pem(text));
    key.certificate_pem = certificate_to_pem(first_of(config, "certificate"));
    if (check_key(config.at(provider->private_key), key))
        out.imported_keys.push_back(std::move(key));
}

// Where the key's text comes from: the file itself or a file it names.
std::shared_ptr<const Secret> read_private_key(const Node& node) {
    const auto file = node.at("privateKeyFile");
    if (node.has("privateKey") == file.present()) {
        node.fault("a key needs either privateKey or privateKeyFile, or \"generate\": true");
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

void want_own_key(const Node& node, const ImportedKey& key, Realm& out) {
    for (const auto* brought : {"privateKey", "privateKeyFile", "certificate"})
        if (node.has(brought)) node.at(brought).fault("a key is either brought or generated");
    const bool is_rsa = key.algorithm.starts_with("RS") || key.algorithm.starts_with("PS");
    if (node.has("keySize") && !is_rsa)
        node.at("keySize").fault("has no effect: only RSA has sizes");
    const auto bits = check_size(node.at("keySize"), node.number("keySize", crypto::kMinRsaBits));
    out.wanted_keys.push_back({key.name, key.algorithm, key.state, key.priority, bits});
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
    if (node.flag("generate", false)) return want_own_key(node, key, out);
    if (node.has("keySize"))
        node.at("keySize").fault("has no effect: the key is brought, not generated");
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
