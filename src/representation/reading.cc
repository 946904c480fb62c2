// SPDX-License-Identifier: Apache-2.0
#include "representation/reading.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>

#include "base/text.h"

namespace cambist::representation {

namespace {

// Nobody reads more, and a hostile file should not cost more.
constexpr std::size_t kMaxFaults = 1000;

// "clients[3].name" -> "clients[].name": notes about each element are one note. Keys in brackets
// stay but where only the kind of a thing counts.
std::string without_indexes(std::string_view path, bool with_keys) {
    std::string out;
    bool inside = false;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        if (c == ']') inside = false;
        if (!inside) out.push_back(c);
        const bool is_key = with_keys && i + 1 < path.size() && path[i + 1] == '"';
        if (c == '[' && !is_key) inside = true;
    }
    return out;
}

bool is_plain_key(std::string_view key) {
    return !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

}  // namespace

std::string quoted(std::string_view text) {
    static constexpr std::size_t kMost = 100;
    std::string out = "\"";
    for (const char c : text.substr(0, kMost)) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(byte < 0x20 || byte == 0x7f || c == '"' ? '?' : c);
    }
    return out + (text.size() > kMost ? "...\"" : "\"");
}

std::string path_to(const std::string& parent, std::string_view key) {
    if (!is_plain_key(key)) return parent + "[" + quoted(key) + "]";
    return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
    const auto found = nearest(word, candidates);
    return found ? "did you mean " + quoted(*found) + "?" : std::string();
}

void Reading::fault(json::Position position, std::string path, std::string message,
                    std::string mend) {
    if (faults_.size() >= kMaxFaults) return;
    faults_.push_back({.file = file_,
                       .line = position.line,
                       .column = position.column,
                       .path = std::move(path),
                       .message = std::move(message),
                       .mend = std::move(mend)});
    place(faults_.back());
}

void Reading::fault_in(const std::string& file, json::Position position, std::string path,
                       std::string message) {
    fault(position, std::move(path), std::move(message));
    if (!faults_.empty()) faults_.back().file = file;
}

// "users[57].email" of all users is "users[7].email" of the file that holds it.
void Reading::place(Fault& fault) const {
    static constexpr std::string_view kUsers = "users[";
    if (users_from_.empty() || !fault.path.starts_with(kUsers)) return;
    std::size_t index = 0;
    const auto* end = fault.path.data() + fault.path.size();
    const auto [stop, error] = std::from_chars(fault.path.data() + kUsers.size(), end, index);
    const auto behind = users_from_.upper_bound(index);
    if (error != std::errc() || behind == users_from_.begin()) return;
    const auto& [first, file] = *std::prev(behind);
    fault.path = std::string(kUsers) + std::to_string(index - first) + std::string(stop, end);
    fault.file = file;
}

void Reading::note(json::Position position, std::string_view path, std::string text, NoteKind kind,
                   std::string_view topic) {
    auto pattern = without_indexes(path, kind != NoteKind::kKept);
    const auto [known, is_new] = note_index_.try_emplace(pattern + '\n' + text, notes_.size());
    if (is_new)
        notes_.push_back({.position = position,
                          .path = kind == NoteKind::kRisk ? std::string(path) : std::move(pattern),
                          .text = std::move(text),
                          .count = 1,
                          .kind = kind,
                          .topic = std::string(topic)});
    else if (auto& note = notes_[known->second]; ++note.count == 2)
        note.path = std::move(pattern);  // one of several places tells less than all of them
}

std::vector<Fault> Reading::take_faults() {
    std::ranges::sort(faults_, [](const Fault& a, const Fault& b) {
        return std::tie(a.file, a.line, a.column, a.path, a.message) <
               std::tie(b.file, b.line, b.column, b.path, b.message);
    });
    return std::move(faults_);
}

Node Node::at(std::string_view key) const {
    const auto* child = value_ == nullptr ? nullptr : value_->find(key);
    return {child, path_to(path_, key), *reading_};
}

std::string Node::text(std::string_view key, std::string_view otherwise) const {
    const auto* found = value_ == nullptr ? nullptr : value_->find_string(key);
    return found == nullptr ? std::string(otherwise) : *found;
}

bool Node::flag(std::string_view key, bool otherwise) const {
    const auto* found = value_ == nullptr ? nullptr : value_->find(key);
    return found == nullptr ? otherwise : found->if_bool().value_or(otherwise);
}

std::int64_t Node::number(std::string_view key, std::int64_t otherwise) const {
    const auto* found = value_ == nullptr ? nullptr : value_->find(key);
    return found == nullptr ? otherwise : found->if_int64().value_or(otherwise);
}

std::vector<Node> Node::list(std::string_view key) const {
    std::vector<Node> nodes;
    const auto child = at(key);
    const auto* array = child.present() ? child.value().if_array() : nullptr;
    if (array == nullptr) return nodes;
    nodes.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i)
        nodes.emplace_back(&(*array)[i], child.path() + "[" + std::to_string(i) + "]", *reading_);
    return nodes;
}

std::vector<std::pair<std::string, Node>> Node::text_nodes(std::string_view key) const {
    std::vector<std::pair<std::string, Node>> nodes;
    for (auto& node : list(key)) {
        if (const auto* text = node.value().if_string()) nodes.emplace_back(*text, std::move(node));
    }
    return nodes;
}

std::vector<std::string> Node::texts(std::string_view key) const {
    std::vector<std::string> texts;
    const auto* found = value_ == nullptr ? nullptr : value_->find(key);
    const auto* array = found == nullptr ? nullptr : found->if_array();
    if (array == nullptr) return texts;
    for (const auto& element : *array) {
        if (const auto* text = element.if_string()) texts.push_back(*text);
    }
    return texts;
}

