// SPDX-License-Identifier: Apache-2.0
#include "representation/group_paths.h"

#include <map>
#include <set>
#include <string>

#include "model/group_path.h"

namespace cambist::representation {

namespace {

class GroupPaths {
  public:
    void take(const json::Value* groups, const std::string& parent, const std::string& plain) {
        if (groups == nullptr || !groups->is_array()) return;
        for (const auto& group : groups->as_array()) {
            const auto* name = group.find_string("name");
            if (name == nullptr) continue;
            const auto path = child_path(parent, *name);
            const auto plain_path = plain + "/" + *name;
            paths_.insert(path);
            if (path != plain_path) escaped_.emplace(plain_path, path);
            take(group.find("subGroups"), path, plain_path);
        }
    }
    bool has_slashes() const { return !escaped_.empty(); }
    void escape(json::Value& path) const {
        const auto* text = path.if_string();
        if (text == nullptr || paths_.contains(*text)) return;
        if (const auto found = escaped_.find(*text); found != escaped_.end())
            path = json::Value(found->second);
    }
    void escape_all(json::Value* paths) const {
        if (paths == nullptr || !paths->is_array()) return;
        for (auto& path : paths->as_array()) escape(path);
    }
    // The key `path` of the groups themselves: it stands where the group stands.
    static void escape_own(json::Value* groups, const std::string& parent,
                           const std::string& plain) {
        if (groups == nullptr || !groups->is_array()) return;
        for (auto& group : groups->as_array()) {
            const auto* name = group.find_string("name");
            if (name == nullptr) continue;
            const auto path = child_path(parent, *name);
            const auto plain_path = plain + "/" + *name;
            auto* said = group.find("path");
            if (said != nullptr && said->if_string() != nullptr && *said->if_string() == plain_path)
                *said = json::Value(path);
            escape_own(group.find("subGroups"), path, plain_path);
        }
    }

  private:
    std::set<std::string> paths_;
    std::map<std::string, std::string> escaped_;  // by the path with plain slashes
};

}  // namespace

void escape_group_paths(json::Value& realm) {
    GroupPaths paths;
    paths.take(realm.find("groups"), {}, {});
    if (!paths.has_slashes()) return;
    GroupPaths::escape_own(realm.find("groups"), {}, {});
    paths.escape_all(realm.find("defaultGroups"));
    auto* users = realm.find("users");
    if (users == nullptr || !users->is_array()) return;
    for (auto& user : users->as_array())
        if (user.is_object()) paths.escape_all(user.find("groups"));
}

}  // namespace cambist::representation
