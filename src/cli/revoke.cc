// SPDX-License-Identifier: Apache-2.0
// What an administrator ends, also while servers run on the same store.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "audit/record_json.h"
#include "base/text.h"
#include "cli/command_record.h"
#include "cli/commands.h"
#include "cli/workshop.h"
#include "crypto/digest.h"
#include "endpoints/session_json.h"
#include "json/parse.h"
#include "sessions/expiry.h"
#include "sessions/families.h"
#include "sessions/revocations.h"
#include "sessions/rule_revocation.h"
#include "sessions/sessions.h"
#include "sessions/short_id.h"
#include "tokens/api_keys.h"
#include "tokens/inspect.h"
#include "tokens/opaque.h"

namespace cambist::cli {
namespace {

// What running servers issue before they have heard of it is covered too.
constexpr std::chrono::seconds kUntilHeard{1};
constexpr std::size_t kPage = 200;
constexpr std::size_t kLongestId = 43;

// The store of a realm, with all that knows how to end what is in it.
struct Desk {
    Workshop& shop;
    std::string_view command;
    std::shared_ptr<const realms::Snapshot> snapshot;
    sessions::Revocations revocations{*shop.store};
    sessions::Sessions sessions{*shop.store, revocations, shop.random};
    sessions::Families families{*shop.store, revocations};
    TimePoint now = shop.clock.now();

    const Realm& realm() const { return *snapshot->realm; }
    const std::string& name() const { return realm().name.text(); }

