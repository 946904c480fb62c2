// SPDX-License-Identifier: Apache-2.0
#include "realms/realms.h"

#include <map>
#include <optional>
#include <utility>

#include "base/guarded.h"
#include "claims/claims.h"
#include "keys/repository.h"
#include "policy/policy.h"
#include "realms/objects.h"
#include "realms/sealing.h"
#include "realms/users.h"
#include "representation/objects.h"
#include "representation/realm_file.h"

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

// The file laid over what is stored; secrets that it masks stay what they are.
Result<StoredRealm> lay_over(const StoredRealm& stored, const representation::RealmFile& file) {
    auto canonical = file.canonical;
    if (stored.exists()) {
        CAMBIST_TRY(const auto before, join_stored(stored));
        representation::keep_masked_secrets(canonical, before);
    }
    return merge(stored, representation::split(canonical));
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
    Result<ApplyReport> apply(const representation::RealmFile& file);
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

Result<ApplyReport> Realms::apply(const representation::RealmFile& file) {
    return state_->turn.with([&](State::Turn&) { return state_->apply(file); });
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

// Everything that can be refused is checked before anything is written. Then keys and users are
// written, and the objects last: with them the version grows, by which other processes learn of it
// all. Applying again mends what a crash in between left undone.
Result<ApplyReport> Realms::State::apply(const representation::RealmFile& file) {
    const auto& name = file.realm.name.text();
    ApplyReport report;
    CAMBIST_TRY(const auto stored, load_stored(parts.store.realms(), sealer, name));
    report.created = !stored.exists();
    CAMBIST_TRY(const auto merged, lay_over(stored, file));
    CAMBIST_TRY(auto representation, join_stored(merged));
    CAMBIST_TRY(auto realm, read_stored(std::move(representation), name));
    realm.imported_keys = file.realm.imported_keys;
    CAMBIST_TRY(auto users, prepare_users(file, {parts.store.users(), parts.clock, parts.random,
                                                 settings.password}));
    CAMBIST_TRY(auto changes, seal_changes(sealer, name, stored, merged));
    report.objects = merged.bodies.size();
    report.objects_written = changes.size();
    report.users = users.users.size();
    for (const auto& note : file.report) report.notes.push_back(representation::describe(note));
    report.notes.insert(report.notes.end(), users.notes.begin(), users.notes.end());

    CAMBIST_TRY(const auto keys_before, parts.store.keys().list(name));
    CAMBIST_TRY(const bool keys_changed, keys.ensure(realm));
    CAMBIST_TRY(const auto keys_after, parts.store.keys().list(name));
    report.keys_added = keys_after.size() - keys_before.size();
    CAMBIST_TRY(report.users_written, parts.store.users().put(name, users.users));
    for (const auto& user : users.users) parts.identities.invalidate(file.realm.name, user.id);
    const auto gone = removals(stored, merged);
    report.objects_removed = gone.size();
    report.changed = keys_changed || report.users_written > 0 || !changes.empty() || !gone.empty();

    std::vector<claims::Note> notes;
    auto snapshot = compile(std::move(realm), settings.base_url, notes);
    for (const auto& note : notes) report.notes.push_back(describe(note));
    if (report.changed) CAMBIST_CHECK(write(name, std::move(changes), gone));
    CAMBIST_TRY(snapshot->keys, keys.load(name));
    CAMBIST_TRY(snapshot->version, parts.store.realms().version(name));
    serve(std::move(snapshot));
    return report;
}

Result<bool> Realms::State::write(std::string_view name, std::vector<store::RealmObject> objects,
                                  const std::vector<store::RealmObject>& gone) {
    objects.push_back({std::string(kRevision), "users and keys", make_token(parts.random, 16)});
    return parts.store.realms().apply(name, objects, gone);
}

}  // namespace cambist::realms
