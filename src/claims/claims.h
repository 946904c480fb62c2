// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "json/writer.h"
#include "model/flow.h"
#include "model/realm.h"

namespace cambist::claims {

enum class Destination : std::uint8_t {
    kAccessToken,
    kIdToken,
    kUserinfo,
    kIntrospection,
    kTokenResponse  // beside the token; never a member that the answer has of its own
};

// For whom and for what claims are to be written. Pointers must outlive the call.
struct ClaimRequest {
    const Client* holder = nullptr;
    const Identity* subject = nullptr;
    const Session* session = nullptr;                         // null: none
    const std::vector<std::string>* client_scopes = nullptr;  // PlanFacts::client_scopes
    const std::vector<std::string>* audience = nullptr;
    bool audience_restricted = false;  // roles of the audience's clients only
    Destination destination = Destination::kAccessToken;
    ClaimsKind kind = ClaimsKind::kFull;
    const std::vector<std::string>* names = nullptr;  // kList
    bool lightweight = false;          // an access token with the claims marked for it only
    bool with_authentication = false;  // auth_time and acr even when no mapper writes them
    std::int64_t auth_time = 0;        // 0: unknown, and the session's is used if there is one
    std::string_view acr;              // empty: the session's
    std::string_view client_address;   // service accounts: clientAddress and clientHost
    const Identity* impersonator = nullptr;  // who became the subject; null: nobody
    std::string_view reason;                 // he gave, and its ticket
    std::string_view ticket;
};

// Something in the mappers' configuration that has no effect, or not the effect one may expect.
struct Note {
    std::string where;  // "client orders-api, mapper \"team\""
    std::string text;
};

// The protocol mappers and role scopes of one version of a realm, compiled. Immutable; any thread.
class RealmClaims {
  public:
    // Mappers that can not work (unknown type, faulty configuration, a claim that is not theirs)
    // are left out and named in `notes`.
    static std::shared_ptr<const RealmClaims> compile(std::shared_ptr<const Realm> realm,
                                                      std::vector<Note>& notes);
    ~RealmClaims();

    // What the holder's client scopes yield for the subject (keycloak: default + requested optional
    // scopes, role scope, audiences). A scope that names an organization is unknown to others than
    // its members. With `audience_filter` scopes are dropped whose roles serve
    // none of these clients, and the audiences are no others.
    Reach reach(const Client& holder, const Identity& subject,
                const std::vector<std::string>& requested_scopes, bool has_scope,
                const std::vector<std::string>* audience_filter) const;

    // Adds the mappers' claims to the open object of `out`. Never writes a claim of the minter's:
    // iss, sub, aud, azp, client_id, exp, iat, nbf, jti, sid, typ, scope, cnf, act, may_act, xid,
    // xp and the like; acr, auth_time and session_state come from here and only by their mappers.
    void write(const ClaimRequest& request, json::Writer& out) const;
    // The same into a value; members that are already there stay.
    void write(const ClaimRequest& request, json::Value& claims) const;

    // The client's access tokens are lightweight (client.use.lightweight.access.token.enabled).
    bool is_lightweight(const Client& client) const;
    // The `sub` by which tokens of this client name the user: nothing when it is the user's id.
    // Clients with a pairwise mapper, of their own or of a default scope, know people by other ids.
    std::optional<std::string> pairwise_subject(const Client& client, const UserId& user) const;
    bool has_pairwise() const;
    // Some mapper writes for Destination::kTokenResponse.
    bool has_response_claims() const;
    // Whom ID tokens of the holder are for, beside the holder: audience mappers with
    // id.token.claim.
    std::vector<std::string> id_token_audience(const Client& holder,
                                               const std::vector<std::string>& client_scopes) const;

    // The claims that mappers write into access tokens of the holder, and that introspection shows
    // or, with `shown` false, does not (introspection.token.claim). Both when mappers differ.
    std::vector<std::string> access_claims(const Client& holder,
                                           const std::vector<std::string>& client_scopes,
                                           bool lightweight, bool shown) const;

    // True for a claim that mappers may not write.
    static bool is_protected(std::string_view claim);

  private:
    struct Parts;
    explicit RealmClaims(std::unique_ptr<const Parts> parts);
    std::unique_ptr<const Parts> parts_;
};

}  // namespace cambist::claims
