// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "model/audit.h"
#include "store/store.h"

// What commands write down of what they change, in the chain of all decisions.
namespace cambist::cli {

// Who runs this process: "ann (uid 1000)", or with sudo "root (uid 0), by sudo of ann".
std::string operating_user();

// `command`: "revoke user"; `what`: in words, what it did; never a token or a secret.
AuditRecord command_record(const Clock& clock, const Random& random, std::string realm,
                           std::string command, std::string what);

// For a change that has a commit of its own: once it was made. An error says that it was made and
// is not on record.
Status write_command(store::Store& store, const AuditRecord& record);

}  // namespace cambist::cli
