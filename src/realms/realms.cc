// SPDX-License-Identifier: Apache-2.0
#include "realms/realms.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "base/guarded.h"
#include "base/text.h"
#include "claims/claims.h"
#include "keys/repository.h"
#include "policy/policy.h"
#include "realms/elements.h"
#include "realms/key_policy.h"
#include "realms/links.h"
#include "realms/objects.h"
#include "realms/relations.h"
#include "realms/removal.h"
#include "realms/sealing.h"
#include "realms/users.h"
#include "representation/masking.h"
#include "representation/objects.h"
#include "representation/realm_file.h"
#include "representation/user_json.h"

namespace cambist::realms {

namespace {

std::string issuer_of(const Realm& realm, std::string base) {
    if (!realm.frontend_url.empty()) base = realm.frontend_url;
    while (base.ends_with('/')) base.pop_back();
    return base + "/realms/" + realm.name.text();
}

std::string describe(const claims::Note& note) { return note.where + ": " + note.text; }

// What of a snapshot follows from the realm alone.
std::shared_ptr<Snapshot> compile(Realm realm, const std::string& base_url,
                                  std::vector<claims::Note>& notes) {
    realm.imported_keys.clear();  // they are kept, sealed, by keys/
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->realm = std::make_shared<const Realm>(std::move(realm));
    snapshot->claims = claims::RealmClaims::compile(snapshot->realm, notes);
    snapshot->policy =
        std::make_shared<const policy::Policy>(policy::Policy::compile(*snapshot->realm));
    snapshot->issuer = issuer_of(*snapshot->realm, base_url);
    return snapshot;
}

// What a file comes to when it is laid over what is stored.
struct Prepared {
    StoredRealm stored;
    StoredRealm merged;
    Realm realm;
    PreparedUsers users;
    RelationChanges relations;
    std::vector<std::string> absent;  // objects and elements that stay
    std::vector<std::string> gone;    // and that go: rules, and what is pruned
};

// The service accounts of clients that go, too: a name that comes again must not find them.
std::vector<ClientId> clients_of(const std::vector<store::RealmObject>& gone) {
    std::vector<ClientId> clients;
    for (const auto& object : gone)
        if (object.kind == "client") clients.emplace_back(object.key);
    return clients;
}

void append(std::vector<std::string>& to, std::vector<std::string> from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void append_changes(std::vector<Change>& to, std::vector<Change> from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// The file alone was right; together with what it does not name it may not be.
Result<Realm> read_merged(const Prepared& prepared, std::string_view name) {
    CAMBIST_TRY(auto representation, join_stored(prepared.merged));
    auto realm = read_stored(std::move(representation), name);
    if (realm || prepared.absent.empty()) return realm;
    auto error = std::move(realm).error();
    if (!error.hint.empty()) error.hint += ". ";
    error.hint +=
        "What the file does not name stays, and does not go with it (--prune removes "
        "it): " +
        join(prepared.absent, ", ");
    return std::unexpected(std::move(error));
}

}  // namespace

struct Realms::State {
    using Map = std::map<std::string, std::shared_ptr<const Snapshot>, std::less<>>;

    State(const Parts& given, RealmsSettings chosen)
        : parts(given),
          settings(std::move(chosen)),
          sealer(given.box, given.random),
          keys(given.store.keys(), given.box, given.random, given.clock) {}

    Parts parts;
    RealmsSettings settings;
    ObjectSealer sealer;
    keys::KeyRepository keys;
    Guarded<Map> serving;
    struct Turn {};
    Guarded<Turn> turn;  // whoever changes realms holds it

    void serve(std::shared_ptr<const Snapshot> fresh) const {
        const auto& name = fresh->realm->name;
        serving.with([&](Map& map) { map[name.text()].swap(fresh); });
        // `fresh` is the former one now and dies here, outside of the lock.
    }

    Status load(std::string_view name);
    Result<Prepared> prepare(const representation::RealmFile& file,
                             const ApplyOptions& options) const;
    Result<ApplyReport> apply(const representation::RealmFile& file, const ApplyOptions& options);
    static ApplyReport begin_report(const representation::RealmFile& file,
                                    const Prepared& prepared);
    Result<std::size_t> remove_users(const representation::RealmFile& file,
                                     const Prepared& prepared,
                                     const std::vector<store::RealmObject>& gone,
                                     const ApplyOptions& options);
    Result<Comparison> compare(const representation::RealmFile& file,
                               const ApplyOptions& options) const;
    Result<std::vector<std::string>> rotate_keys(const Realm& realm, std::string_view algorithm,
                                                 bool now);
    Status advance_keys(const Realm& realm);
    Result<std::size_t> reseal(std::string_view name);
    Status publish_keys(std::string_view name);
    Result<bool> write(std::string_view name, std::vector<store::RealmObject> objects,
                       const std::vector<store::RealmObject>& gone);
};

Realms::Realms(const Parts& parts, RealmsSettings settings)
    : state_(std::make_unique<State>(parts, std::move(settings))) {}
Realms::~Realms() = default;

std::shared_ptr<const Snapshot> Realms::find(std::string_view name) const {
    return state_->serving.with([name](const State::Map& map) -> std::shared_ptr<const Snapshot> {
        const auto found = map.find(name);
        return found == map.end() ? nullptr : found->second;
    });
}

std::vector<std::shared_ptr<const Snapshot>> Realms::all() const {
    return state_->serving.with([](const State::Map& map) {
        std::vector<std::shared_ptr<const Snapshot>> snapshots;
        for (const auto& [name, snapshot] : map) snapshots.push_back(snapshot);
        return snapshots;
    });
}

Status Realms::load_all() {
    return state_->turn.with([this](State::Turn&) -> Status {
        CAMBIST_TRY(const auto names, state_->parts.store.realms().list());
        for (const auto& name : names) CAMBIST_CHECK(state_->load(name));
        return {};
    });
}

Result<bool> Realms::reload(std::string_view name) {
    CAMBIST_TRY(const auto version, state_->parts.store.realms().version(name));
    const auto serving = find(name);
    if (serving ? serving->version == version : version == 0) return false;
    return state_->turn.with([&](State::Turn&) -> Result<bool> {
        CAMBIST_CHECK(state_->load(name));
        return true;
    });
}

Status Realms::follow() {
    CAMBIST_TRY(auto versions, state_->parts.store.realms().versions());
    for (const auto& snapshot : all()) versions.try_emplace(snapshot->realm->name.text(), 0);
    Status status;
    for (const auto& [name, version] : versions) {
        const auto serving = find(name);
        if (serving && serving->version == version) continue;
        auto loaded = state_->turn.with([&](State::Turn&) { return state_->load(name); });
        if (!loaded && status) status = std::move(loaded);
    }
    return status;
}

Result<ApplyReport> Realms::apply(const representation::RealmFile& file,
                                  const ApplyOptions& options) {
    ApplyReport report;
    auto done = in_turn([&]() -> Status {
        CAMBIST_TRY(report, state_->apply(file, options));
        return {};
    });
    if (!done) return std::unexpected(std::move(done).error());
    return report;
}

Result<Comparison> Realms::compare(const representation::RealmFile& file,
                                   const ApplyOptions& options) const {
    return state_->compare(file, options);
}

Status Realms::remove(std::string_view name) {
    return in_turn([&]() -> Status {
        CAMBIST_CHECK(remove_realm(state_->parts.store, state_->parts.identities, name));
        return state_->load(name);
    });
}

Result<json::Value> Realms::represent(std::string_view name, const ExportOptions& options) const {
    auto& store = state_->parts.store;
    CAMBIST_TRY(const auto stored, load_stored(store.realms(), state_->sealer, name));
    if (!stored.exists())
        return fail(ErrorCode::kRealmUnknown, "the store has no realm " + printable(name));
    CAMBIST_TRY(auto realm, join_stored(stored));
    if (options.users) {
        CAMBIST_CHECK(represent_users(store, name, realm));
    }
    CAMBIST_TRY(auto relations, represent_relations(store, name));
    if (!relations.as_array().empty()) realm.set("relations", std::move(relations));
    if (!options.secrets) representation::mask_secrets(realm);
    representation::sort_members(realm);
    return realm;
}

Status Realms::State::load(std::string_view name) {
    CAMBIST_TRY(const auto stored, load_stored(parts.store.realms(), sealer, name));
    if (!stored.exists()) {
        serving.with(
            [name](Map& map) { std::erase_if(map, [&](auto& at) { return at.first == name; }); });
        return {};
    }
    CAMBIST_TRY(auto representation, join_stored(stored));
    CAMBIST_TRY(auto realm, read_stored(std::move(representation), name));
    std::vector<claims::Note> notes;
    auto snapshot = compile(std::move(realm), settings.base_url, notes);
    for (const auto& note : notes)
        parts.log.info("realm_note", {{"realm", name}, {"note", describe(note)}});
    CAMBIST_TRY(snapshot->keys, keys.load(name));
    snapshot->version = stored.version;
    serve(std::move(snapshot));
    return {};
}

// The file laid over what is stored; secrets that it masks stay what they are.
Result<Prepared> Realms::State::prepare(const representation::RealmFile& file,
                                        const ApplyOptions& options) const {
    const auto& name = file.realm.name.text();
    Prepared prepared;
    CAMBIST_TRY(prepared.stored, load_stored(parts.store.realms(), sealer, name));
    auto canonical = file.canonical;
    json::Value before;
    if (prepared.stored.exists()) {
        CAMBIST_TRY(before, join_stored(prepared.stored));
        representation::keep_masked_secrets(canonical, before);
    }
    const auto elements = absent_elements(canonical, before);
    if (!options.prune) keep_absent_elements(canonical, before);
    CAMBIST_CHECK(settle_masked_secrets(canonical, options.without_secrets));
    const auto fresh = representation::split(canonical);
    prepared.merged = merge(prepared.stored, fresh, options.prune);
    if (!options.prune) prepared.absent = absences(prepared.stored, fresh);
    for (const auto& object : removals(prepared.stored, prepared.merged))
        prepared.gone.push_back(object.kind + " " + printable(object.key, 100));
    append(options.prune ? prepared.gone : prepared.absent, elements);
    CAMBIST_TRY(prepared.realm, read_merged(prepared, name));
    prepared.realm.imported_keys = file.realm.imported_keys;
    prepared.realm.wanted_keys = file.realm.wanted_keys;
    CAMBIST_TRY(prepared.users, prepare_users(file, {parts.store.users(), parts.clock, parts.random,
                                                     settings.password, options.without_secrets,
                                                     members_by(file, before, prepared.realm)}));
    if (file.relations) {
        CAMBIST_TRY(prepared.relations, relation_changes(parts.store, name, *file.relations,
                                                         prepared.users.users, parts.clock.now()));
    }
    return prepared;
}

// Everything that can be refused is checked before anything is written. Then keys and users are
// written, and the objects last: with them the version grows, by which other processes learn of it
// all. Applying again mends what a crash in between left undone.
Result<ApplyReport> Realms::State::apply(const representation::RealmFile& file,
                                         const ApplyOptions& options) {
    const auto& name = file.realm.name.text();
    CAMBIST_TRY(auto prepared, prepare(file, options));
    CAMBIST_TRY(auto changes, seal_changes(sealer, name, prepared.stored, prepared.merged));
    auto report = begin_report(file, prepared);
    report.objects_written = changes.size();

    CAMBIST_TRY(const auto keys_before, parts.store.keys().list(name));
    CAMBIST_TRY(const bool keys_changed, keys.ensure(prepared.realm));
    CAMBIST_TRY(const auto keys_after, parts.store.keys().list(name));
    report.keys_added = keys_after.size() - keys_before.size();
    for (const auto* users : {&prepared.users.users, &prepared.users.members}) {
        CAMBIST_TRY(const auto written, parts.store.users().put(name, *users));
        report.users_written += written;
        for (const auto& user : *users) parts.identities.invalidate(file.realm.name, user.id);
    }
    auto& links = parts.store.federated_identities();
    CAMBIST_TRY(const auto links_removed, remove_links(links, name, prepared.users.gone_links));
    CAMBIST_TRY(const auto links_written, links.put(name, links_of(prepared.users.users)));
    const auto gone = removals(prepared.stored, prepared.merged);
    CAMBIST_TRY(report.users_removed, remove_users(file, prepared, gone, options));
    CAMBIST_CHECK(write_relations(parts.store, prepared.realm, prepared.relations, parts.clock,
                                  parts.random));
    report.relations_written = prepared.relations.fresh.size();
    report.relations_removed = prepared.relations.gone.size();
    report.changed =
        !prepared.relations.empty() || keys_changed ||
        report.users_written + report.users_removed + links_written + links_removed > 0 ||
        !changes.empty() || !gone.empty();

    std::vector<claims::Note> notes;
    auto snapshot = compile(std::move(prepared.realm), settings.base_url, notes);
    for (const auto& note : notes) report.notes.push_back(describe(note));
    if (report.changed) CAMBIST_CHECK(write(name, std::move(changes), gone));
    CAMBIST_TRY(snapshot->keys, keys.load(name));
    CAMBIST_TRY(snapshot->version, parts.store.realms().version(name));
    serve(std::move(snapshot));
    return report;
}

ApplyReport Realms::State::begin_report(const representation::RealmFile& file,
                                        const Prepared& prepared) {
    ApplyReport report;
    report.created = !prepared.stored.exists();
    report.objects = prepared.merged.bodies.size();
    report.users = prepared.users.users.size();
    auto summary = representation::summarize(file.report);
    report.risks = std::move(summary.risks);
    report.notes = std::move(summary.notes);
    report.kept = std::move(summary.kept);
    append(report.notes, prepared.users.notes);
    report.absent = prepared.absent;
    report.removed = prepared.gone;
    report.objects_removed = prepared.gone.size();
    return report;
}

// Who is pruned, and the service accounts of clients that are. Returns how many.
Result<std::size_t> Realms::State::remove_users(const representation::RealmFile& file,
                                                const Prepared& prepared,
                                                const std::vector<store::RealmObject>& gone,
                                                const ApplyOptions& options) {
    const auto& realm = file.realm.name;
    std::vector<UserId> leaving;
    for (const auto& client : clients_of(gone)) {
        CAMBIST_TRY(const auto account,
                    parts.store.users().find_service_account(realm.text(), client));
        if (account) leaving.push_back(account->id);
    }
    if (options.prune_users) {
        CAMBIST_TRY(const auto absent,
                    absent_users(parts.store.users(), realm.text(), prepared.users.ids));
        for (const auto& user : absent)
            if (std::ranges::find(leaving, user.id) == leaving.end()) leaving.push_back(user.id);
    }
    for (const auto& id : leaving) {
        CAMBIST_CHECK(parts.store.users().remove(realm.text(), id));
        parts.identities.invalidate(realm, id);
    }
    return leaving.size();
}

Result<Comparison> Realms::State::compare(const representation::RealmFile& file,
                                          const ApplyOptions& options) const {
    const auto& name = file.realm.name.text();
    CAMBIST_TRY(auto prepared, prepare(file, options));
    Comparison comparison;
    CAMBIST_TRY(comparison.changes, object_changes(prepared.stored, prepared.merged));
    CAMBIST_TRY(auto changes, user_changes(parts.store.users(), name, prepared.users.users));
    CAMBIST_TRY(auto moves, user_changes(parts.store.users(), name, prepared.users.members));
    append_changes(changes, std::move(moves));
    CAMBIST_TRY(auto absent, absent_users(parts.store.users(), name, prepared.users.ids));
    std::ranges::sort(absent, {}, &User::username);
    comparison.absent = std::move(prepared.absent);
    const auto going = clients_of(removals(prepared.stored, prepared.merged));
    for (const auto& user : absent) {
        const bool goes =
            options.prune_users || std::ranges::find(going, user.service_account_of) != going.end();
        if (goes)
            changes.push_back({Change::What::kRemove, "user", user.username, {}});
        else
            comparison.absent.push_back("user " + user.username);
    }
    append_changes(comparison.changes, describe(parts.store, name, prepared.relations));
    comparison.changes.insert(comparison.changes.end(), std::make_move_iterator(changes.begin()),
                              std::make_move_iterator(changes.end()));
    return comparison;
}

Result<bool> Realms::State::write(std::string_view name, std::vector<store::RealmObject> objects,
                                  const std::vector<store::RealmObject>& gone) {
    objects.push_back({std::string(kRevision), "users and keys", make_token(parts.random, 16)});
    return parts.store.realms().apply(name, objects, gone);
}

// First the turn among processes, for which we may wait long, then our own.
Status Realms::in_turn(const std::function<Status()>& work) {
    return state_->parts.store.exclusively(
        [&] { return state_->turn.with([&](State::Turn&) { return work(); }); });
}

Result<std::vector<std::string>> Realms::rotate_keys(std::string_view name,
                                                     std::string_view algorithm, bool now) {
    const auto snapshot = find(name);
    if (!snapshot)
        return fail(ErrorCode::kRealmUnknown, "the store has no realm " + printable(name));
    std::vector<std::string> kids;
    auto done = in_turn([&]() -> Status {
        CAMBIST_TRY(kids, state_->rotate_keys(*snapshot->realm, algorithm, now));
        return {};
    });
    if (!done) return std::unexpected(std::move(done).error());
    return kids;
}

Status Realms::advance_keys() {
    Status status;
    for (const auto& snapshot : all()) {
        auto done = advance_keys_of(*snapshot->realm);
        if (!done && status) status = std::move(done);
    }
    return status;
}

// Only whoever has something to do takes the turn among processes.
Status Realms::advance_keys_of(const Realm& realm) {
    CAMBIST_TRY(const bool is_due, state_->keys.is_due(realm, key_policy_of(realm)));
    if (!is_due) return {};
    return in_turn([&] { return state_->advance_keys(realm); });
}

Result<std::size_t> Realms::reseal() {
    std::size_t count = 0;
    auto done = in_turn([&]() -> Status {
        CAMBIST_TRY(const auto names, state_->parts.store.realms().list());
        for (const auto& name : names) {
            CAMBIST_TRY(const auto resealed, state_->reseal(name));
            count += resealed;
        }
        return {};
    });
    if (!done) return std::unexpected(std::move(done).error());
    return count;
}

Result<std::vector<std::string>> Realms::State::rotate_keys(const Realm& realm,
                                                            std::string_view algorithm, bool now) {
    auto policy = key_policy_of(realm);
    if (now) policy.publish = 0;
    auto algorithms = keys::needed_algorithms(realm);
    if (!algorithm.empty()) {
        if (std::ranges::find(algorithms, algorithm) == algorithms.end())
            return fail(ErrorCode::kConfigInvalid, "realm " + realm.name.text() + " signs with " +
                                                       join(algorithms, ", ") + ", not with " +
                                                       printable(algorithm));
        algorithms = {std::string(algorithm)};
    }
    std::vector<std::string> kids;
    for (const auto& one : algorithms) {
        CAMBIST_TRY(const auto kid, keys.rotate(realm, one, policy));
        kids.push_back(kid.text());
    }
    if (now) CAMBIST_CHECK(keys.advance(realm, policy));
    CAMBIST_CHECK(publish_keys(realm.name.text()));
    return kids;
}

Status Realms::State::advance_keys(const Realm& realm) {
    CAMBIST_TRY(const bool changed, keys.advance(realm, key_policy_of(realm)));
    if (!changed) return {};
    parts.log.info("keys_renewed", {{"realm", realm.name.text()}});
    return publish_keys(realm.name.text());
}

Result<std::size_t> Realms::State::reseal(std::string_view name) {
    CAMBIST_TRY(const auto stored, load_stored(parts.store.realms(), sealer, name));
    CAMBIST_TRY(auto stale, seal_changes(sealer, name, stored, stored));
    CAMBIST_TRY(const auto of_keys, keys.reseal(name));
    const auto count = stale.size() + of_keys;
    if (count > 0) CAMBIST_CHECK(write(name, std::move(stale), {}));
    return count;
}

// To all nodes, and here.
Status Realms::State::publish_keys(std::string_view name) {
    CAMBIST_CHECK(write(name, {}, {}));
    return load(name);
}

}  // namespace cambist::realms