    Status add(RevocationKind kind, std::string id, std::int64_t before,
               std::vector<store::Operation> with = {}) const {
        return revocations.add(name(),
                               {.kind = kind,
                                .id = std::move(id),
                                .before = before,
                                .until = sessions::revocation_end(realm(), to_unix(now))},
                               std::move(with));
    }
    // For the commit that does it: what, in words. For the audit trail.
    store::Operation note(std::string what, const UserId& user = {},
                          const std::string& user_name = {}) const {
        auto record =
            command_record(shop.clock, shop.random, name(), std::string(command), std::move(what));
        record.subject = user.text();
        record.subject_name = user_name;
        return audit::append_operation(record);
    }
    // For what goes on to exist: everything up to now.
    std::int64_t up_to_now() const { return to_unix(now + kUntilHeard); }
};

std::unexpected<Error> unknown(std::string_view what, const std::string& name) {
    return fail(ErrorCode::kNotFound,
                "the realm has no " + std::string(what) + " " + printable(name, 100));
}

// What one command did, in words.
using Done = Result<std::string>;

Result<UserId> find_user(const Desk& desk, const std::string& name) {
    CAMBIST_TRY(const auto user, desk.shop.store->users().find_by_username(desk.name(), name));
    if (user) return user->id;
    CAMBIST_TRY(const auto by_id, desk.shop.store->users().find(desk.name(), UserId(name)));
    if (by_id) return by_id->id;
    return unknown("user", name);
}

// The id of a token goes without a check of its signature: who can write to the store may revoke
// any, and one that nobody issued is nobody's loss.
Result<std::string> jti_of(const Desk& desk, const std::string& text) {
    if (tokens::looks_like_opaque_token(text)) {
        CAMBIST_TRY(const auto found, desk.shop.store->reference_tokens().find(
                                          desk.name(), crypto::sha256_base64url(text)));
        if (!found) return unknown("opaque token", "of this text");
        CAMBIST_TRY(const auto claims, json::parse(found->claims, {}, json::Positions::kNone));
        if (const auto* jti = claims.find_string("jti")) return *jti;
        return unknown("opaque token", "with an id");
    }
    if (!text.contains('.')) return text;  // the id itself
    const auto inspection = tokens::inspect(text, desk.now);
    const auto* jti = inspection.claims.find_string("jti");
    if (jti != nullptr) return *jti;
    return fail(ErrorCode::kTokenMalformed,
                "this is " + tokens::describe_shape(text) +
                    "; give a token of this realm, or its id (jti), which explain tells too");
}

Done revoke_api_key(const Desk& desk, const std::string& text) {
    CAMBIST_TRY(const auto key,
                desk.shop.store->api_keys().find(desk.name(), tokens::hash_of_api_key(text)));
    if (!key) return unknown("API key", "of this text");
    auto done = "the API key " + key->id + " and all that came of it";
    CAMBIST_CHECK(desk.add(RevocationKind::kToken, sessions::short_id(key->id), 0,
                           {store::RemoveApiKey{key->id}, desk.note(done)}));
    return done;
}

Done revoke_family(const Desk& desk, const RefreshFamily& family) {
    auto done = "the refresh family " + family.id + " and all that came of it";
    CAMBIST_CHECK(desk.families.revoke(desk.realm(), family, desk.now, {desk.note(done)}));
    return done;
}

Done revoke_token(const Desk& desk, const std::string& text) {
    if (tokens::looks_like_api_key(text)) return revoke_api_key(desk, text);
    if (sessions::looks_like_refresh_token(text)) {
        CAMBIST_TRY(const auto found, desk.families.find(desk.realm(), text));
        if (!found) return unknown("refresh token", "of this text");
        return revoke_family(desk, found->family);
    }
    CAMBIST_TRY(const auto jti, jti_of(desk, text));
    // What is longer than any id of ours may be a secret that was mistaken for one.
    const auto shown = jti.size() > kLongestId ? "of short id " + sessions::short_id(jti) : jti;
    auto done = "the token " + shown + " and all that came of it";
    CAMBIST_CHECK(desk.add(RevocationKind::kToken, sessions::short_id(jti), 0, {desk.note(done)}));
    return done;
}

Done revoke_tree(const Desk& desk, const std::string& xid) {
    auto done = "all tokens of the exchange tree " + xid;
    CAMBIST_CHECK(desk.add(RevocationKind::kTree, xid, 0, {desk.note(done)}));
    return done;
}

// Ended or not, it is revoked: its tokens may be out there.
Done revoke_session(const Desk& desk, const std::string& id) {
    auto done = "the session " + id + " with its refresh families and tokens";
    CAMBIST_CHECK(desk.sessions.end(desk.realm(), SessionId(id), desk.now, {desk.note(done)}));
    return done;
}

Done revoke_user(const Desk& desk, const std::string& name) {
    CAMBIST_TRY(const auto id, find_user(desk, name));
    CAMBIST_TRY(const auto ended,
                desk.sessions.end_all_of(
                    desk.realm(), id, desk.now + kUntilHeard,
                    {desk.note("all sessions and tokens of the user " + name, id, name)}));
    return "all tokens of the user " + name + ", and " + std::to_string(ended) + " sessions";
}

Done revoke_client(const Desk& desk, const std::string& id) {
    auto done = "all tokens that the client " + id + " holds";
    CAMBIST_CHECK(desk.add(RevocationKind::kClient, id, desk.up_to_now(), {desk.note(done)}));
    return done;
}

// A user, or a client: as itself and as its service account.
Done revoke_actor(const Desk& desk, const std::string& name) {
    const auto before = desk.up_to_now();
    const ClientId client(name);
    auto done = "all tokens in which " + name + " acts";
    if (desk.realm().find_client(name) != nullptr) {
        CAMBIST_TRY(const auto account,
                    desk.shop.store->users().find_service_account(desk.name(), client));
        if (account) CAMBIST_CHECK(desk.add(RevocationKind::kActor, account->id.text(), before));
        CAMBIST_CHECK(desk.add(RevocationKind::kActor, name, before, {desk.note(done)}));
    } else {
        CAMBIST_TRY(const auto id, find_user(desk, name));
        CAMBIST_CHECK(
            desk.add(RevocationKind::kActor, id.text(), before, {desk.note(done, id, name)}));
    }
    return done;
}

Done revoke_rule(const Desk& desk, const std::string& id) {
    auto done = "all tokens that the rule " + id + " led to";
    CAMBIST_CHECK(desk.revocations.add(
        desk.name(),
        sessions::revocation_of_rule(id, desk.up_to_now(),
                                     sessions::revocation_end(desk.realm(), to_unix(desk.now))),
        {desk.note(done)}));
    return done;
}

struct Kind {
    std::string_view name;
    Done (*revoke)(const Desk&, const std::string&);
};
constexpr Kind kKinds[] = {{"token", revoke_token},     {"tree", revoke_tree},
                           {"session", revoke_session}, {"user", revoke_user},
                           {"client", revoke_client},   {"actor", revoke_actor},
                           {"rule", revoke_rule}};

// A name that is written wrong would revoke nothing and say that it did.
Status check_known(const Desk& desk, const RevokeOptions& options) {
    if (options.gone) return {};
    const auto& rules = desk.realm().rules;
    if (options.kind == "client" && desk.realm().find_client(options.what) == nullptr)
        return fail(ErrorCode::kNotFound, "the realm has no client " + options.what +
                                              "; if it had, and has not any more, add --gone");
    const bool is_rule = options.kind != "rule" ||
                         std::ranges::find(rules, RuleId(options.what), &Rule::id) != rules.end();
    if (is_rule) return {};
    return fail(ErrorCode::kNotFound, "the realm has no rule " + options.what +
                                          "; if it had, and has not any more, add --gone");
}

void say(const Desk& desk, const std::string& what, bool json) {
    if (json) {
        auto out = json::Value::object();
        out.set("realm", desk.name()).set("revoked", what);
        fmt::print("{}\n", out.to_pretty_text());
        return;
    }
    fmt::print("revoked in realm {}: {}\nServers on this store know within a second.\n",
               desk.name(), printable(what, 300));
}

// Sessions and families of one user or of all --------------------------------------------------

struct Listing {
    std::vector<Session> sessions;
    std::vector<RefreshFamily> families;
};

Status read_of(const Desk& desk, const UserId& user, Listing& listing) {
    CAMBIST_TRY(const auto sessions, desk.shop.store->sessions().of_user(desk.name(), user));
    for (const auto& session : sessions) {
        if (!sessions::is_live(desk.realm(), session, to_unix(desk.now)) ||
            desk.revocations.covers_session(desk.name(), session.id))
            continue;
        listing.sessions.push_back(session);
        CAMBIST_TRY(auto families, desk.families.usable_of(desk.realm(), session.id, desk.now));
        std::ranges::move(families, std::back_inserter(listing.families));
    }
    CAMBIST_TRY(auto beside, desk.families.usable_without_session(desk.realm(), user, desk.now));
    std::ranges::move(beside, std::back_inserter(listing.families));
    return {};
}

Result<Listing> read_all(const Desk& desk, const std::string& user) {
    Listing listing;
    if (!user.empty()) {
        CAMBIST_TRY(const auto id, find_user(desk, user));
        CAMBIST_CHECK(read_of(desk, id, listing));
        return listing;
    }
    UserId after;
    while (true) {
        CAMBIST_TRY(const auto users, desk.shop.store->users().list(desk.name(), after, kPage));
        if (users.empty()) return listing;
        for (const auto& one : users) CAMBIST_CHECK(read_of(desk, one.id, listing));
        after = users.back().id;
    }
}

std::string name_of(const Desk& desk, const UserId& id) {
    const auto user = desk.shop.store->users().find(desk.name(), id);
    return user && *user ? (*user)->username : id.text();
}

void print_json(const Desk& desk, const Listing& listing) {
    auto sessions = json::Value::array();
    for (const auto& session : listing.sessions) {
        std::vector<RefreshFamily> own;
        for (const auto& family : listing.families)
            if (family.session == session.id) own.push_back(family);
        auto one = endpoints::render_session(desk.realm(), session, own);
        sessions.push(one.set("user", name_of(desk, session.user)));
    }
    auto out = json::Value::object();
    auto beside = json::Value::array();
    for (const auto& family : listing.families) {
        if (!family.session.empty()) continue;
        auto one = endpoints::render_family(family);
        beside.push(one.set("user", name_of(desk, family.user)));
    }
    out.set("realm", desk.name()).set("sessions", std::move(sessions));
    out.set("refreshFamilies", std::move(beside));
    fmt::print("{}\n", out.to_pretty_text());
}

void print_family(const Desk& desk, const RefreshFamily& family) {
    fmt::print("    refresh family {}  client {}  user {}  {}{}\n", family.id,
               printable(family.client.text(), 60), printable(name_of(desk, family.user), 60),
               family.rule.empty() ? "" : "rule " + printable(family.rule.text(), 60) + "  ",
               family.expires == 0 ? "no end" : "until " + to_iso8601(from_unix(family.expires)));
}

void print_text(const Desk& desk, const Listing& listing) {
    for (const auto& session : listing.sessions) {
        fmt::print("session {}  user {}  client {}  since {}{}\n", session.id.text(),
                   printable(name_of(desk, session.user), 60), printable(session.client.text(), 60),
                   to_iso8601(from_unix(session.started)), session.offline ? "  offline" : "");
        for (const auto& family : listing.families)
            if (family.session == session.id) print_family(desk, family);
    }
    const bool has_more = std::ranges::any_of(
        listing.families, [](const RefreshFamily& family) { return family.session.empty(); });
    if (has_more) fmt::print("without a session\n");
    for (const auto& family : listing.families)
        if (family.session.empty()) print_family(desk, family);
    fmt::print("realm {}: {} sessions, {} refresh families\n", desk.name(), listing.sessions.size(),
               listing.families.size());
}

Done end_listed(const Desk& desk, const std::string& id) {
    CAMBIST_TRY(const auto session, desk.shop.store->sessions().find(desk.name(), SessionId(id)));
    if (session) return revoke_session(desk, id);
    CAMBIST_TRY(const auto all, read_all(desk, {}));
    const auto family = std::ranges::find(all.families, id, &RefreshFamily::id);
    if (family == all.families.end()) return unknown("session or refresh family", id);
    return revoke_family(desk, *family);
}

// Opens the store beside its server, and tells what went wrong.
template <class Options>
int at_desk(const Options& options, std::string_view command, app::Access access, auto use) {
    Workshop shop;
    if (const auto opened = shop.open(options.settings, access); !opened)
        return complain(opened.error());
    const auto snapshot = shop.find(options.realm);
    if (!snapshot) return complain(snapshot.error());
    Desk desk{.shop = shop, .command = command, .snapshot = *snapshot};
    if (const auto loaded = desk.revocations.load(); !loaded) return complain(loaded.error());
    const Status done = use(desk);
    return done ? kDone : complain(done.error());
}

}  // namespace

int revoke(const RevokeOptions& options) {
    const auto command = "revoke " + options.kind;
    return at_desk(options, command, app::Access::kBeside, [&](const Desk& desk) -> Status {
        CAMBIST_CHECK(check_known(desk, options));
        const auto* kind = std::ranges::find(kKinds, options.kind, &Kind::name);
        CAMBIST_ASSERT(kind != std::end(kKinds));  // the option parser knows them
        std::string what = options.what;
        if (what == "-") what.assign(std::istreambuf_iterator<char>(std::cin), {});
        CAMBIST_TRY(const auto done, kind->revoke(desk, std::string(trim(what))));
        say(desk, done, options.json);
        return {};
    });
}

int sessions_list(const SessionsOptions& options) {
    return at_desk(options, "sessions list", app::Access::kReadOnly,
                   [&](const Desk& desk) -> Status {
                       CAMBIST_TRY(const auto listing, read_all(desk, options.user));
                       options.json ? print_json(desk, listing) : print_text(desk, listing);
                       return {};
                   });
}

int sessions_revoke(const SessionsOptions& options) {
    return at_desk(
        options, "sessions revoke", app::Access::kBeside, [&](const Desk& desk) -> Status {
            CAMBIST_TRY(const auto done, options.id.empty() ? revoke_user(desk, options.user)
                                                            : end_listed(desk, options.id));
            say(desk, done, options.json);
            return {};
        });
}

}  // namespace cambist::cli
