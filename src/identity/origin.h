// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "json/writer.h"
#include "model/issuer.h"
#include "model/realm.h"
#include "model/user.h"

// Subjects that come from a trusted issuer.
namespace cambist::identity {

// The id here of a subject there: the same wherever and whenever it is made, another one for the
// same name at another issuer, and none that a user of ours has.
UserId id_of_origin(const Realm& realm, std::string_view alias, std::string_view subject);

// Who has no user of ours (BindingKind::kEphemeral, kService): what the issuer's entry gives him.
std::shared_ptr<const Identity> make_origin(const Realm& realm, const TrustedIssuer& issuer,
                                            std::string subject, User user);
// As identities are made of stored users; of one that is still to be stored.
std::shared_ptr<const Identity> resolve_user(const Realm& realm, User user);

// What a token of ours says of such a subject (claim `idp`), so that it can be known again.
struct Origin {
    std::string alias;
    std::string subject;
    User user;  // his name, and as far as the details tell
    std::map<std::string, std::string> notes;
};
// What details may take of a token.
inline constexpr std::size_t kMostDetailBytes = 3072;
// The claim of an identity without a user of ours; nothing of another.
void write_origin(const Identity& who, json::Writer& out);
// Nothing when these claims (JSON text) have no such claim.
std::optional<Origin> origin_of(std::string_view claims);
// What else is known of him, and of anybody the notes of his log-in: nobody's but this server's
// business (claim `xidp`, sealed). JSON text; empty: nothing.
std::string details_of(const Identity& who);
void add_details(std::string_view details, Origin& origin);
// Who that is now. Of attributes, roles and groups only what his issuer's entry could still give
// him: the token says which, the realm says what there is to be had. Null when the issuer is gone,
// disabled, at its end, or binds its subjects in another way by now, or when the id is not this
// subject's.
std::shared_ptr<const Identity> find_origin(const Realm& realm, const Origin& origin,
                                            const UserId& id, TimePoint now);
// A user of ours with the notes that came along.
std::shared_ptr<const Identity> with_notes(std::shared_ptr<const Identity> who,
                                           const std::map<std::string, std::string>& notes);

}  // namespace cambist::identity
