// SPDX-License-Identifier: Apache-2.0
#include "realms/sealing.h"

#include <utility>

#include "base/base64url.h"

namespace cambist::realms {

namespace {

constexpr std::string_view kSealed = "sealed:";  // no JSON text starts so

bool may_hold_secrets(std::string_view kind) { return kind == "client" || kind == "realm"; }

std::string context_of(std::string_view realm, std::string_view kind, std::string_view key) {
    return "realm-object:" + std::string(realm) + ":" + std::string(kind) + ":" + std::string(key);
}

}  // namespace

Result<store::RealmObject> ObjectSealer::seal(std::string_view realm,
                                              const representation::Object& object) const {
    store::RealmObject stored{object.kind, object.key, object.body};
    if (!may_hold_secrets(object.kind)) return stored;
    CAMBIST_TRY(const auto sealed,
                box_.seal(object.body, context_of(realm, object.kind, object.key), random_));
    stored.body = kSealed;
    base64url_append(stored.body, sealed);
    return stored;
}

Result<ObjectSealer::Opened> ObjectSealer::open(std::string_view realm,
                                                store::RealmObject stored) const {
    Opened opened{{std::move(stored.kind), std::move(stored.key), {}}};
    if (!may_hold_secrets(opened.object.kind)) {
        opened.object.body = std::move(stored.body);
        return opened;
    }
    const auto name = opened.object.kind + " " + opened.object.key;
    const auto refuse = [&](std::string detail) {
        return fail(ErrorCode::kCrypto,
                    name + " of realm " + std::string(realm) +
                        " can not be opened: it was sealed with another key file, or its row was "
                        "changed or moved",
                    std::move(detail));
    };
    // What must be sealed is never taken in the clear: else who can write to the store could put
    // a client there.
    const auto sealed = stored.body.starts_with(kSealed)
                            ? base64url_decode(std::string_view(stored.body).substr(kSealed.size()))
                            : std::nullopt;
    if (!sealed) return refuse("the body is not sealed");
    const auto body = box_.open(*sealed, context_of(realm, opened.object.kind, opened.object.key));
    if (!body) return refuse(body.error().describe());
    opened.object.body = body->expose();
    opened.needs_reseal = box_.needs_reseal(*sealed);
    return opened;
}

}  // namespace cambist::realms
