// SPDX-License-Identifier: Apache-2.0
#include "realms/objects.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "json/parse.h"
#include "realms/elements.h"
#include "representation/objects.h"
#include "representation/realm_file.h"

namespace cambist::realms {

Result<StoredRealm> load_stored(store::RealmStore& store, const ObjectSealer& sealer,
                                std::string_view realm) {
    StoredRealm stored;
    // The version first: should it grow in between, we serve the new objects under the old version
    // and read them again a moment later.
    CAMBIST_TRY(stored.version, store.version(realm));
    CAMBIST_TRY(auto objects, store.load(realm));
    for (auto& object : objects) {
        if (object.kind == kRevision) continue;
        CAMBIST_TRY(auto opened, sealer.open(realm, std::move(object)));
        StoredRealm::Key key{std::move(opened.object.kind), std::move(opened.object.key)};
        if (opened.needs_reseal) stored.stale.insert(key);
        stored.bodies.emplace(std::move(key), std::move(opened.object.body));
    }
    return stored;
}

Result<json::Value> join_stored(const StoredRealm& stored) {
    std::vector<representation::Object> objects;
    objects.reserve(stored.bodies.size());
    for (const auto& [key, body] : stored.bodies) objects.push_back({key.first, key.second, body});
    return representation::join(objects);
}

Result<Realm> read_stored(json::Value representation, std::string_view realm) {
    representation::Options options;
    options.complete = false;
    auto outcome = representation::read_realm(std::move(representation),
                                              "stored realm " + std::string(realm), options);
    if (!outcome.file) return std::unexpected(representation::to_error(outcome.faults));
    return std::move(outcome.file->realm);
}

StoredRealm merge(const StoredRealm& stored, const std::vector<representation::Object>& fresh,
                  bool prune) {
    StoredRealm merged{.bodies = {}, .stale = {}, .version = stored.version};
    if (!prune) merged.bodies = stored.bodies;
    std::erase_if(merged.bodies, [](const auto& at) { return at.first.first == kRule; });
    for (const auto& object : fresh)
        merged.bodies.insert_or_assign({object.kind, object.key}, object.body);
    return merged;
}

std::vector<std::string> absences(const StoredRealm& stored,
                                  const std::vector<representation::Object>& fresh) {
    std::set<StoredRealm::Key> there;
    for (const auto& object : fresh) there.emplace(object.kind, object.key);
    std::vector<std::string> absent;
    for (const auto& [key, body] : stored.bodies)
        if (key.first != kRule && !there.contains(key))
            absent.push_back(key.first + " " + printable(key.second));
    return absent;
}

namespace {

// A confidential client that can not be itself without its secret.
bool needs_secret(const json::Value& client) {
    const auto is_on = [&](std::string_view key, bool otherwise) {
        const auto* flag = client.find(key);
        return flag == nullptr ? otherwise : flag->if_bool().value_or(otherwise);
    };
    const auto* method = client.find_string("clientAuthenticatorType");
    const auto* protocol = client.find_string("protocol");
    return is_on("enabled", true) && !is_on("publicClient", false) && !is_on("bearerOnly", false) &&
           (method == nullptr || *method == "client-secret") &&
           (protocol == nullptr || *protocol == "openid-connect");
}

// What trusted issuers are asked with: none of it is left where nobody knows it.
std::string settle_issuers(json::Value& canonical) {
    std::string missing;
    const auto settle = [&](json::Value* issuer, std::string_view place, std::string_view key) {
        auto* owner = issuer->find(place);
        const auto* secret = owner == nullptr ? nullptr : owner->find_string(key);
        if (secret == nullptr || *secret != representation::kMaskedSecret) return false;
        owner->erase(key);
        return true;
    };
    const auto each = [&](std::string_view list, const auto& visit) {
        if (auto* all = canonical.find(list); all != nullptr && all->is_array())
            for (auto& issuer : all->as_array()) visit(issuer);
    };
    each("trustedIssuers", [&](json::Value& issuer) {
        const bool has_none = settle(&issuer, "endpoints", "clientSecret");
        if (settle(&issuer, "saml", "decryptionKey") || has_none)
            missing += (missing.empty() ? "issuer " : ", issuer ") + *issuer.find_string("alias");
    });
    // An export of Keycloak's always masks them, and without them its JWTs are taken all the same.
    each("identityProviders",
         [&](json::Value& issuer) { settle(&issuer, "config", "clientSecret"); });
    return missing;
}

}  // namespace

Status settle_masked_secrets(json::Value& canonical, bool permitted) {
    auto missing = settle_issuers(canonical);
    for (auto& client : canonical.find("clients")->as_array()) {
        const auto* secret = client.find_string("secret");
        if (secret == nullptr || *secret != representation::kMaskedSecret) continue;
        if (needs_secret(client))
            missing += (missing.empty() ? "" : ", ") + *client.find_string("clientId");
        client.erase("secret");
    }
    if (missing.empty() || permitted) return {};
    return fail(ErrorCode::kConfigInvalid,
                "the file masks the secrets of these, and the store has none for them: " + missing +
                    ". Write secret: ${NAME} and set that variable, export with secrets, or import "
                    "--without-secrets and set them later");
}

namespace {

Result<json::Value> parse_body(const std::string& body) {
    return json::parse(body, json::kConfigLimits, json::Positions::kNone);
}

}  // namespace

Result<std::vector<Change>> object_changes(const StoredRealm& stored, const StoredRealm& merged) {
    std::vector<Change> changes;
    for (const auto& [key, body] : merged.bodies) {
        const auto old = stored.bodies.find(key);
        if (old == stored.bodies.end()) {
            changes.push_back({Change::What::kAdd, key.first, key.second, {}});
        } else if (old->second != body) {
            CAMBIST_TRY(auto before, parse_body(old->second));
            CAMBIST_TRY(auto after, parse_body(body));
            auto of_elements =
                key.first == kRealm ? take_element_changes(before, after) : std::vector<Change>();
            auto details = differences(before, after);
            if (!details.empty() || of_elements.empty())
                changes.push_back(
                    {Change::What::kChange, key.first, key.second, std::move(details)});
            std::ranges::move(of_elements, std::back_inserter(changes));
        }
    }
    for (const auto& gone : removals(stored, merged))
        changes.push_back({Change::What::kRemove, gone.kind, gone.key, {}});
    return changes;
}

std::vector<store::RealmObject> removals(const StoredRealm& stored, const StoredRealm& merged) {
    std::vector<store::RealmObject> gone;
    for (const auto& [key, body] : stored.bodies)
        if (!merged.bodies.contains(key)) gone.push_back({key.first, key.second, {}});
    return gone;
}

Result<std::vector<store::RealmObject>> seal_changes(const ObjectSealer& sealer,
                                                     std::string_view realm,
                                                     const StoredRealm& stored,
                                                     const StoredRealm& merged) {
    std::vector<store::RealmObject> changes;
    for (const auto& [key, body] : merged.bodies) {
        const auto old = stored.bodies.find(key);
        const bool is_same = old != stored.bodies.end() && old->second == body;
        if (is_same && !stored.stale.contains(key)) continue;
        CAMBIST_TRY(auto sealed, sealer.seal(realm, {key.first, key.second, body}));
        changes.push_back(std::move(sealed));
    }
    return changes;
}

}  // namespace cambist::realms
