// SPDX-License-Identifier: Apache-2.0
#include "cli/workshop.h"

#include "app/secret_key.h"
#include "base/text.h"

namespace cambist::cli {

Status Workshop::open(const config::Settings& settings, app::Access access) {
    CAMBIST_TRY(store, app::open_store(settings.store, access, {clock, random, log, metrics}));
    CAMBIST_TRY(box, app::open_secret_box(settings, random, log));
    identities = std::make_unique<identity::Identities>(store->users());
    realms = std::make_unique<realms::Realms>(
        realms::Realms::Parts{*store, *box, *identities, clock, random, log},
        realms::RealmsSettings{.base_url = settings.hostname, .password = {}});
    return realms->load_all();
}

Result<std::shared_ptr<const realms::Snapshot>> Workshop::find(const std::string& name) const {
    if (!name.empty()) {
        auto found = realms->find(name);
        if (found != nullptr) return found;
        return fail(ErrorCode::kRealmUnknown, "the store has no realm " + printable(name, 60));
    }
    const auto all = realms->all();
    if (all.size() == 1) return all.front();
    return fail(ErrorCode::kConfigInvalid,
                all.empty() ? "the store has no realm"
                            : "the store has several realms: say which one with --realm");
}

}  // namespace cambist::cli
