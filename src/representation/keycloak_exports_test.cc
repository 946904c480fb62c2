// SPDX-License-Identifier: Apache-2.0
// What real Keycloaks export (tests/data/keycloak/README.md) is read and comes out unchanged.
#include <gtest/gtest.h>

#include <algorithm>

#include "json/parse.h"
#include "representation/objects.h"
#include "representation/shape.h"
#include "representation/test_files.h"
#include "representation/user_json.h"

namespace cambist::representation {
namespace {

using json::Value;

Value parsed(const std::string& text) {
    auto value = json::parse(text, json::kConfigLimits);
    EXPECT_TRUE(value);
    return value ? *std::move(value) : Value();
}

// The paths at which `after` lacks what `before` says.
class Losses {
  public:
    std::vector<std::string> paths;

    void find(const Value& before, const Value* after, const std::string& path) {
        if (!says_something(before)) return;
        if (after == nullptr) {
            paths.push_back(path + " is gone");
        } else if (before.is_object() && after->is_object()) {
            for (const auto& member : before.as_object())
                find(member.value, after->find(member.key), path + "." + member.key);
        } else if (before.is_array() && after->is_array()) {
            find_in_list(before, *after, path);
        } else if (before != *after && !same_json(before, *after)) {
            paths.push_back(path + " is " + after->to_text() + ", was " + before.to_text());
        }
    }

  private:
    // Order counts in no list of Keycloak's: what has one has a priority.
    void find_in_list(const Value& before, const Value& after, const std::string& path) {
        if (before.as_array().size() != after.as_array().size() && !is_completed(path))
            paths.push_back(path + " has another length");
        for (const auto& element : before.as_array()) {
            const auto name = identity_of(element);
            const auto same = std::ranges::find_if(after.as_array(), [&](const Value& other) {
                return name.empty() ? other == element : identity_of(other) == name;
            });
            find(element, same == after.as_array().end() ? nullptr : &*same,
                 path + "[" + name + "]");
        }
    }
    // Credentials hold JSON as text.
    static bool same_json(const Value& before, const Value& after) {
        const auto* a = before.if_string();
        const auto* b = after.if_string();
        return a != nullptr && b != nullptr && a->starts_with("{") && parsed(*a) == parsed(*b);
    }
    // The roles that every realm has.
    static bool is_completed(const std::string& path) { return path == ".roles.realm"; }
};

class KeycloakExport : public testing::TestWithParam<const char*> {
  protected:
    std::string text() const {
        return read_repository_file(std::string("tests/data/keycloak/") + GetParam());
    }
};

// Members are kept with the users; what is left of the organizations stays in the realm.
void expect_members(json::Value& realm, const std::vector<User>& users) {
    auto* organizations = realm.find("organizations");
    if (organizations == nullptr) return;
    for (auto& organization : organizations->as_array()) {
        const auto* members = organization.find("members");
        if (members == nullptr) continue;
        for (const auto& member : members->as_array()) {
            const auto found =
                std::ranges::find(users, *member.find_string("username"), &User::username);
            ASSERT_NE(found, users.end());
            EXPECT_TRUE(std::ranges::any_of(found->memberships, [&](const auto& one) {
                return one.organization == *organization.find_string("alias");
            }));
        }
        organization.erase("members");
    }
}

TEST_P(KeycloakExport, IsReadAndComesOutUnchanged) {
    const auto outcome = read_realm_file(text(), GetParam(), {});
    for (const auto& fault : outcome.faults) ADD_FAILURE() << describe(fault);
    ASSERT_TRUE(outcome.file);
    auto before = parsed(text());
    Losses losses;
    if (const auto* users = before.find("users")) {
        for (const auto& user : users->as_array()) {
            const auto same = std::ranges::find(outcome.file->users, *user.find_string("username"),
                                                &User::username);
            ASSERT_NE(same, outcome.file->users.end());
            const auto after = render_user(*same);
            losses.find(user, &after, "user " + same->username);
        }
        before.erase("users");
    }
    expect_members(before, outcome.file->users);
    losses.find(before, &outcome.file->canonical, "");
    for (const auto& path : losses.paths) ADD_FAILURE() << path;
}

TEST_P(KeycloakExport, IsReadFromTheStoreAsItWasStored) {
    const auto first = read_realm_file(text(), GetParam(), {});
    ASSERT_TRUE(first.file);
    const auto joined = join(split(first.file->canonical));
    ASSERT_TRUE(joined);
    Options options;
    options.complete = false;
    const auto again = read_realm(*joined, "stored", options);
    for (const auto& fault : again.faults) ADD_FAILURE() << describe(fault);
    ASSERT_TRUE(again.file);
    EXPECT_EQ(again.file->canonical, first.file->canonical);
    EXPECT_EQ(split(again.file->canonical), split(first.file->canonical));
}

INSTANTIATE_TEST_SUITE_P(All, KeycloakExport,
                         testing::Values("18/acme.json", "18/acme-partial.json", "18/master.json",
                                         "22/acme.json", "22/acme-partial.json", "22/master.json",
                                         "26/acme.json", "26/acme-partial.json", "26/master.json"),
                         [](const auto& test) {
                             std::string name(test.param);
                             std::ranges::replace_if(
                                 name, [](char c) { return c == '/' || c == '-' || c == '.'; },
                                 '_');
                             return "Of" + name;
                         });

}  // namespace
}  // namespace cambist::representation
