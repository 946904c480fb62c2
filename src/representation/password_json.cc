// SPDX-License-Identifier: Apache-2.0
#include "representation/password_json.h"

#include <charconv>
#include <limits>

#include "base/base64url.h"
#include "json/parse.h"

namespace cambist::representation {

namespace {

std::optional<std::uint32_t> to_number(std::string_view text) {
    std::uint32_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return number;
}

// Keycloak writes additional parameters as lists of one text.
std::string parameter(const json::Value& data, std::string_view name) {
    const auto* parameters = data.find("additionalParameters");
    const auto* list = parameters == nullptr ? nullptr : parameters->find(name);
    const auto* array = list == nullptr ? nullptr : list->if_array();
    if (array == nullptr || array->size() != 1 || !array->front().is_string()) return {};
    return array->front().as_string();
}

bool read_argon2(const json::Value& data, crypto::PasswordHash& hash) {
    const auto memory = to_number(parameter(data, "memory"));
    const auto parallelism = to_number(parameter(data, "parallelism"));
    if (!memory || !parallelism) return false;
    hash.memory_kib = *memory;
    hash.parallelism = *parallelism;
    return parameter(data, "type") == "id" && parameter(data, "version") == "1.3";
}

json::Value one(std::string text) {
    json::Array list;
    list.emplace_back(std::move(text));
    return {std::move(list)};
}

}  // namespace

std::optional<crypto::PasswordHash> parse_keycloak_hash(const KeycloakHash& texts) {
    const auto secret = json::parse(texts.secret_data);
    const auto data = json::parse(texts.credential_data);
    if (!secret || !data) return std::nullopt;
    const auto* value = secret->find_string("value");
    const auto* salt = secret->find_string("salt");
    const auto* algorithm = data->find_string("algorithm");
    const auto* iterations = data->find("hashIterations");
    if (value == nullptr || salt == nullptr || iterations == nullptr) return std::nullopt;
    auto raw_value = base64_decode(*value);
    auto raw_salt = base64_decode(*salt);
    const auto count = iterations->if_int64().value_or(0);
    if (!raw_value || !raw_salt || count < 1 || count > std::numeric_limits<std::uint32_t>::max())
        return std::nullopt;
    crypto::PasswordHash hash;
    // Before there was a choice, it was PBKDF2 with SHA-1.
    hash.algorithm = algorithm == nullptr || algorithm->empty() ? "pbkdf2" : *algorithm;
    hash.value = *std::move(raw_value);
    hash.salt = *std::move(raw_salt);
    hash.iterations = static_cast<std::uint32_t>(count);
    hash.hash_length = static_cast<std::uint32_t>(hash.value.size());
    if (hash.algorithm == "argon2" && !read_argon2(*data, hash)) return std::nullopt;
    return hash;
}

KeycloakHash render_keycloak_hash(const crypto::PasswordHash& hash) {
    auto secret = json::Value::object();
    secret.set("value", base64_encode(hash.value)).set("salt", base64_encode(hash.salt));
    secret.set("additionalParameters", json::Value::object());
    auto parameters = json::Value::object();
    if (hash.algorithm == "argon2") {
        parameters.set("hashLength", one(std::to_string(hash.value.size())));
        parameters.set("memory", one(std::to_string(hash.memory_kib)));
        parameters.set("type", one("id")).set("version", one("1.3"));
        parameters.set("parallelism", one(std::to_string(hash.parallelism)));
    }
    auto data = json::Value::object();
    data.set("hashIterations", hash.iterations).set("algorithm", hash.algorithm);
    data.set("additionalParameters", std::move(parameters));
    return {.secret_data = secret.to_text(), .credential_data = data.to_text()};
}

}  // namespace cambist::representation
