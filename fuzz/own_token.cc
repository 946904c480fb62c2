// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "claims/claims.h"
#include "identity/identities.h"
#include "jose/jws.h"
#include "keys/ring.h"
#include "sessions/revocations.h"
#include "sessions/sessions.h"
#include "store_memory/memory_store.h"
#include "tokens/own_tokens.h"

namespace {

using namespace cambist;

constexpr std::int64_t kNow = 1'700'000'000;

// One realm with one key, one client and one user. Lives as long as the process.
struct World {
    World()
        : key{.kid = KeyId("k1"),
              .algorithm = "EdDSA",
              .signature = crypto::SignatureAlgorithm::kEdDsa,
              .key = *crypto::PrivateKey::generate(crypto::KeyKind::kEd25519),
              .state = KeyState::kActive,
              .priority = 100,
              .created = kNow,
              .certificate = {},
              .source = {}} {
        auto realm = std::make_shared<Realm>();
        realm->name = RealmName("shop");
        realm->clients.emplace_back().client_id = ClientId("web");
        realm->index();
        std::vector<claims::Note> notes;
        snapshot.realm = realm;
        snapshot.claims = claims::RealmClaims::compile(realm, notes);
        snapshot.keys = *keys::KeyRing::make({key});
        snapshot.issuer = "https://a/realms/shop";
        User user;
        user.id = UserId("u");
        user.username = "u";
        if (!store.users().put("shop", {user})) std::abort();
    }

    keys::SigningKey key;
    realms::Snapshot snapshot;
    SystemRandom random;
    store_memory::MemoryStore store;
    identity::Identities identities{store.users()};
    sessions::Revocations revocations{store};
    sessions::Sessions sessions{store, revocations, random};
    tokens::OwnTokens tokens{identities, sessions, revocations};
};

const World& world() {
    static const World made;
    return made;
}

}  // namespace

// A text that we did not sign is never accepted. A payload that we did sign is accepted only when
// it says what a token of this realm has to say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto& all = world();
    const auto now = from_unix(kNow);
    if (all.tokens.verify(all.snapshot, text, TokenType::kAccessToken, now)) std::abort();
    const auto signed_text = jose::sign_compact(
        all.key.key, {.algorithm = all.key.signature, .kid = all.key.kid.text()}, text);
    if (!signed_text) return 0;
    const auto token = all.tokens.verify_any(all.snapshot, *signed_text, now);
    if (!token) {
        if (token.error().code == ErrorCode::kSubjectTokenSignature) std::abort();
        return 0;
    }
    const auto& facts = token->facts();
    const bool is_ours = facts.issuer == all.snapshot.issuer && facts.expires_at > kNow &&
                         facts.subject.text() == "u" && facts.holder.text() == "web" &&
                         !facts.jti.empty() && facts.session.empty() && facts.claims == text;
    if (!is_ours) std::abort();
    return 0;
}
