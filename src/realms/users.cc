// SPDX-License-Identifier: Apache-2.0
#include "realms/users.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/text.h"

#include "identity/logins.h"
#include "realms/links.h"
#include "representation/objects.h"
#include "representation/user_json.h"

namespace cambist::realms {

namespace {

using representation::PlainPassword;
using PasswordsByUser = std::unordered_map<std::string, const PlainPassword*>;

const Credential* find_password(const User& user) {
    const auto found = std::ranges::find(user.credentials, "password", &Credential::type);
    return found == user.credentials.end() ? nullptr : &*found;
}

// As the reader of files makes it for a client whose service account is not in the file.
bool is_bare_service_account(const User& user) {
    return !user.service_account_of.empty() && user.email.empty() && user.attributes.empty() &&
           user.roles.empty() && user.groups.empty() && user.credentials.empty();
}

// The work on one file.
class Preparation {
  public:
    Preparation(const representation::RealmFile& file, const UserSources& sources)
        : file_(file), sources_(sources), realm_(file.realm.name.text()) {
        for (const auto& password : file.passwords)
            passwords_.emplace(password.user.text(), &password);
    }

    Result<PreparedUsers> run() {
        CAMBIST_TRY(const auto count, sources_.stored.count(realm_));
        is_empty_ = count == 0;
        prepared_.users.reserve(file_.users.size());
        for (const auto& [name, memberships] : sources_.members.of_user) unknown_.insert(name);
        for (const auto& user : file_.users) CAMBIST_CHECK(add(user));
        if (!sources_.members.stated.empty()) {
            CAMBIST_CHECK(settle_members());
            CAMBIST_CHECK(check_members());
        }
        return std::move(prepared_);
    }

  private:
    Status add(User user) {
        const auto plain = passwords_.find(user.id.text());
        CAMBIST_TRY(auto stored, find_stored(user));
        prepared_.ids.insert(stored ? stored->id.text() : user.id.text());
        unknown_.erase(user.username);
        CAMBIST_CHECK(unmask(user, stored ? &*stored : nullptr));
        if (stored) {
            if (is_bare_service_account(user)) {
                take_membership(*std::move(stored));
                return {};
            }
            user.memberships = stored->memberships;
            representation::give_memberships(sources_.members, user);
            if (stored->id != user.id) {
                note(user, "keeps the id it has here: " + stored->id.text());
                user.id = stored->id;
            }
            drop_links(user, *stored);
            keep_stronger_hashes(user, *stored);
            keep_newer_consents(user, *stored);
        }
        if (plain != passwords_.end())
            CAMBIST_CHECK(set_password(user, *plain->second, stored ? &*stored : nullptr));
        prepared_.users.push_back(std::move(user));
        return {};
    }

    // Links that came of tokens are no file's, and stay.
    void drop_links(const User& user, const User& stored) {
        const auto named = links_of({user});
        for (auto& old : links_of({stored}))
            if (std::ranges::none_of(named, [&](const FederatedIdentity& one) {
                    return one.issuer == old.issuer && one.subject == old.subject;
                }))
                prepared_.gone_links.push_back(std::move(old));
    }

    void take_membership(User stored) {
        const auto before = stored.memberships;
        representation::give_memberships(sources_.members, stored);
        if (stored.memberships != before) prepared_.members.push_back(std::move(stored));
    }

    // Who is not in the file may be a member by it, or may have been.
    Status settle_members() {
        CAMBIST_TRY(auto others, absent_users(sources_.stored, realm_, prepared_.ids));
        for (auto& user : others) {
            unknown_.erase(user.username);
            take_membership(std::move(user));
        }
        return {};
    }

    // Keycloak names members that come from elsewhere, such as LDAP, too.
    Status check_members() {
        if (unknown_.empty()) return {};
        const auto names = join({unknown_.begin(), unknown_.end()}, ", ");
        if (file_.canonical.find("keycloakVersion") == nullptr)
            return fail(ErrorCode::kConfigInvalid,
                        "organizations have members that the realm does not have: " + names);
        prepared_.notes.push_back(
            "organizations: members that the realm does not have are left "
            "out: " +
            names);
        return {};
    }

    Result<std::optional<User>> find_stored(const User& user) const {
        if (is_empty_) return std::optional<User>();
        CAMBIST_TRY(auto stored, sources_.stored.find(realm_, user.id));
        if (stored) return stored;
        if (!user.service_account_of.empty()) {
            CAMBIST_TRY(stored,
                        sources_.stored.find_service_account(realm_, user.service_account_of));
            if (stored) return stored;
        }
        return sources_.stored.find_by_username(realm_, user.username);
    }

    Status unmask(User& user, const User* stored) {
        for (auto& credential : user.credentials) {
            if (credential.secret_data != representation::kMaskedSecret) continue;
            const auto* same = stored == nullptr ? nullptr : find_same(*stored, credential);
            if (same != nullptr)
                credential = *same;
            else if (sources_.without_secrets)
                note(user, "the " + credential.type + " is masked and left out");
            else
                return fail(ErrorCode::kConfigInvalid,
                            "the file masks the " + credential.type + " of user " + user.username +
                                ", and the store has none: export with secrets, or import "
                                "--without-secrets");
        }
        std::erase_if(user.credentials, [](const Credential& credential) {
            return credential.secret_data == representation::kMaskedSecret;
        });
        return {};
    }

    static const Credential* find_same(const User& stored, const Credential& masked) {
        const auto found = std::ranges::find_if(stored.credentials, [&](const Credential& old) {
            return old.type == masked.type && (masked.id.empty() || old.id == masked.id);
        });
        return found == stored.credentials.end() ? nullptr : &*found;
    }

