// SPDX-License-Identifier: Apache-2.0
#include "keys/repository.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "crypto/certificate.h"
#include "jose/algorithms.h"
#include "jose/jwk.h"

namespace cambist::keys {
namespace {

// Of a key that nobody configured: below all that somebody did, as in Keycloak.
constexpr std::int64_t kFallbackPriority = -100;
constexpr auto kCertificateLife = std::chrono::hours(24 * 3650);
constexpr std::string_view kGenerated = "generated";

std::optional<KeyState> find_state(std::string_view name) {
    for (const auto state : {KeyState::kActive, KeyState::kPassive, KeyState::kDisabled}) {
        if (name_of(state) == name) return state;
    }
    return std::nullopt;
}

// What a sealed key is bound to: a row moved to another realm, kid or algorithm does not open.
std::string context_of(std::string_view realm, const store::KeyRow& row) {
    return "signing-key:" + std::string(realm) + ":" + row.kid + ":" + row.algorithm;
}

crypto::KeyKind kind_for(const jose::Algorithm& algorithm) {
    using enum crypto::KeyKind;
    for (const auto kind : {kRsa, kP256, kP384, kP521, kEd25519}) {
        if (crypto::fits(algorithm.signature, kind)) return kind;
    }
    return kRsa;
}

Result<const jose::Algorithm*> find_or_fail(std::string_view name) {
    const auto* algorithm = jose::find_algorithm(name);
    if (algorithm != nullptr) return algorithm;
    std::string names;
    for (const auto& row : jose::algorithms()) {
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
    return fail(ErrorCode::kConfigInvalid,
                "\"" + std::string(name) + "\" is no algorithm we sign with; there are " + names);
}

std::string source_of(const std::string& name) { return "realm file: " + name; }

bool has_active(const std::vector<store::KeyRow>& rows, std::string_view algorithm) {
    return std::ranges::any_of(rows, [&](const store::KeyRow& row) {
        return row.algorithm == algorithm && row.state == name_of(KeyState::kActive);
    });
}

}  // namespace

std::string_view name_of(KeyState state) {
    switch (state) {
        case KeyState::kActive:
            return "active";
        case KeyState::kPassive:
            return "passive";
        case KeyState::kDisabled:
            return "disabled";
    }
    return "disabled";
}

std::vector<std::string> needed_algorithms(const Realm& realm) {
    std::vector<std::string> names;
    const auto add = [&names](const std::string& name) {
        if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
    };
    add(realm.signature_algorithm);
    for (const auto& client : realm.clients) {
        add(client.access_token_algorithm);
        add(client.id_token_algorithm);
        add(client.userinfo_algorithm);
        add(client.introspection_algorithm);
    }
    return names;
}

Result<std::shared_ptr<const KeyRing>> KeyRepository::load(std::string_view realm) const {
    CAMBIST_TRY(const auto rows, store_.list(realm));
    std::vector<SigningKey> keys;
    keys.reserve(rows.size());
    for (const auto& row : rows) {
        CAMBIST_TRY(auto key, open(realm, row));
        keys.push_back(std::move(key));
    }
    return KeyRing::make(std::move(keys));
}

Result<SigningKey> KeyRepository::open(std::string_view realm, const store::KeyRow& row) const {
    CAMBIST_TRY(const auto* algorithm, find_or_fail(row.algorithm));
    const auto state = find_state(row.state);
    if (!state) {
        return fail(ErrorCode::kConfigInvalid,
                    "key " + row.kid + " has a state that this version does not know");
    }
    const auto pem = box_.open(row.sealed, context_of(realm, row));
    if (!pem) {
        return fail(ErrorCode::kCrypto,
                    "key " + row.kid + " of realm " + std::string(realm) +
                        " can not be opened: it was sealed with another key file, or its row was "
                        "changed or moved",
                    pem.error().describe());
    }
    CAMBIST_TRY(auto key, crypto::PrivateKey::from_pem(pem->expose()));
    return SigningKey{.kid = KeyId(row.kid),
                      .algorithm = row.algorithm,
                      .signature = algorithm->signature,
                      .key = std::move(key),
                      .state = *state,
                      .priority = row.priority,
                      .created = row.created,
                      .certificate = row.certificate,
                      .source = row.source,
                      .activates = row.activates,
                      .retires = row.retires};
}

Status KeyRepository::seal(std::string_view realm, const crypto::PrivateKey& key,
                           store::KeyRow& row) const {
    const Secret pem = key.to_pem();
    CAMBIST_TRY(auto sealed, box_.seal(pem.expose(), context_of(realm, row), random_));
    row.sealed = std::move(sealed);
    return {};
}

Result<store::KeyRow> KeyRepository::generate(std::string_view realm, const Fresh& fresh) const {
    CAMBIST_TRY(const auto* known, find_or_fail(fresh.algorithm));
    CAMBIST_TRY(const auto key, crypto::PrivateKey::generate(kind_for(*known), fresh.rsa_bits));
    const auto now = clock_.now();
    CAMBIST_TRY(auto certificate,
                crypto::make_self_signed_certificate(
                    key, {std::string(realm), now, now + kCertificateLife}, random_));
    store::KeyRow row{.kid = jose::thumbprint(key.public_key()),
                      .algorithm = std::string(fresh.algorithm),
                      .state = std::string(name_of(fresh.state)),
                      .priority = fresh.priority,
                      .created = to_unix(now),
                      .sealed = {},
                      .certificate = std::move(certificate),
                      .source = std::string(fresh.source)};
    CAMBIST_CHECK(seal(realm, key, row));
    return row;
}

Result<store::KeyRow> KeyRepository::read_import(std::string_view realm,
                                                 const ImportedKey& import) const {
    const auto invalid = [&import](const std::string& what, std::string detail = {}) {
        return fail(ErrorCode::kConfigInvalid, "key \"" + import.name + "\": " + what,
                    std::move(detail));
    };
    if (!import.private_key_pem) return invalid("the private key is missing");
    auto key = crypto::PrivateKey::from_pem(import.private_key_pem->expose());
    if (!key) return invalid("the private key can not be read as PEM", key.error().describe());
    if (key->kind() == crypto::KeyKind::kX25519) return invalid("it can not sign");
    const auto& algorithm = import.algorithm.empty() ? jose::default_algorithm(key->kind()).name
                                                     : std::string_view(import.algorithm);
    CAMBIST_TRY(const auto* known, find_or_fail(algorithm));
    if (!crypto::fits(known->signature, key->kind())) {
        return invalid("it can not sign with " + std::string(algorithm));
    }
    store::KeyRow row{.kid = jose::thumbprint(key->public_key()),
                      .algorithm = std::string(algorithm),
                      .state = std::string(name_of(import.state)),
                      .priority = import.priority,
                      .created = to_unix(clock_.now()),
                      .sealed = {},
                      .certificate = {},
                      .source = source_of(import.name)};
    if (!import.certificate_pem.empty()) {
        auto certified = crypto::public_key_of_certificate(import.certificate_pem);
        if (!certified) return invalid("the certificate can not be read");
        if (!(*certified == key->public_key())) return invalid("the certificate is of another key");
        CAMBIST_TRY(row.certificate, crypto::certificate_to_der(import.certificate_pem));
    }
    CAMBIST_CHECK(seal(realm, *key, row));
    return row;
}

Result<bool> KeyRepository::import_all(const Realm& realm, std::vector<store::KeyRow>& rows) {
    bool changed = false;
    for (const auto& import : realm.imported_keys) {
        CAMBIST_TRY(auto row, read_import(realm.name.text(), import));
        const auto same = std::ranges::find(rows, row.kid, &store::KeyRow::kid);
        if (same != rows.end()) {
            // One key, one algorithm: another one would make signatures of the former ambiguous.
            if (same->algorithm != row.algorithm) {
                return fail(ErrorCode::kConfigInvalid,
                            "key \"" + import.name + "\" is already used with " + same->algorithm +
                                "; a key has one algorithm");
            }
            const bool equal = same->state == row.state && same->priority == row.priority &&
                               same->certificate == row.certificate && same->source == row.source;
            if (equal) continue;
            row.created = same->created;
            *same = row;
        } else {
            rows.push_back(row);
        }
        CAMBIST_CHECK(store_.put(realm.name.text(), row));
        changed = true;
    }
    return changed;
}

// A key is made once for a name and algorithm; then only its state and priority follow the file.
Result<bool> KeyRepository::generate_wanted(const Realm& realm, std::vector<store::KeyRow>& rows) {
    bool changed = false;
    for (const auto& wanted : realm.wanted_keys) {
        const auto source = source_of(wanted.name);
        const auto same = std::ranges::find_if(rows, [&](const store::KeyRow& row) {
            return row.source == source && row.algorithm == wanted.algorithm;
        });
        if (same != rows.end() && same->state == name_of(wanted.state) &&
            same->priority == wanted.priority)
            continue;
        if (same == rows.end()) {
            CAMBIST_TRY(auto row, generate(realm.name.text(), {.algorithm = wanted.algorithm,
                                                               .priority = wanted.priority,
                                                               .state = wanted.state,
                                                               .rsa_bits = wanted.rsa_bits,
                                                               .source = source}));
            CAMBIST_CHECK(store_.put(realm.name.text(), row));
            rows.push_back(std::move(row));
        } else {
            same->state = name_of(wanted.state);
            same->priority = wanted.priority;
            CAMBIST_CHECK(store_.put(realm.name.text(), *same));
        }
        changed = true;
    }
    return changed;
}

Result<bool> KeyRepository::ensure(const Realm& realm) {
    CAMBIST_TRY(auto rows, store_.list(realm.name.text()));
    CAMBIST_TRY(bool changed, import_all(realm, rows));
    CAMBIST_TRY(const bool generated, generate_wanted(realm, rows));
    changed |= generated;
    for (const auto& algorithm : needed_algorithms(realm)) {
        if (has_active(rows, algorithm)) continue;
        CAMBIST_TRY(auto row, generate(realm.name.text(), {.algorithm = algorithm,
                                                           .priority = kFallbackPriority,
                                                           .source = kGenerated}));
        CAMBIST_CHECK(store_.put(realm.name.text(), row));
        rows.push_back(std::move(row));
        changed = true;
    }
    return changed;
}

Result<KeyId> KeyRepository::rotate(const Realm& realm, std::string_view algorithm,
                                    const RotationPolicy& policy) {
    const auto& name = realm.name.text();
    CAMBIST_TRY(const auto rows, store_.list(name));
    for (const auto& row : rows)
        if (row.algorithm == algorithm && row.activates > 0) return KeyId(row.kid);
    CAMBIST_TRY(auto fresh, generate(name, {.algorithm = algorithm,
                                            .priority = kFallbackPriority,
                                            .source = kGenerated}));
    const auto* signer = rotation::find_signer(rows, algorithm);
    rotation::make_next(fresh, signer, signer != nullptr && rotation::is_generated(realm, *signer),
                        to_unix(clock_.now()) + policy.publish);
    CAMBIST_CHECK(store_.put(name, fresh));
    return KeyId(std::move(fresh.kid));
}

Result<bool> KeyRepository::is_due(const Realm& realm, const RotationPolicy& policy) const {
    CAMBIST_TRY(const auto rows, store_.list(realm.name.text()));
    const auto now = to_unix(clock_.now());
    return !rotation::due(rows, policy, now).empty() ||
           !rotation::too_old(realm, rows, policy, now).empty();
}

Result<bool> KeyRepository::advance(const Realm& realm, const RotationPolicy& policy) {
    const auto& name = realm.name.text();
    CAMBIST_TRY(const auto rows, store_.list(name));
    const auto now = to_unix(clock_.now());
    const auto step = rotation::due(rows, policy, now);
    for (const auto& row : step.write) CAMBIST_CHECK(store_.put(name, row));
    for (const auto& kid : step.remove) CAMBIST_CHECK(store_.remove(name, kid));
    const auto old = rotation::too_old(realm, rows, policy, now);
    for (const auto& algorithm : old) CAMBIST_CHECK(rotate(realm, algorithm, policy));
    return !step.empty() || !old.empty();
}

Status KeyRepository::set_state(std::string_view realm, const KeyId& kid, KeyState state) {
    CAMBIST_TRY(const auto rows, store_.list(realm));
    const auto found = std::ranges::find(rows, kid.text(), &store::KeyRow::kid);
    if (found == rows.end()) return fail(ErrorCode::kNotFound, "there is no key " + kid.text());
    auto row = *found;
    row.state = name_of(state);
    return store_.put(realm, row);
}

Result<std::size_t> KeyRepository::reseal(std::string_view realm) {
    CAMBIST_TRY(const auto rows, store_.list(realm));
    std::size_t count = 0;
    for (auto row : rows) {
        if (!box_.needs_reseal(row.sealed)) continue;
        CAMBIST_TRY(const auto key, open(realm, row));
        CAMBIST_CHECK(seal(realm, key.key, row));
        CAMBIST_CHECK(store_.put(realm, row));
        ++count;
    }
    return count;
}

}  // namespace cambist::keys
