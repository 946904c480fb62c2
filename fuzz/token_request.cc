// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "exchange/parse.h"
#include "store_memory/memory_store.h"

namespace {

using namespace cambist;

// The grants that are served, over an empty store. Lives as long as the process.
struct World {
    SystemClock clock;
    SystemRandom random;
    Log log{clock, 2, LogLevel::kError};
    store_memory::MemoryStore store;
    identity::Identities identities{store.users()};
    identity::Logins logins{
        {store.users(), store.login_failures(), identities, clock, random, log}};
    sessions::Revocations revocations{store};
    sessions::Sessions sessions{store, revocations, random};
    sessions::Families families{store, revocations};
    tokens::OwnTokens tokens{identities, sessions, revocations};
    sessions::HandOffs hand_offs{store, revocations};
    grants::Grants grants{{identities, logins, sessions, families, hand_offs, tokens}};
};

const World& world() {
    static const World made;
    return made;
}

bool are_distinct(const std::vector<std::string>& texts) {
    return std::set<std::string>(texts.begin(), texts.end()).size() == texts.size();
}

}  // namespace

// A body that is accepted is accepted again when its fields are written anew; nothing in it is
// repeated but what its grant allows, and nothing that its grant refuses is there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    exchange::Incoming incoming;
    incoming.realm = "shop";
    incoming.content_type = "application/x-www-form-urlencoded";
    incoming.body = {reinterpret_cast<const char*>(data), size};
    const auto request =
        exchange::parse_token_request(incoming, world().grants, ErrorDialect::kStrict);
    if (!request) return 0;
    const auto* grant = world().grants.find(request->grant);
    CAMBIST_ASSERT(grant != nullptr && !request->form.find_repeated(grant->repeatable()));
    for (const auto name : grant->refused()) CAMBIST_ASSERT(!request->form.has(name));
    const auto& wanted = request->wanted;
    CAMBIST_ASSERT(are_distinct(wanted.audiences) && are_distinct(wanted.resources));
    CAMBIST_ASSERT(wanted.has_scope || wanted.scopes.empty());

    std::string body;
    for (const auto& [name, value] : request->form.fields())
        body += (body.empty() ? "" : "&") + form_encode(name) + "=" + form_encode(value);
    incoming.body = body;
    const auto again =
        exchange::parse_token_request(incoming, world().grants, ErrorDialect::kStrict);
    CAMBIST_ASSERT(again.has_value() && again->form.fields() == request->form.fields());
    CAMBIST_ASSERT(again->wanted.audiences == wanted.audiences);
    CAMBIST_ASSERT(again->wanted.scopes == wanted.scopes);
    return 0;
}
