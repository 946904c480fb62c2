// SPDX-License-Identifier: Apache-2.0
#include "representation/masking.h"

#include <algorithm>
#include <array>

#include "representation/objects.h"

namespace cambist::representation {

namespace {

constexpr std::array<std::string_view, 14> kSecrets{"secret",
                                                    "clientSecret",
                                                    "decryptionKey",
                                                    "password",
                                                    "bindCredential",
                                                    "privateKey",
                                                    "codeSecret",
                                                    "secretData",
                                                    "registrationAccessToken",
                                                    "client.secret.rotated",
                                                    "keystorePassword",
                                                    "keyPassword",
                                                    "authTokenClientSecret",
                                                    "hashedSaltedValue"};

// "value" is the plain password of a credential, and elsewhere anything.
bool is_plain_value(std::string_view name) { return name == "value"; }

void mask_text(json::Value& value) {
    if (value.is_string()) {
        if (!value.as_string().empty()) value = json::Value(kMaskedSecret);
    } else if (value.is_array()) {
        for (auto& element : value.as_array()) mask_text(element);
    }
}

bool is_credential(const json::Value& value) {
    return value.find("type") != nullptr &&
           (value.find("credentialData") != nullptr || value.find("temporary") != nullptr);
}

void mask_object(json::Value& value) {
    const bool has_credential = is_credential(value);
    for (auto& member : value.as_object()) {
        if (is_plain_value(member.key) ? has_credential : is_secret_member(member.key)) {
            mask_text(member.value);
            continue;
        }
        // Of users, groups and roles the values are lists, of clients and scopes texts.
        if (member.key == "attributes" && member.value.is_object() &&
            std::ranges::any_of(member.value.as_object(),
                                [](const json::Member& one) { return one.value.is_array(); }))
            continue;
        mask_secrets(member.value);
    }
}

}  // namespace

bool is_secret_member(std::string_view name) {
    if (is_plain_value(name)) return false;
    // What a later Keycloak calls its secrets.
    if (name.ends_with("Secret") || name.ends_with("Password")) return true;
    return std::ranges::find(kSecrets, name) != kSecrets.end() || name.ends_with("PrivateKey") ||
           name.ends_with("private.key");
}

void mask_secrets(json::Value& value) {
    if (value.is_array()) {
        for (auto& element : value.as_array()) mask_secrets(element);
    } else if (value.is_object()) {
        mask_object(value);
    }
}

}  // namespace cambist::representation
