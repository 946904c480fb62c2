// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/realm.h"
#include "model/relation.h"
#include "model/user.h"
#include "representation/members.h"
#include "representation/reading.h"

// From the shaped and completed representation to the model, part by part. What is wrong goes to
// the Reading of the node; names that must exist become references.
namespace cambist::representation {

void read_settings(const Node& realm, Realm& out);
void read_roles(const Node& realm, Realm& out);
void read_groups(const Node& realm, Realm& out);
void read_scopes(const Node& realm, Realm& out);
void read_clients(const Node& realm, Realm& out);
// After scopes and clients: the roles their tokens may hold.
void read_scope_mappings(const Node& realm, Realm& out);
void read_keys(const Node& realm, Realm& out);
// After scopes, roles, groups and clients.
void read_issuers(const Node& realm, Realm& out);
void read_organizations(const Node& realm, Realm& out);
Members read_members(const Node& realm);
void read_rules(const Node& realm, Realm& out);
// After roles, groups and clients; the realm is indexed.
void read_permissions(const Node& realm, Realm& out);
// Nothing when the file does not speak of them.
std::optional<std::vector<Relation>> read_relations(const Node& realm);
void read_users(const Node& realm, std::vector<User>& out, std::vector<PlainPassword>& passwords);

std::optional<Client> read_client(const Node& node);
User read_user_node(const Node& node, std::string_view realm,
                    std::vector<PlainPassword>& passwords);
std::vector<MapperConfig> read_mappers(const Node& owner);
// realmRoles and clientRoles (or a composite's realm and client), sorted; each is a reference.
std::vector<RoleRef> read_role_names(const Node& owner, std::string_view realm_key,
                                     std::string_view client_key);

// The signature algorithms we sign with; a fault for any other. Empty stays empty.
bool is_signature_algorithm(std::string_view name);
std::string read_algorithm(const Node& owner, std::string_view key, std::string_view otherwise);

// "90s", "5m": a fault for what is none. Nothing when the key is absent.
std::optional<Seconds> read_duration(const Node& owner, std::string_view key);

// A name that stands in a list once at most; a fault otherwise.
class Once {
  public:
    explicit Once(std::string what) : what_(std::move(what)) {}
    bool is_new(const Node& node, std::string_view key, const std::string& name);

  private:
    std::string what_;
    std::map<std::string, json::Position> seen_;
};

// "rsa", "strict": one of a few words, as an enum.
template <class Enum>
struct Word {
    std::string_view text;
    Enum value;
};
template <class Enum, std::size_t N>
Enum read_word(const Node& owner, std::string_view key, const Word<Enum> (&words)[N],
               Enum otherwise) {
    const auto node = owner.at(key);
    const auto* text = node.present() ? node.value().if_string() : nullptr;
    if (text == nullptr) return otherwise;
    std::string all;
    std::vector<std::string_view> names;
    for (const auto& word : words) {
        if (word.text == *text) return word.value;
        all += (all.empty() ? "" : ", ") + std::string(word.text);
        names.push_back(word.text);
    }
    const auto slip = did_you_mean(*text, names);
    node.fault("unknown value " + quoted(*text), slip.empty() ? "it may be " + all : slip);
    return otherwise;
}

}  // namespace cambist::representation
