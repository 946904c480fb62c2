// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "claims/tree.h"
#include "model/client.h"
#include "model/realm.h"
#include "model/session.h"
#include "model/user.h"

// What a protocol mapper is, and what the mappers share. One file a family: <family>_mappers.cc.
namespace cambist::claims {

// What a mapper may look at.
struct Context {
    const Realm& realm;
    const Client& holder;
    const Identity& subject;
    const Session* session = nullptr;
    std::span<const RoleRef* const> roles;     // that the token may hold; sorted
    std::span<const std::string> web_origins;  // of the holder, "+" expanded
    std::int64_t auth_time = 0;                // 0: unknown
    std::string_view acr;
    std::string_view client_address;
    const Identity* impersonator = nullptr;
    std::string_view reason;
    std::string_view ticket;
    std::span<const Organization* const> organizations;  // that the token names
};

// One configured mapper, compiled. Immutable; any thread.
class Mapper {
  public:
    virtual ~Mapper() = default;
    virtual void write(const Context& context, ClaimTree& claims) const = 0;
    // The claim that it writes, or writes into; of a client's roles it may hold ${client_id}.
    virtual std::string_view root() const = 0;
};
using MadeMapper = Result<std::unique_ptr<const Mapper>>;  // a null mapper writes nothing

// A claim's name, split at its dots; a backslash takes the next character as it is ("\.").
class ClaimPath {
  public:
    // Nothing when it is empty or has more than 8 parts.
    static std::optional<ClaimPath> parse(std::string_view name);
    explicit ClaimPath(std::vector<std::string> parts);
    ClaimPath(ClaimPath&&) noexcept = default;
    ClaimPath& operator=(ClaimPath&&) noexcept = default;

    PathView view() const { return views_; }
    const std::string& root() const { return parts_.front(); }
    // Puts the client in the place of ${client_id}.
    std::vector<std::string_view> for_client(std::string_view client, ClaimTree& tree) const;

  private:
    std::vector<std::string> parts_;
    std::vector<std::string_view> views_;
};

enum class JsonType : std::uint8_t { kString, kInt, kLong, kBoolean, kJson };

inline constexpr std::string_view kClientPlaceholder = "${client_id}";

// Name and form of a claim as configured: claim.name, jsonType.label, multivalued.
struct ClaimShape {
    ClaimPath path;
    JsonType type = JsonType::kString;
    bool multivalued = false;

    // `own` are the protected claims that this kind of mapper may write. kConfigInvalid otherwise.
    static Result<ClaimShape> parse(const MapperConfig& config,
                                    std::initializer_list<std::string_view> own = {});
    std::size_t depth() const { return path.view().size() + (multivalued ? 1 : 0); }
    // Writes nothing when there is no value, or one is not of the type.
    void write(ClaimTree& claims, std::span<const std::string> values) const;
    void write(ClaimTree& claims, const std::string& value) const {
        write(claims, std::span(&value, 1));
    }
};

// Appends the text as a value of the type; false when it is none, or JSON that makes a token deeper
// than any is read. `depth` is that of the place it goes to: 1 for a claim.
bool append_typed(std::string& out, JsonType type, std::string_view text, std::size_t depth);

// A setting; empty when it is not there.
std::string_view setting(const MapperConfig& config, std::string_view key);
bool is_on(const MapperConfig& config, std::string_view key);
bool is_protected_claim(std::string_view name);

// The kinds of mappers.
MadeMapper make_attribute_mapper(const MapperConfig& config);
MadeMapper make_property_mapper(const MapperConfig& config);
MadeMapper make_full_name_mapper(const MapperConfig& config);
MadeMapper make_address_mapper(const MapperConfig& config);
MadeMapper make_realm_role_mapper(const MapperConfig& config);
MadeMapper make_client_role_mapper(const MapperConfig& config);
MadeMapper make_group_mapper(const MapperConfig& config);
MadeMapper make_organization_mapper(const MapperConfig& config);
MadeMapper make_hardcoded_mapper(const MapperConfig& config);
MadeMapper make_allowed_origins_mapper(const MapperConfig& config);
MadeMapper make_acr_mapper(const MapperConfig& config);
MadeMapper make_amr_mapper(const MapperConfig& config);
MadeMapper make_session_note_mapper(const MapperConfig& config);
// A note that sessions have by themselves; others come from mappers of trusted issuers.
bool is_own_note(std::string_view name);
MadeMapper make_session_state_mapper(const MapperConfig& config);
MadeMapper make_nothing(const MapperConfig& config);

// The list of kinds; null for one that we do not serve.
struct MapperKind {
    std::string_view type;
    MadeMapper (*make)(const MapperConfig& config);
    // Exports of old versions have no switches for this kind: it is on for access tokens then.
    bool on_by_default = false;
    // Keycloak lets these write beside the token too (access.tokenResponse.claim).
    bool in_token_response = false;
};
const MapperKind* find_mapper_kind(std::string_view type);
// These have no claim but the audience: compile.cc.
inline constexpr std::string_view kAudienceMapper = "oidc-audience-mapper";
inline constexpr std::string_view kAudienceResolveMapper = "oidc-audience-resolve-mapper";

}  // namespace cambist::claims