    // The file holds the hash that Keycloak made; a log-in has replaced it since. A credential that
    // was changed has another id or date.
    void keep_stronger_hashes(User& user, const User& stored) const {
        for (auto& credential : user.credentials) {
            if (credential.type != "password" || credential.created_ms == 0) continue;
            const auto same = std::ranges::find_if(stored.credentials, [&](const Credential& old) {
                return old.type == credential.type && old.id == credential.id &&
                       old.created_ms == credential.created_ms;
            });
            if (same == stored.credentials.end()) continue;
            const auto hash = crypto::parse_password_hash(credential.secret_data);
            const auto kept = crypto::parse_password_hash(same->secret_data);
            if (hash && kept && crypto::needs_upgrade(*hash, sources_.password) &&
                !crypto::needs_upgrade(*kept, sources_.password))
                credential = *same;
        }
    }

    // Users give and take back consents while we run. The file says what it names, unless the user
    // himself has said something later.
    static void keep_newer_consents(User& user, const User& stored) {
        const auto date = [](const UserConsent& consent) {
            return std::max(consent.created_ms, consent.updated_ms);
        };
        for (const auto& consent : stored.consents) {
            const auto named =
                std::ranges::find(user.consents, consent.client, &UserConsent::client);
            if (named == user.consents.end())
                user.consents.push_back(consent);
            else if (date(consent) > date(*named))
                *named = consent;
        }
    }

    Status set_password(User& user, const PlainPassword& plain, const User* stored) const {
        CAMBIST_TRY(auto credential, make_or_keep(plain, stored));
        std::erase_if(user.credentials,
                      [](const Credential& old) { return old.type == "password"; });
        user.credentials.insert(user.credentials.begin(), std::move(credential));
        return {};
    }

    Result<Credential> make_or_keep(const PlainPassword& plain, const User* stored) const {
        const auto* old = stored == nullptr ? nullptr : find_password(*stored);
        if (old != nullptr && old->temporary == plain.temporary) {
            const auto hash = crypto::parse_password_hash(old->secret_data);
            const auto is_same = hash && crypto::check_password_hash(*hash)
                                     ? crypto::verify_password(*hash, plain.password->expose())
                                     : Result<bool>(false);
            if (is_same && *is_same) return *old;
        }
        CAMBIST_TRY(auto fresh, identity::make_credential(*plain.password, sources_.password,
                                                          sources_.clock, sources_.random));
        fresh.temporary = plain.temporary;
        return fresh;
    }

    void note(const User& user, const std::string& text) {
        prepared_.notes.push_back("user " + user.username + ": " + text);
    }

    const representation::RealmFile& file_;
    const UserSources& sources_;
    const std::string& realm_;
    bool is_empty_ = false;
    std::set<std::string> unknown_;  // members that were not found yet
    PasswordsByUser passwords_;
    PreparedUsers prepared_;
};

// With memberships, which a file keeps with the organizations.
json::Value shown(const User& user) {
    auto out = representation::render_user(user);
    auto organizations = json::Value::array();
    for (const auto& one : user.memberships)
        organizations.push(one.organization + (one.managed ? " (managed)" : ""));
    if (!user.memberships.empty()) out.set("organizations", std::move(organizations));
    return out;
}

}  // namespace

Result<PreparedUsers> prepare_users(const representation::RealmFile& file,
                                    const UserSources& sources) {
    return Preparation(file, sources).run();
}

Result<std::vector<User>> absent_users(const store::UserStore& stored, std::string_view realm,
                                       const std::set<std::string>& ids) {
    static constexpr std::size_t kPage = 1000;
    std::vector<User> absent;
    UserId last;
    while (true) {
        CAMBIST_TRY(auto page, stored.list(realm, last, kPage));
        if (page.empty()) return absent;
        last = page.back().id;
        for (auto& user : page)
            if (!ids.contains(user.id.text())) absent.push_back(std::move(user));
    }
}

// By name, as the lists of objects are.
Status represent_users(store::Store& store, std::string_view name, json::Value& realm) {
    CAMBIST_TRY(auto users, absent_users(store.users(), name, {}));
    std::ranges::sort(users, {}, &User::username);
    auto list = json::Value::array();
    for (const auto& user : users) {
        auto representation = representation::render_user(user);
        CAMBIST_CHECK(put_links(store.federated_identities(), name, user.id, representation));
        list.push(std::move(representation));
    }
    realm.set("users", std::move(list));
    representation::render_members(users, realm);
    return {};
}

// What the file states of members; an organization that goes takes its memberships along, so that
// one that comes under its name has none.
representation::Members members_by(const representation::RealmFile& file, const json::Value& before,
                                   const Realm& realm) {
    auto members = file.members;
    const auto* organizations = before.find("organizations");
    if (organizations == nullptr || !organizations->is_array()) return members;
    for (const auto& organization : organizations->as_array()) {
        const auto* alias = organization.find_string("alias");
        if (alias != nullptr && realm.find_organization(*alias) == nullptr)
            members.stated.insert(*alias);
    }
    return members;
}

Result<std::vector<Change>> user_changes(const store::UserStore& stored, std::string_view realm,
                                         const std::vector<User>& users) {
    std::vector<Change> changes;
    for (const auto& user : users) {
        CAMBIST_TRY(const auto before, stored.find(realm, user.id));
        if (!before) {
            changes.push_back({Change::What::kAdd, "user", user.username, {}});
            continue;
        }
        auto details = differences(shown(*before), shown(user));
        if (!details.empty())
            changes.push_back({Change::What::kChange, "user", user.username, std::move(details)});
    }
    return changes;
}

}  // namespace cambist::realms
