// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>

#include "identity/identities.h"
#include "issuers/check.h"
#include "store/store.h"

namespace cambist::issuers {

// Whom a foreign subject stands for here, and what is to be written with the issue so that it stays
// so.
struct Bound {
    std::shared_ptr<const Identity> who;
    std::optional<User> new_user;
    std::optional<FederatedIdentity> new_link;
    std::optional<UserChange> change;  // of one who was there before
};

// Finds the user of a foreign subject as the issuer's binding says; what is unclear finds nobody.
// Writes nothing. Any thread.
class Binder {
  public:
    // Both must outlive this.
    Binder(const identity::Identities& identities, const store::FederatedIdentityStore& links)
        : identities_(identities), links_(links) {}

    // kBindingNone, kBindingNotLinked, kBindingNoMatch, kBindingAmbiguous, kBindingUserExists,
    // kBindingNotAdmitted, kSubjectDisabled, kStoreUnavailable.
    Result<Bound> bind(const realms::Snapshot& realm, const CheckedForeign& token,
                       TimePoint now) const;

    const identity::Identities& identities() const { return identities_; }

  private:
    using Found = identity::Identities::Found;
    Found find_linked(const realms::Snapshot& realm, const CheckedForeign& token) const;
    // One user at most for each claim, or none; the first claim that finds somebody counts.
    Found find_match(const realms::Snapshot& realm, const CheckedForeign& token) const;
    Result<std::vector<std::shared_ptr<const Identity>>> find_by(const realms::Snapshot& realm,
                                                                 const CheckedForeign& token,
                                                                 const ClaimMatch& match,
                                                                 const std::string& value) const;
    Result<Bound> create(const realms::Snapshot& realm, const CheckedForeign& token,
                         TimePoint now) const;
    // What the issuer's mappers make of a user who was there before.
    Status map(const realms::Snapshot& realm, const CheckedForeign& token, Bound& bound) const;
    Status drop_taken(const realms::Snapshot& realm, const User& user, UserChange& change) const;
    Status check_free(const realms::Snapshot& realm, const CheckedForeign& token,
                      const User& user) const;

    const identity::Identities& identities_;
    const store::FederatedIdentityStore& links_;
};

}  // namespace cambist::issuers
