// SPDX-License-Identifier: Apache-2.0
#include "exchange/recorder.h"

#include <algorithm>

#include "base/error.h"
#include "json/parse.h"
#include "policy/actors.h"
#include "store/fields.h"

namespace cambist::exchange {
namespace {

using store::FieldReader;
using store::write_field;
using store::write_flag;
using store::write_list;

constexpr std::int64_t kVersion = 1;
// What stands for a text that is not kept, where only its presence is decided on.
constexpr std::string_view kGiven = "given";
constexpr Mode kModes[] = {Mode::kSameSubject, Mode::kDelegation, Mode::kSwitchSubject};

void write_keys(json::Writer& out, const Confirmation& keys) {
    write_field(out, "jkt", keys.jkt);
    write_field(out, "x5tS256", keys.x5t_s256);
}
Confirmation read_keys(FieldReader& in) {
    return {.jkt = in.text("jkt"), .x5t_s256 = in.text("x5tS256")};
}

// `claims`: only where rules may ask for any of them.
void write_token(json::Writer& out, std::string_view name, const TokenFacts& token, bool claims) {
    out.key(name).begin_object();
    write_field(out, "type", short_name_of(token.type));
    write_field(out, "issuer", token.issuer);
    write_field(out, "subject", token.subject.text());
    write_list(out, "audience", token.audience);
    write_field(out, "holder", token.holder.text());
    write_list(out, "scopes", token.scopes);
    write_field(out, "issued", token.issued_at);
    write_field(out, "expires", token.expires_at);
    write_field(out, "chainEnd", token.chain_end);
    write_field(out, "authTime", token.auth_time);
    write_field(out, "acr", token.acr);
    write_field(out, "session", token.session.text());
    write_field(out, "act", token.act);
    write_field(out, "mayAct", token.may_act);
    write_flag(out, "bound", token.is_bound);
    write_keys(out, token.cnf);
    write_flag(out, "lightweight", token.is_lightweight);
    write_flag(out, "hidesActor", token.hides_actor);
    if (claims) write_field(out, "claims", token.claims);
    if (token.foreign != nullptr) {
        write_field(out, "trustedIssuer", token.foreign->alias);
        write_flag(out, "hasCeiling", token.foreign->ceiling.has_value());
        if (token.foreign->ceiling) write_list(out, "ceiling", *token.foreign->ceiling);
    }
    out.end_object();
}
std::optional<TokenFacts> read_token(FieldReader& from, std::string_view name) {
    const auto* object = from.find(name, json::Kind::kObject);
    if (object == nullptr) return std::nullopt;
    FieldReader in(*object);
    TokenFacts token;
    const auto type = find_token_type_by_short_name(in.text("type"));
    token.issuer = in.text("issuer");
    token.subject = UserId(in.text("subject"));
    token.audience = in.list("audience");
    token.holder = ClientId(in.text("holder"));
    token.scopes = in.list("scopes");
    token.issued_at = in.number("issued");
    token.expires_at = in.number("expires");
    token.chain_end = in.number("chainEnd");
    token.auth_time = in.number("authTime");
    token.acr = in.text("acr");
    token.session = SessionId(in.text("session"));
    token.act = in.text("act");
    token.may_act = in.text("mayAct");
    token.is_bound = in.flag("bound");
    token.cnf = read_keys(in);
    token.is_lightweight = in.flag("lightweight");
    token.hides_actor = in.flag("hidesActor");
    token.claims = in.text("claims");
    if (auto alias = in.text("trustedIssuer"); !alias.empty()) {
        ForeignFacts foreign;
        foreign.alias = std::move(alias);
        if (in.flag("hasCeiling")) foreign.ceiling = in.list("ceiling");
        token.foreign = std::make_shared<const ForeignFacts>(std::move(foreign));
    }
    if (!type || in.is_broken()) from.set_broken();
    token.type = type.value_or(TokenType::kAccessToken);
    return token;
}

void write_party(json::Writer& out, const std::string& name, const Identity& who) {
    write_field(out, name, who.user->id.text());
    write_field(out, name + "Name", who.user->username);
    if (who.issuer.empty()) return;
    write_field(out, name + "Issuer", who.issuer);
    write_field(out, name + "There", who.issuer_subject);
    // What rules may look at. A recording is copied about: no address, no names, no notes.
    Identity shown = who;
    auto user = *who.user;
    user.email.clear();
    user.email_verified = false;
    user.first_name.clear();
    user.last_name.clear();
    shown.user = std::make_shared<const User>(std::move(user));
    shown.notes.clear();
    write_field(out, name + "Details", identity::details_of(shown));
}
std::optional<identity::Origin> read_origin(FieldReader& in, const std::string& name) {
    identity::Origin origin;
    origin.alias = in.text(name + "Issuer");
    origin.subject = in.text(name + "There");
    origin.user.username = in.text(name + "Name");
    const auto details = in.text(name + "Details");
    if (origin.alias.empty()) return std::nullopt;
    if (!details.empty()) identity::add_details(details, origin);
    return origin;
}

void write_session(json::Writer& out, const Session& session) {
    out.key("session").begin_object();
    write_field(out, "id", session.id.text());
    write_field(out, "started", session.started);
    write_field(out, "lastAccess", session.last_access);
    write_field(out, "expires", session.expires);
    write_field(out, "method", session.auth_method);
    write_flag(out, "offline", session.offline);
    out.end_object();
}
std::optional<Session> read_session(FieldReader& from) {
    const auto* object = from.find("session", json::Kind::kObject);
    if (object == nullptr) return std::nullopt;
    FieldReader in(*object);
    Session session;
    session.id = SessionId(in.text("id"));
    session.started = in.number("started");
    session.last_access = in.number("lastAccess");
    session.expires = in.number("expires");
    session.auth_method = in.text("method");
    session.offline = in.flag("offline");
    if (in.is_broken()) from.set_broken();
    return session;
}

void write_relationship(json::Writer& out, const Relationship& relationship) {
    write_flag(out, "manages", relationship.manages);
    if (relationship.standings.empty()) return;
    out.key("standings").begin_array();
    for (const auto& standing : relationship.standings) {
        out.begin_object();
        write_field(out, "kind", standing.kind);
        write_field(out, "id", standing.id);
        write_list(out, "scopes", standing.scopes);
        write_list(out, "audiences", standing.audiences);
        write_field(out, "expires", standing.expires);
        out.end_object();
    }
    out.end_array();
}
Relationship read_relationship(FieldReader& from) {
    Relationship relationship;
    relationship.manages = from.flag("manages");
    const auto* list = from.find("standings", json::Kind::kArray);
    if (list == nullptr) return relationship;
    for (const auto& element : list->as_array()) {
        FieldReader in(element);
        relationship.standings.push_back({.kind = in.text("kind"),
                                          .id = in.text("id"),
                                          .scopes = in.list("scopes"),
                                          .audiences = in.list("audiences"),
                                          .expires = in.number("expires")});
        if (in.is_broken()) from.set_broken();
    }
    return relationship;
}

void write_wanted(json::Writer& out, const Wanted& wanted) {
    out.key("wanted").begin_object();
    write_list(out, "audiences", wanted.audiences);
    write_list(out, "resources", wanted.resources);
    write_list(out, "scopes", wanted.scopes);
    write_flag(out, "hasScope", wanted.has_scope);
    if (wanted.token_type) write_field(out, "type", short_name_of(*wanted.token_type));
    write_field(out, "subject", wanted.requested_subject);
    write_field(out, "organization", wanted.organization);
    write_flag(out, "reason", !wanted.reason.empty());
    write_flag(out, "ticket", !wanted.ticket.empty());
    write_flag(out, "challenge", !wanted.hand_off.challenge.empty());
    write_field(out, "origin", wanted.hand_off.origin);
    write_field(out, "redirectUri", wanted.hand_off.redirect_uri);
    write_field(out, "acr", wanted.hand_off.acr);
    write_list(out, "amr", wanted.hand_off.amr);
    out.end_object();
}
Wanted read_wanted(FieldReader& from) {
    Wanted wanted;
    const auto* object = from.find("wanted", json::Kind::kObject);
    if (object == nullptr) return wanted;
    FieldReader in(*object);
    const auto given = [&](std::string_view name) {
        return in.flag(name) ? std::string(kGiven) : std::string();
    };
    wanted.audiences = in.list("audiences");
    wanted.resources = in.list("resources");
    wanted.scopes = in.list("scopes");
    wanted.has_scope = in.flag("hasScope");
    const auto type = in.text("type");
    if (!type.empty()) wanted.token_type = find_token_type_by_short_name(type);
    wanted.requested_subject = in.text("subject");
    wanted.organization = in.text("organization");
    wanted.reason = given("reason");
    wanted.ticket = given("ticket");
    wanted.hand_off.challenge = given("challenge");
    wanted.hand_off.origin = in.text("origin");
    wanted.hand_off.redirect_uri = in.text("redirectUri");
    wanted.hand_off.acr = in.text("acr");
    wanted.hand_off.amr = in.list("amr");
    if (in.is_broken() || (!type.empty() && !wanted.token_type)) from.set_broken();
    return wanted;
}

void write_upshot(json::Writer& out, const Upshot& upshot) {
    out.key("upshot").begin_object();
    write_field(out, "code", upshot.code);
    write_field(out, "type", upshot.token_type);
    write_field(out, "holder", upshot.holder);
    write_field(out, "refresh", upshot.refresh);
    write_list(out, "audience", upshot.audience);
    write_list(out, "scopes", upshot.scopes);
    write_field(out, "seconds", upshot.seconds);
    write_field(out, "act", upshot.act);
    write_list(out, "rules", upshot.rules);
    out.end_object();
}
Upshot read_upshot(FieldReader& from) {
    const auto* object = from.find("upshot", json::Kind::kObject);
    if (object == nullptr) {
        from.set_broken();
        return {};
    }
    FieldReader in(*object);
    Upshot upshot{.code = in.text("code"),
                  .token_type = in.text("type"),
                  .holder = in.text("holder"),
                  .refresh = in.text("refresh"),
                  .audience = in.list("audience"),
                  .scopes = in.list("scopes"),
                  .seconds = in.number("seconds"),
                  .act = in.text("act"),
                  .rules = in.list("rules")};
    if (in.is_broken()) from.set_broken();
    return upshot;
}

}  // namespace

Upshot upshot_of(const Facts& facts, const Decision& decision) {
    Upshot upshot;
    if (!decision.plan) {
        upshot.code = error_row(decision.refusal->code).id;
        return upshot;
    }
    const auto& plan = decision.plan->facts();
    upshot.token_type = short_name_of(plan.token_type);
    upshot.holder = plan.holder->client_id.text();
    upshot.refresh = plan.refresh == IssueRefresh::kNone ? "none" : "new";
    upshot.audience = plan.audience;
    upshot.scopes = plan.scopes;
    upshot.seconds = plan.expires_at - to_unix(facts.now);
    upshot.act = plan.act;
    for (const auto& rule : plan.rules) upshot.rules.push_back(rule.text());
    return upshot;
}

std::string render_recorded(std::string_view trace, const Facts& facts, const Decision& decision) {
    // Only what was compiled from Keycloak's permissions asks for a token's claims.
    const bool claims = facts.realm->permissions != nullptr;
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("version", kVersion);
    write_field(out, "trace", trace);
    write_field(out, "at", to_unix(facts.now));
    write_field(out, "realm", facts.realm->name.text());
    write_field(out, "client", facts.requester->client_id.text());
    write_field(out, "method", name_of(facts.method));
    write_field(out, "mode", name_of(facts.mode));
    write_flag(out, "naked", facts.naked);
    write_flag(out, "provesDevice", facts.proves_device);
    write_list(out, "delegable", facts.delegable);
    write_field(out, "issuer", facts.issuer);
    write_party(out, "subject", *facts.subject);
    if (facts.actor != nullptr) write_party(out, "actor", *facts.actor);
    if (facts.subject_token != nullptr)
        write_token(out, "subjectToken", *facts.subject_token, claims);
    if (facts.actor_token != nullptr) write_token(out, "actorToken", *facts.actor_token, claims);
    if (facts.session != nullptr) write_session(out, *facts.session);
    if (facts.relationship != nullptr) write_relationship(out, *facts.relationship);
    write_wanted(out, *facts.wanted);
    if (facts.proven != nullptr) write_keys(out, *facts.proven);
    write_upshot(out, upshot_of(facts, decision));
    out.end_object();
    return text;
}

Result<Recorded> parse_recorded(std::string_view line) {
    const auto wrong = [](std::string hint) {
        return fail(ErrorCode::kConfigInvalid, std::move(hint));
    };
    const auto json = json::parse(line, json::kConfigLimits, json::Positions::kNone);
    if (!json || !json->is_object()) return wrong("is no line of a recording");
    FieldReader in(*json);
    if (in.number("version") != kVersion)
        return wrong("was recorded by another version of the format, " +
                     std::to_string(in.number("version")));
    Recorded out;
    out.trace = in.text("trace");
    out.at = in.number("at");
    out.realm = in.text("realm");
    out.client = in.text("client");
    const auto method = find_client_auth_method(in.text("method"));
    const auto mode =
        std::ranges::find(kModes, in.text("mode"), [](Mode one) { return name_of(one); });
    out.naked = in.flag("naked");
    out.proves_device = in.flag("provesDevice");
    out.delegable = in.list("delegable");
    out.issuer = in.text("issuer");
    out.subject = UserId(in.text("subject"));
    out.subject_name = in.text("subjectName");
    out.actor = UserId(in.text("actor"));
    out.actor_name = in.text("actorName");
    out.subject_origin = read_origin(in, "subject");
    out.actor_origin = read_origin(in, "actor");
    out.subject_token = read_token(in, "subjectToken");
    out.actor_token = read_token(in, "actorToken");
    out.session = read_session(in);
    out.relationship = read_relationship(in);
    out.wanted = read_wanted(in);
    out.proven = read_keys(in);
    out.upshot = read_upshot(in);
    if (in.is_broken() || !method || mode == std::end(kModes) || out.subject.empty() || out.at == 0)
        return wrong("is a damaged line of a recording");
    out.method = *method;
    out.mode = *mode;
    return out;
}

Result<std::unique_ptr<Recorder>> Recorder::open(const std::string& path, Log& log) {
    CAMBIST_TRY(auto sink, audit::FileSink::open(path));
    return std::unique_ptr<Recorder>(new Recorder(std::move(sink), log));
}

void Recorder::add(const TraceId& trace, const Facts& facts, const Decision& decision) const {
    const auto written = sink_->append(render_recorded(trace.text(), facts, decision));
    if (!written && !is_failing_.exchange(true))
        log_.error("recording_failed", {{"error", written.error().describe()}});
    if (written) is_failing_.store(false);
}

}  // namespace cambist::exchange
