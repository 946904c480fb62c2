// SPDX-License-Identifier: Apache-2.0
#include "representation/realm_file.h"

#include <cstddef>
#include <cstdint>

#include "representation/durations.h"
#include "representation/lint.h"
#include "representation/members.h"
#include "representation/objects.h"
#include "representation/password_json.h"
#include "representation/source.h"
#include "representation/user_json.h"

// A realm that we accept is taken apart, put together and accepted again as the same; so are its
// users.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist::representation;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(parse_duration(text));
    static_cast<void>(parse_end_date(text));
    static_cast<void>(
        parse_keycloak_hash({.secret_data = std::string(text), .credential_data = "{}"}));
    const Options options;
    Reading reading("fuzz", options);
    if (!parse_source(text, "fuzz", reading)) return 0;
    static_cast<void>(lint(text, "fuzz"));
    const auto outcome = read_realm_file(text, "fuzz", options);
    if (outcome.file.has_value() != outcome.faults.empty()) __builtin_trap();
    if (!outcome.file) return 0;
    const auto joined = join(split(outcome.file->canonical));
    if (!joined || *joined != outcome.file->canonical) __builtin_trap();
    Options stored;
    stored.complete = false;
    const auto again = read_realm(*joined, "fuzz", stored);
    if (!again.file || again.file->canonical != outcome.file->canonical) __builtin_trap();
    for (const auto& user : outcome.file->users) {
        auto same = read_user(render_user(user));
        if (same) give_memberships(outcome.file->members, *same);
        if (!same || *same != user) __builtin_trap();
    }
    return 0;
}
