// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/password.h"
#include "crypto/secret_box.h"
#include "identity/identities.h"
#include "json/value.h"
#include "realms/difference.h"
#include "realms/snapshot.h"
#include "store/store.h"

namespace cambist::representation {
struct RealmFile;
}

namespace cambist::realms {

struct RealmsSettings {
    // "https://sso.example.org" or with a path; the issuer is this and "/realms/<name>".
    std::string base_url;
    crypto::PasswordSettings password;
};

struct ApplyOptions {
    // Removes clients, client scopes, roles, groups and elements (see elements.h) that the file
    // does not have; without it they stay, and the report names them.
    bool prune = false;
    bool prune_users = false;  // and users
    // A client or user whose secret is masked, with none in the store, has none; without it that is
    // an error.
    bool without_secrets = false;
};

// What apply() did.
struct ApplyReport {
    bool created = false;  // the realm was not there
    bool changed = false;  // anything was written
    std::size_t objects = 0;
    std::size_t objects_written = 0;
    std::size_t objects_removed = 0;  // rules that the file does not have any more; pruned ones
    std::size_t users = 0;
    std::size_t users_written = 0;
    std::size_t users_removed = 0;
    std::size_t keys_added = 0;
    std::size_t relations_written = 0;
    std::size_t relations_removed = 0;
    std::vector<std::string> risks;    // what protects or lets in, and is not served
    std::vector<std::string> notes;    // what works in another way
    std::vector<std::string> kept;     // what is kept, but not used, by topic
    std::vector<std::string> absent;   // "client shop": not in the file, and still there
    std::vector<std::string> removed;  // "rule a": not in the file, and gone
};

// What apply() would do.
struct Comparison {
    std::vector<Change> changes;
    std::vector<std::string> absent;
};

struct ExportOptions {
    bool users = false;
    bool secrets = false;  // in clear; else masked
};

// The hot snapshots of all realms, and how a change becomes one. A resource: made in app/.
// find() and all() from any thread; apply(), reload() and follow() too, one at a time, apply() also
// among the processes that share the store.
class Realms {
  public:
    struct Parts {
        store::Store& store;
        const crypto::SecretBox& box;
        const identity::Identities& identities;
        const Clock& clock;
        const Random& random;
        Log& log;
    };
    Realms(const Parts& parts, RealmsSettings settings);
    Realms(const Realms&) = delete;
    Realms& operator=(const Realms&) = delete;
    ~Realms();

    // Null when there is no such realm.
    std::shared_ptr<const Snapshot> find(std::string_view name) const;
    std::vector<std::shared_ptr<const Snapshot>> all() const;

    // Reads every realm of the store.
    Status load_all();
    // Writes what differs (objects, users, keys), then serves it. Applying the same file again
    // changes nothing. What the file does not name stays, except rules (the file has them all) and
    // what the options say. Plain passwords are hashed, secrets and private keys sealed before they
    // are stored. kConfigInvalid with all reasons.
    Result<ApplyReport> apply(const representation::RealmFile& file,
                              const ApplyOptions& options = {});
    // What that would do; writes nothing.
    Result<Comparison> compare(const representation::RealmFile& file,
                               const ApplyOptions& options = {}) const;
    // With its users, keys and relations; what rests on them is worth nothing then. Its audit
    // records stay. Interrupted, it is done by removing the realm again.
    Status remove(std::string_view name);
    // The realm as apply() takes it, in the order of names. kRealmUnknown.
    Result<json::Value> represent(std::string_view name, const ExportOptions& options) const;
    // See keys::KeyRepository: renews the key of an algorithm (empty: of each that the realm signs
    // with), at once where `now` is said, else after the time it has to be published. Its kid or
    // kids. kRealmUnknown; kConfigInvalid for an algorithm that the realm has no key of.
    Result<std::vector<std::string>> rotate_keys(std::string_view name, std::string_view algorithm,
                                                 bool now);
    // Does what is due with the keys of all realms. Those that fail do not hold up the others; the
    // first failure is returned.
    Status advance_keys();
    // Seals again what was sealed with an older key file, of all realms. Returns how many texts.
    Result<std::size_t> reseal();
    // Serves what the store has now, if that is another version; returns whether it was.
    Result<bool> reload(std::string_view name);
    // The same for every realm: those that are new, changed or gone. One that can not be read is
    // served as it was; the first failure is returned.
    Status follow();

  private:
    Status advance_keys_of(const Realm& realm);
    Status in_turn(const std::function<Status()>& work);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cambist::realms
