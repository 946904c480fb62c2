// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/text.h"
#include "cli/command_record.h"
#include "cli/commands.h"
#include "cli/workshop.h"
#include "json/value.h"
#include "keys/repository.h"

namespace cambist::cli {
namespace {

std::string when(std::int64_t seconds) { return to_iso8601(from_unix(seconds)); }

// "signs", or what it is and becomes.
std::string state_of(const keys::SigningKey& key) {
    if (key.activates > 0) return "published, signs from " + when(key.activates);
    if (key.retires > 0) return "verifies, goes at " + when(key.retires);
    switch (key.state) {
        case KeyState::kActive:
            return "signs";
        case KeyState::kPassive:
            return "verifies";
        case KeyState::kDisabled:
            return "disabled";
    }
    return {};
}

json::Value to_json(const std::string& realm, const keys::SigningKey& key) {
    auto out = json::Value::object();
    out.set("realm", realm).set("kid", key.kid.text()).set("algorithm", key.algorithm);
    out.set("state", keys::name_of(key.state)).set("priority", key.priority);
    out.set("created", key.created).set("source", key.source);
    if (key.activates > 0) out.set("signsFrom", key.activates);
    if (key.retires > 0) out.set("goesAt", key.retires);
    return out;
}

Status write_down(const Workshop& shop, const std::string& realm, std::string command,
                  std::string what) {
    return write_command(*shop.store, command_record(shop.clock, shop.random, realm,
                                                     std::move(command), std::move(what)));
}

}  // namespace

int keys_list(const KeysOptions& options) {
    Workshop workshop;
    if (const auto opened = workshop.open(options.settings, app::Access::kReadOnly); !opened)
        return complain(opened.error());
    auto list = json::Value::array();
    bool is_known = options.realm.empty();
    for (const auto& snapshot : workshop.realms->all()) {
        const auto& name = snapshot->realm->name.text();
        if (!options.realm.empty() && name != options.realm) continue;
        is_known = true;
        for (const auto& key : snapshot->keys->keys()) {
            if (options.json)
                list.push(to_json(name, key));
            else
                fmt::print("{} {} {} made {}, {} ({})\n", name, key.algorithm, key.kid.text(),
                           when(key.created), state_of(key), printable(key.source, 80));
        }
    }
    if (!is_known)
        return complain({ErrorCode::kRealmUnknown,
                         {},
                         "the store has no realm " + printable(options.realm),
                         {}});
    if (options.json) fmt::print("{}\n", list.to_pretty_text());
    return kDone;
}

int keys_rotate(const KeysOptions& options) {
    Workshop workshop;
    if (const auto opened = workshop.open(options.settings, app::Access::kBeside); !opened)
        return complain(opened.error());
    const auto kids = workshop.realms->rotate_keys(options.realm, options.algorithm, options.now);
    if (!kids) return complain(kids.error());
    const auto written = write_down(
        workshop, options.realm, "keys rotate",
        std::string(options.now ? "keys that sign from now on: " : "keys that are published: ") +
            join(*kids, ", "));
    if (!written) return complain(written.error());
    auto list = json::Value::array();
    for (const auto& kid : *kids) {
        list.push(kid);
        if (!options.json)
            fmt::print("key {} {}\n", kid,
                       options.now ? "signs from now on" : "is published; see cambist keys list");
    }
    if (options.json) fmt::print("{}\n", list.to_pretty_text());
    return kDone;
}

int keys_reseal(const KeysOptions& options) {
    Workshop workshop;
    if (const auto opened = workshop.open(options.settings, app::Access::kBeside); !opened)
        return complain(opened.error());
    const auto count = workshop.realms->reseal();
    if (!count) return complain(count.error());
    const auto written = write_down(workshop, {}, "keys reseal",
                                    std::to_string(*count) + " texts sealed with the first key");
    if (!written) return complain(written.error());
    if (options.json)
        fmt::print("{}\n", json::Value::object().set("resealed", *count).to_pretty_text());
    else
        fmt::print("{} texts sealed anew; older key files are not needed any more\n", *count);
    return kDone;
}

}  // namespace cambist::cli
