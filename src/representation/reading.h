// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.h"
#include "model/role.h"
#include "representation/fault.h"
#include "representation/realm_file.h"

namespace cambist::representation {

// kOrganization without a name: organizations at all.
enum class Named : std::uint8_t { kRole, kClient, kScope, kGroup, kOrganization };

// A name that must exist in the end.
struct Reference {
    Named kind = Named::kRole;
    std::string name;  // of a role: of its client when role.client is set
    RoleRef role;
    json::Position position;
    std::string path;
};

// What is found out while one file is read. For one thread.
class Reading {
  public:
    Reading(std::string file, const Options& file_options)
        : options(file_options), file_(std::move(file)) {}

    void fault(json::Position position, std::string path, std::string message,
               std::string mend = {});
    void note(json::Position position, std::string_view path, std::string text,
              NoteKind kind = NoteKind::kOther, std::string_view topic = {});
    // As fault(), of another file than the first.
    void fault_in(const std::string& file, json::Position position, std::string path,
                  std::string message);
    void take_over(Fault fault) { faults_.push_back(std::move(fault)); }
    // From this index on, users come from that file.
    void begin_users(std::size_t first, std::string file) {
        users_from_.emplace(first, std::move(file));
    }
    bool has_faults() const { return !faults_.empty(); }
    std::vector<Fault> take_faults();  // in the order of the file
    std::vector<Note> take_notes() { return std::move(notes_); }

    const Options& options;
    std::vector<Reference> references;
    // Keycloak wrote it: what works there and can not work here is a risk in the report, no fault.
    bool is_export = false;

  private:
    void place(Fault& fault) const;

    std::string file_;
    std::map<std::size_t, std::string> users_from_;
    std::vector<Fault> faults_;
    std::vector<Note> notes_;
    std::map<std::string, std::size_t> note_index_;
};

// A value of the file with the way to it. Its getters give the default where the value is absent or
// of another type: that was a fault of the shape already.
class Node {
  public:
    Node(const json::Value* value, std::string path, Reading& reading)
        : value_(value), path_(std::move(path)), reading_(&reading) {}

    bool present() const { return value_ != nullptr; }
    const json::Value& value() const { return *value_; }
    json::Position position() const { return value_ ? value_->position() : json::Position{}; }
    const std::string& path() const { return path_; }
    Reading& reading() const { return *reading_; }

    Node at(std::string_view key) const;
    bool has(std::string_view key) const { return at(key).present(); }
    std::string text(std::string_view key, std::string_view otherwise = {}) const;
    bool flag(std::string_view key, bool otherwise) const;
    std::int64_t number(std::string_view key, std::int64_t otherwise) const;
    std::vector<std::string> texts(std::string_view key) const;
    // The elements that are texts, the elements of any kind, the members of an object.
    std::vector<std::pair<std::string, Node>> text_nodes(std::string_view key) const;
    std::vector<Node> list(std::string_view key) const;
    std::vector<std::pair<std::string, Node>> members() const;
    std::map<std::string, std::string> text_map(std::string_view key) const;
    Attributes texts_map(std::string_view key) const;

    void fault(std::string message, std::string mend = {}) const {
        reading_->fault(position(), path_, std::move(message), std::move(mend));
    }
    void note(std::string text) const { reading_->note(position(), path_, std::move(text)); }
    void risk(std::string text) const {
        reading_->note(position(), path_, std::move(text), NoteKind::kRisk);
    }
    void keep(std::string_view topic) const {
        reading_->note(position(), path_, "kept, but not used", NoteKind::kKept, topic);
    }
    // A fault of a file that was written for us; an export's says what becomes of it.
    void fault_unless_export(std::string message, std::string mend, std::string_view outcome) const;
    void refer(Named kind, std::string name) const;
    void refer_role(RoleRef role) const;

  private:
    const json::Value* value_;
    std::string path_;
    Reading* reading_;
};

// "did you mean \"x\"?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);
std::string quoted(std::string_view text);
// "parent.key", or "parent["other key"]".
std::string path_to(const std::string& parent, std::string_view key);
// Every reference that leads nowhere becomes a fault. The realm must be indexed.
void check_references(const Realm& realm, Reading& reading);

}  // namespace cambist::representation
