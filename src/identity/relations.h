// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/flow.h"
#include "store/store.h"

namespace cambist::identity {

// Who acts: somebody, or the requester itself when `identity` is its service account or null.
struct Actor {
    const Identity* identity = nullptr;
    ClientId requester;  // set when the client itself acts
};

// How an actor stands to a subject, by what the server knows. Reads the store directly: what was
// taken back does not hold any more, on any node. Any thread.
class Relations {
  public:
    explicit Relations(const store::RelationStore& relations) : relations_(relations) {}

    // What holds at `now`: relations of both or of their groups, and grants of the subject. A
    // relation of a group holds for the members of its children, too. kStoreUnavailable.
    Result<Relationship> between(const Realm& realm, const Actor& actor, const Identity& subject,
                                 TimePoint now) const;

    // The relations of this kind to the subject or one of its groups that hold at `now`, whoever
    // stands in them; in order of their ids.
    Result<std::vector<Relation>> to_subject(const Realm& realm, const Identity& subject,
                                             std::string_view kind, TimePoint now) const;

  private:
    const store::RelationStore& relations_;
};

// Whether the subject's attribute `manager` (or the one that the realm's attribute
// cambist.manager.attribute names) holds the actor's user name or id.
bool manages(const Realm& realm, const Identity& actor, const Identity& subject);

// By what relations can name somebody: its id, its groups and their parents, and the client that it
// is the service account of.
std::vector<RelationEnd> ends_of(const Identity& identity);

}  // namespace cambist::identity
