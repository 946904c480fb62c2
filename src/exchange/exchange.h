// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "audit/ledger.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "clients/authenticators.h"
#include "exchange/parse.h"
#include "exchange/walk.h"
#include "grants/grant.h"
#include "identity/identities.h"
#include "identity/relations.h"
#include "model/flow.h"
#include "possession/prover.h"
#include "realms/realms.h"
#include "sessions/families.h"
#include "sessions/hand_offs.h"
#include "sessions/sessions.h"
#include "tokens/minter.h"

namespace cambist::exchange {

class Recorder;

// An answer that is ready, and what must be on disk before it may be given.
struct Issue {
    TokenResponse response;
    std::vector<store::Operation> changes;
    std::optional<SessionId> touched;   // the session that they change
    std::optional<RefreshFamily> used;  // refresh_token: the family that they rotate
    std::string hand_off;               // hash of the code that they take; empty: none
    std::string counted;                // in words: the daily limits that they count towards
    bool uses_proof = false;            // they take a DPoP proof, which serves once
    bool uses_foreign = false;          // they take a token of a trusted issuer that serves once
    bool makes_link = false;            // they make a user, or link one to his subject there
    // What mappers make of users who were there before, once the issue is recorded.
    std::vector<std::pair<UserId, UserChange>> user_changes;
};

// A request after all that is computed, before anything is written.
struct Walked {
    Result<Issue> issue;
    Walk walk;
};

// How a request ended, with what its answer depends on.
struct Outcome {
    Result<TokenResponse> response;
    Walk walk;
};

// The pipeline: from a form to a token, for every grant. Thread-safe.
class Exchange {
  public:
    // All must outlive this.
    struct Parts {
        const realms::Realms& realms;
        const clients::ClientAuthenticators& clients;
        const possession::Prover& possession;
        const grants::Grants& grants;
        const identity::Identities& identities;
        const sessions::Sessions& sessions;
        const sessions::Families& families;
        const sessions::HandOffs& hand_offs;
        const tokens::Minter& minter;
        audit::Ledger& ledger;
        Log& log;
        const identity::Relations& relations;
        const Recorder* recorder = nullptr;  // null: nothing is recorded for replays
        const store::FederatedIdentityStore* links = nullptr;  // null: no foreign tokens come
        store::UserStore* users = nullptr;  // the same; what their mappers change
    };
    explicit Exchange(const Parts& parts) : parts_(parts) {}

    // Decides one request. Nothing of it is true yet: conclude() it.
    Walked walk(const Incoming& incoming) const;

    using Done = std::move_only_function<void(Outcome)>;
    // Records the request, permitted or not. `done` is told once: when a token is in the outcome,
    // its record is durable. It may run on a thread of the store (see store::Committed).
    void conclude(Walked walked, Done done) const;

  private:
    struct Pending;
    Result<Issue> run(const Incoming& incoming, Walk& walk) const;
    Status open_realm(const Incoming& incoming, Walk& walk) const;
    Status check_may_exchange(const TokenRequest& request, const AuthenticatedClient& client,
                              Walk& walk) const;
    Result<Relationship> gather_relationship(const Parties& parties, const Facts& facts,
                                             const realms::Snapshot& realm) const;
    Result<Decision> decide(const TokenRequest& request, const AuthenticatedClient& client,
                            const Possession& possession, const Parties& parties,
                            const realms::Snapshot& realm) const;
    static void tell_beside(const IssuePlan& plan, const Parties& parties, Walk& walk);
    void open_session(const IssuePlan& plan, Parties& parties, const Realm& realm,
                      TimePoint now) const;
    void give_device_secret(const IssuePlan& plan, Parties& parties) const;
    struct Successor;
    Result<std::vector<std::string>> gather_delegable(const Facts& facts,
                                                      const realms::Snapshot& realm) const;
    Result<std::shared_ptr<const Identity>> find_party(const realms::Snapshot& realm,
                                                       const MayAct& named) const;
    Status check_standing(const realms::Snapshot& realm, const MayAct& may_act,
                          Successor& successor, const Parties& parties, TimePoint now) const;
    Status find_by_relation(const realms::Snapshot& realm, const MayAct& may_act,
                            Successor& successor, const Parties& parties, TimePoint now) const;
    Status name_successor(const IssuePlan& plan, const realms::Snapshot& realm, Parties& parties,
                          TimePoint now) const;
    void record(std::unique_ptr<Pending> pending) const;
    Status write_waiting(Pending& pending) const;
    void change_users(const Pending& pending) const;
    void settle(std::unique_ptr<Pending> pending, Status written) const;
    void refuse(std::unique_ptr<Pending> pending, Error error) const;

    Parts parts_;
};

}  // namespace cambist::exchange
