// SPDX-License-Identifier: Apache-2.0
#include "cli/command_record.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>

#include "audit/record_json.h"
#include "base/files.h"
#include "base/text.h"

namespace cambist::cli {

std::string operating_user() {
    const auto id = getuid();
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    std::string name = "unknown";
    if (getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        name = entry.pw_name;
    name += " (uid " + std::to_string(id) + ")";
    // What sudo says is its word only: whoever is root can say anything.
    const auto by = id == 0 ? environment("SUDO_USER") : std::nullopt;
    return by ? name + ", by sudo of " + printable(*by, 60) : name;
}

AuditRecord command_record(const Clock& clock, const Random& random, std::string realm,
                           std::string command, std::string what) {
    AuditRecord record;
    record.at = clock.now();
    const auto now = std::chrono::floor<std::chrono::milliseconds>(record.at);
    record.trace = TraceId(make_ulid(random, now.time_since_epoch().count()));
    record.realm = std::move(realm);
    record.grant = audit::kCommand;
    record.peer = operating_user();
    record.issued = true;  // as asked
    record.steps.push_back({std::move(command), true, std::move(what)});
    return record;
}

Status write_command(store::Store& store, const AuditRecord& record) {
    const auto written = store.commit({record.realm, {audit::append_operation(record)}});
    if (written) return {};
    auto error = written.error();
    error.hint = "it is done, but could not be written to the audit trail: " + error.describe();
    return std::unexpected(std::move(error));
}

}  // namespace cambist::cli
