// SPDX-License-Identifier: Apache-2.0
#include "saml/metadata.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/certificate.h"
#include "saml/date_time.h"
#include "saml/names.h"

namespace cambist::saml {
namespace {

constexpr XmlLimits kLimits{.bytes = 1024UL * 1024,
                            .depth = 32,
                            .elements = 50'000,
                            .attributes = 100'000,
                            .attributes_of_one = 64,
                            .namespaces = 5000};
constexpr std::size_t kMaxKeys = 16;

std::unexpected<Error> wrong(std::string hint) {
    return fail(ErrorCode::kSamlMetadata, std::move(hint));
}

std::string dense(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (!trim_xml(std::string_view(&c, 1)).empty()) out.push_back(c);
    return out;
}

// validUntil and cacheDuration of an EntityDescriptor, of what it stands in, and of its role.
Status read_times(const XmlElement& element, Metadata& metadata) {
    if (const auto text = element.attribute("validUntil")) {
        const auto time = parse_date_time(*text);
        if (!time) return wrong("validUntil is no time in UTC: '" + printable(*text, 40) + "'");
        metadata.valid_until = std::min(metadata.valid_until.value_or(*time), *time);
    }
    if (const auto text = element.attribute("cacheDuration")) {
        const auto duration = parse_duration(*text);
        if (!duration) return wrong("cacheDuration is no duration: '" + printable(*text, 40) + "'");
        metadata.cache_duration = std::min(metadata.cache_duration.value_or(*duration), *duration);
    }
    return {};
}

struct Found {
    std::vector<XmlElement> path;  // from the root to the EntityDescriptor
    std::size_t count = 0;
};

void find_entity(const XmlElement& element, std::string_view entity_id,
                 std::vector<XmlElement>& path, Found& found) {
    path.push_back(element);
    if (element.is(kMd, "EntityDescriptor") && element.attribute("entityID") == entity_id) {
        found.path = path;
        ++found.count;
    } else if (element.is(kMd, "EntitiesDescriptor")) {
        for (const auto& child : element.children()) find_entity(child, entity_id, path, found);
    }
    path.pop_back();
}

std::optional<XmlElement> find_child(const XmlElement& parent, std::string_view ns,
                                     std::string_view name) {
    for (const auto& child : parent.children())
        if (child.is(ns, name)) return child;
    return std::nullopt;
}

// The certificates of one KeyDescriptor. A key that can not be used is noted: another one may
// serve.
void add_keys(const XmlElement& descriptor, Metadata& metadata) {
    const auto info = find_child(descriptor, kDs, "KeyInfo");
    if (!info) return metadata.notes.emplace_back("a KeyDescriptor has no KeyInfo"), void();
    bool has_certificate = false;
    for (const auto& data : info->children()) {
        if (!data.is(kDs, "X509Data")) continue;
        for (const auto& certificate : data.children()) {
            if (!certificate.is(kDs, "X509Certificate")) continue;
            has_certificate = true;
            auto key = crypto::public_key_of_certificate(dense(certificate.text()));
            if (!key) {
                metadata.notes.push_back("a certificate was left out: " + key.error().hint);
            } else if (std::ranges::find(metadata.signing_keys, *key) ==
                       metadata.signing_keys.end()) {
                metadata.signing_keys.push_back(*std::move(key));
            }
        }
    }
    if (!has_certificate) metadata.notes.emplace_back("a KeyDescriptor has no X509Certificate");
}

Status read_role(const XmlElement& role, Metadata& metadata) {
    CAMBIST_CHECK(read_times(role, metadata));
    for (const auto& child : role.children()) {
        if (!child.is(kMd, "KeyDescriptor")) continue;
        const auto use = child.attribute("use");
        if (use && *use != "signing" && *use != "encryption")
            return wrong("use of a KeyDescriptor is '" + printable(*use, 40) + "'");
        // Without a use it is for both (SAML Metadata section 2.4.1.1).
        if (!use || *use == "signing") add_keys(child, metadata);
    }
    return {};
}

Result<Metadata> read_entity(const XmlElement& root, std::string_view entity_id, TimePoint now) {
    Found found;
    std::vector<XmlElement> path;
    find_entity(root, entity_id, path, found);
    if (found.count != 1)
        return wrong(found.count == 0
                         ? "it describes no entity '" + printable(entity_id, 120) + "'"
                         : "it describes '" + printable(entity_id, 120) + "' more than once");
    Metadata metadata;
    metadata.entity_id = std::string(entity_id);
    for (const auto& element : found.path) CAMBIST_CHECK(read_times(element, metadata));
    bool is_provider = false;
    for (const auto& child : found.path.back().children()) {
        if (!child.is(kMd, "IDPSSODescriptor")) continue;
        is_provider = true;
        CAMBIST_CHECK(read_role(child, metadata));
    }
    if (!is_provider) return wrong("the entity is no identity provider: no IDPSSODescriptor");
    if (metadata.valid_until && *metadata.valid_until <= now)
        return fail(ErrorCode::kSamlMetadataExpired,
                    "validUntil is " + to_iso8601(*metadata.valid_until));
    if (metadata.signing_keys.empty())
        return wrong("it has no key for signatures" +
                     (metadata.notes.empty() ? std::string() : ": " + metadata.notes.front()));
    if (metadata.signing_keys.size() > kMaxKeys)
        return wrong("it has more than " + std::to_string(kMaxKeys) + " keys");
    return metadata;
}

}  // namespace

Result<Metadata> parse_metadata(std::string_view xml, std::string_view entity_id, TimePoint now,
                                const std::optional<Signers>& signers) {
    CAMBIST_TRY(const auto document, XmlDocument::parse(xml, kLimits));
    if (!signers) return read_entity(document.root(), entity_id, now);
    CAMBIST_TRY(const auto verified, verify_signature(document, document.root(), *signers));
    return read_entity(verified.root(), entity_id, now);
}

Status MetadataKeys::replace(std::string_view xml, TimePoint now) const {
    CAMBIST_TRY(auto read, parse_metadata(xml, entity_id_, now, signers_));
    const auto age = std::clamp(read.cache_duration.value_or(kUsualAge), kLeastAge, kMostAge);
    auto metadata = std::make_shared<const Metadata>(std::move(read));
    held_.change([&](Held& held) { held = {std::move(metadata), now + age}; });
    return {};
}

Result<std::shared_ptr<const Metadata>> MetadataKeys::current(TimePoint now) const {
    auto metadata = held_.with([](const Held& held) { return held.metadata; });
    if (metadata == nullptr) return wrong("it was not read yet");
    if (metadata->valid_until && *metadata->valid_until <= now)
        return fail(ErrorCode::kSamlMetadataExpired,
                    "validUntil is " + to_iso8601(*metadata->valid_until));
    return metadata;
}

TimePoint MetadataKeys::refresh_at() const {
    return held_.with([](const Held& held) { return held.refresh_at; });
}

}  // namespace cambist::saml
