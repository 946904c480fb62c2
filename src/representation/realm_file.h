// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "json/value.h"
#include "model/realm.h"
#include "model/relation.h"
#include "model/user.h"
#include "representation/fault.h"
#include "representation/members.h"

namespace cambist::representation {

// A password that the file holds in plain text; whoever applies the file hashes it.
struct PlainPassword {
    UserId user;
    std::shared_ptr<const Secret> password;
    bool temporary = false;
};

// A realm file that was read without a fault.
struct RealmFile {
    Realm realm;                           // indexed
    std::vector<User> users;               // with the service accounts of the clients
    std::vector<PlainPassword> passwords;  // when Options::hash_password is absent
    // Without ids; their ends name users by their user names. Absent: the file does not speak of
    // them.
    std::optional<std::vector<Relation>> relations;
    Members members;  // of its organizations; its users have their memberships already
    std::vector<Note> report;
    // The realm without its users, in Keycloak's representation, every default written out, lists
    // of named objects in order of their names: reading it again gives the same realm. Holds the
    // secrets of the file.
    json::Value canonical;
};

// What a file may ask for from outside. An absent function refuses what needs it, except that
// plain passwords go to RealmFile::passwords.
struct Options {
    // The value of ${NAME} (capitals, digits and _); nothing: it is not set.
    std::function<std::optional<std::string>(std::string_view name)> placeholder;
    // The credential for a password that stands in the file as plain text.
    std::function<Result<Credential>(const User& user, std::string_view password)> hash_password;
    // The content of a private key's file.
    std::function<Result<Secret>(const std::string& path)> read_file;
    // Off where only the text counts: no file is read, and nobody says that it can not be.
    bool read_files = true;
    // Adds what a new realm has and the file leaves out. Off for what was stored: it is complete.
    bool complete = true;
};

struct ReadOutcome {
    std::optional<RealmFile> file;  // present exactly when there is no fault
    std::vector<Fault> faults;
};

// Reads Keycloak's realm export with our keys, as JSON or YAML (by the extension of the name, else
// by content). Strict: see README.md. All faults are collected, not only the first. Pure but for
// the functions of the options. Thread-safe.
ReadOutcome read_realm_file(std::string_view text, const std::string& file_name,
                            const Options& options);
// A file's text and its name.
struct SourceText {
    std::string text;
    std::string file_name;
};
// A realm whose users are in files of their own, as Keycloak exports it into a folder:
// {"realm": ..., "users": [...]}, or "federatedUsers".
ReadOutcome read_realm_parts(const SourceText& realm, std::span<const SourceText> users,
                             const Options& options);
// The same for a value: what the admin API takes, and what join() puts together again.
ReadOutcome read_realm(json::Value representation, const std::string& file_name,
                       const Options& options);

}  // namespace cambist::representation
