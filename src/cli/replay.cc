// SPDX-License-Identifier: Apache-2.0
// Plays recorded decisions against this version, a changed realm file, or both.
#include "exchange/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "app/realm_files.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/workshop.h"
#include "identity/resolve.h"
#include "json/value.h"

namespace cambist::cli {
namespace {

using Found = exchange::Ground::Found;
using Users = std::vector<User>;

// The users of the store, in the light of `realm`.
exchange::Ground ground_of_store(const std::shared_ptr<const Realm>& realm, const Workshop& shop) {
    const auto name = realm->name.text();
    const auto see = [realm](Result<std::optional<User>> user) -> Found {
        if (!user) return std::unexpected(user.error());
        if (!*user) return std::shared_ptr<const Identity>();
        return std::make_shared<const Identity>(identity::resolve_identity(*realm, **user));
    };
    auto& users = shop.store->users();
    return {.realm = realm,
            .find_user = [=, &users](const UserId& id, const std::string& username) -> Found {
                auto found = users.find(name, id);
                if (found && !*found) found = users.find_by_username(name, username);
                return see(std::move(found));
            },
            .find_service_account = [=, &users](const ClientId& client) -> Found {
                return see(users.find_service_account(name, client));
            }};
}

// The users of a realm file.
exchange::Ground ground_of_file(const std::shared_ptr<const Realm>& realm,
                                const std::shared_ptr<const Users>& users) {
    const auto find = [=](auto is_meant) -> Found {
        const auto found = std::ranges::find_if(*users, is_meant);
        if (found == users->end()) return std::shared_ptr<const Identity>();
        return std::make_shared<const Identity>(identity::resolve_identity(*realm, *found));
    };
    return {.realm = realm,
            .find_user = [=](const UserId& id, const std::string& username) -> Found {
                auto found = find([&](const User& user) { return user.id == id; });
                if (found && *found) return found;
                return find([&](const User& user) { return user.username == username; });
            },
            .find_service_account = [=](const ClientId& client) -> Found {
                return find([&](const User& user) { return user.service_account_of == client; });
            }};
}

// What is played against, realm by realm.
struct Theatre {
    Workshop shop;
    std::map<std::string, std::unique_ptr<exchange::Replay>> stages;

    Status open(const ReplayOptions& options) {
        const bool has_store = !options.settings.store.empty();
        if (has_store) CAMBIST_CHECK(shop.open(options.settings, app::Access::kReadOnly));
        if (options.realm.empty()) {
            for (const auto& snapshot : shop.realms->all())
                add(ground_of_store(snapshot->realm, shop));
            return {};
        }
        CAMBIST_TRY(auto files, app::read_realms(options.realm, app::Literals::kAllowed));
        for (auto& file : files) {
            const auto realm = std::make_shared<const Realm>(std::move(file.realm));
            add(has_store
                    ? ground_of_store(realm, shop)
                    : ground_of_file(realm, std::make_shared<const Users>(std::move(file.users))));
        }
        return {};
    }
    void add(exchange::Ground ground) {
        const auto name = ground.realm->name.text();
        stages[name] = std::make_unique<exchange::Replay>(std::move(ground));
    }
    Result<exchange::Replayed> play(const exchange::Recorded& recorded) const {
        const auto stage = stages.find(recorded.realm);
        if (stage == stages.end())
            return fail(ErrorCode::kNotFound,
                        "there is no realm " + printable(recorded.realm, 60) + " any more");
        return stage->second->play(recorded);
    }
};

std::string describe(const exchange::Recorded& recorded) {
    auto targets = recorded.wanted.audiences;
    targets.insert(targets.end(), recorded.wanted.resources.begin(),
                   recorded.wanted.resources.end());
    return to_iso8601(from_unix(recorded.at)) + " " + printable(recorded.client, 60) + " for " +
           printable(recorded.subject_name, 60) +
           (recorded.actor_name.empty() ? ""
                                        : ", " + printable(recorded.actor_name, 60) + " acts") +
           (targets.empty() ? "" : ", to " + printable(join(targets, ", "), 200));
}

// What was found; without `json` it is printed as it comes.
struct Report {
    bool json = false;
    std::size_t played = 0;
    std::size_t changed = 0;
    json::Value rows = json::Value::array();

    void add(const exchange::Recorded& recorded, const Result<exchange::Replayed>& replayed) {
        ++played;
        const auto differences =
            replayed ? replayed->differences
                     : std::vector{"can not be decided any more: " + replayed.error().describe()};
        if (differences.empty()) return;
        ++changed;
        auto list = json::Value::array();
        for (const auto& one : differences) list.push(one);
        auto row = json::Value::object();
        row.set("trace", recorded.trace).set("decision", describe(recorded));
        rows.push(row.set("differences", std::move(list)));
        if (json) return;
        fmt::print("{} {}\n", printable(recorded.trace, 60), describe(recorded));
        for (const auto& one : differences) fmt::print("    {}\n", printable(one, 500));
    }
    void finish() {
        if (!json) {
            fmt::print("{} decisions played, {} changed\n", played, changed);
            return;
        }
        auto out = json::Value::object();
        out.set("played", played).set("changed", std::move(rows));
        fmt::print("{}\n", out.to_pretty_text());
    }
};

int refuse(const Error& error) {
    complain(error);
    return kWrongUse;
}

}  // namespace

int replay(const ReplayOptions& options) {
    std::ifstream file(options.recording);
    if (!file)
        return refuse({ErrorCode::kConfigInvalid, options.recording + " can not be read", {}, {}});
    Theatre theatre;
    if (const auto opened = theatre.open(options); !opened) return refuse(opened.error());
    Report report{.json = options.json};
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (line.empty()) continue;
        const auto recorded = exchange::parse_recorded(line);
        if (!recorded)
            return refuse(
                {ErrorCode::kConfigInvalid,
                 options.recording + ":" + std::to_string(number) + ": " + recorded.error().hint,
                 {},
                 {}});
        report.add(*recorded, theatre.play(*recorded));
    }
    report.finish();
    return report.changed == 0 ? kDone : kRefused;
}

}  // namespace cambist::cli