std::vector<std::pair<std::string, Node>> Node::members() const {
    std::vector<std::pair<std::string, Node>> nodes;
    const auto* object = value_ == nullptr ? nullptr : value_->if_object();
    if (object == nullptr) return nodes;
    for (const auto& member : *object)
        nodes.emplace_back(member.key, Node(&member.value, path_to(path_, member.key), *reading_));
    return nodes;
}

std::map<std::string, std::string> Node::text_map(std::string_view key) const {
    std::map<std::string, std::string> map;
    for (const auto& [name, node] : at(key).members()) {
        if (const auto* text = node.value().if_string()) map.emplace(name, *text);
    }
    return map;
}

Attributes Node::texts_map(std::string_view key) const {
    Attributes map;
    const auto child = at(key);
    for (const auto& [name, node] : child.members()) map.emplace(name, child.texts(name));
    return map;
}

void Node::fault_unless_export(std::string message, std::string mend,
                               std::string_view outcome) const {
    if (!reading_->is_export) return fault(std::move(message), std::move(mend));
    risk(std::move(message) + ": " + std::string(outcome));
}

void Node::refer(Named kind, std::string name) const {
    reading_->references.push_back(
        {.kind = kind, .name = std::move(name), .role = {}, .position = position(), .path = path_});
}

void Node::refer_role(RoleRef role) const {
    reading_->references.push_back({.kind = Named::kRole,
                                    .name = {},
                                    .role = std::move(role),
                                    .position = position(),
                                    .path = path_});
}

namespace {

// A name that leads nowhere. Rules are ours, and one with a hole in it must not be guessed at.
void report_dangling(const Reference& reference, Reading& reading, std::string what,
                     std::string mend) {
    if (reading.is_export && !reference.path.starts_with("exchangeRules"))
        reading.note(reference.position, reference.path, std::move(what) + ": left out",
                     NoteKind::kRisk);
    else
        reading.fault(reference.position, reference.path, std::move(what), std::move(mend));
}

void check_role(const Realm& realm, const Reference& reference, Reading& reading) {
    const auto& role = reference.role;
    if (realm.find_role(role) != nullptr) return;
    std::vector<std::string_view> names;
    for (const auto& known : realm.roles) {
        if (known.ref.client == role.client) names.emplace_back(known.ref.name);
    }
    auto mend = did_you_mean(role.name, names);
    if (mend.empty() && realm.find_role({.client = {}, .name = to_text(role)}) != nullptr)
        mend = "a realm role with a colon in its name is written " + quoted(":" + to_text(role));
    if (mend.empty() && role.client.empty())
        mend = "a role of a client is written \"client:role\"; add realm roles to roles.realm";
    const auto what = role.client.empty() ? "the realm has no role " + quoted(role.name)
                                          : "the client " + quoted(role.client) + " has no role " +
                                                quoted(role.name);
    report_dangling(reference, reading, what, mend);
}

template <class Items, class NameOf>
std::vector<std::string_view> names_of(const Items& items, const NameOf& name_of) {
    std::vector<std::string_view> names;
    names.reserve(items.size());
    for (const auto& item : items) names.emplace_back(name_of(item));
    return names;
}

// Where organizations are off nobody is in one: a permit by them would serve nobody, and a denial
// would let everybody through.
void check_organization(const Realm& realm, const Reference& reference, std::string_view alias,
                        Reading& reading) {
    if (!realm.organizations_enabled)
        return report_dangling(reference, reading, "the realm has no organizations switched on",
                               "write organizationsEnabled: true");
    if (alias.empty() || realm.find_organization(alias) != nullptr) return;
    report_dangling(reference, reading, "the realm has no organization " + quoted(alias),
                    did_you_mean(alias, names_of(realm.organizations, [](const Organization& one) {
                                     return std::string_view(one.alias);
                                 })));
}

// "organization:acme" stands for the client scope organization, and for acme. False: it is none.
bool check_organization_scope(const Realm& realm, const Reference& reference, Reading& reading) {
    const auto asked = find_organization_scope(realm, reference.name);
    if (!asked || asked->kind == OrganizationScope::Kind::kAny) return false;
    check_organization(realm, reference, asked->alias, reading);
    return true;
}

}  // namespace

void check_references(const Realm& realm, Reading& reading) {
    const auto fault = [&](const Reference& reference, std::string_view what, std::string mend) {
        report_dangling(reference, reading,
                        "the realm has no " + std::string(what) + " " + quoted(reference.name),
                        std::move(mend));
    };
    for (const auto& reference : reading.references) {
        const auto& name = reference.name;
        switch (reference.kind) {
            case Named::kRole:
                check_role(realm, reference, reading);
                break;
            case Named::kClient:
                if (realm.find_client(name) != nullptr) break;
                fault(reference, "client",
                      did_you_mean(name, names_of(realm.clients, [](const Client& client) {
                                       return std::string_view(client.client_id.text());
                                   })));
                break;
            case Named::kScope:
                if (check_organization_scope(realm, reference, reading)) break;
                if (realm.find_scope(name) != nullptr) break;
                fault(reference, "client scope",
                      did_you_mean(name, names_of(realm.scopes, [](const ClientScope& scope) {
                                       return std::string_view(scope.name);
                                   })));
                break;
            case Named::kGroup:
                if (realm.find_group(name) != nullptr) break;
                fault(reference, "group",
                      !name.starts_with('/')
                          ? "a group is named by its path, from the top: " + quoted("/" + name)
                          : did_you_mean(name, names_of(realm.groups, [](const Group& group) {
                                             return std::string_view(group.path);
                                         })));
                break;
            case Named::kOrganization:
                check_organization(realm, reference, name, reading);
                break;
        }
    }
}

}  // namespace cambist::representation
