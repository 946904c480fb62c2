// SPDX-License-Identifier: Apache-2.0
#include "app/serve.h"

#include "app/background.h"
#include "app/follower.h"
#include "app/open_store.h"
#include "app/published_keys.h"
#include "app/realm_files.h"
#include "app/secret_key.h"
#include "app/upkeep.h"
#include "audit/ledger.h"
#include "clients/authenticators.h"
#include "crypto/signature.h"
#include "endpoints/management.h"
#include "endpoints/router.h"
#include "exchange/exchange.h"
#include "exchange/recorder.h"
#include "http/server.h"
#include "http/signals.h"
#include "possession/prover.h"
#include "tokens/answer_jwt.h"
#include "tokens/signature_cache.h"

namespace cambist::app {
namespace {

void log_listening(const config::Settings& settings, const http::Server& server, Log& log) {
    const auto ports = server.ports();
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const auto& listener = settings.http.listeners[i];
        log.info("listening",
                 {{"kind", listener.kind == http::ListenerKind::kPublic ? "public" : "management"},
                  {"address", listener.host + ":" + std::to_string(ports[i])},
                  {"tls", !listener.certificate_file.empty()}});
    }
}

// The first public listener's port: what the issuer is made of in --dev.
std::uint16_t public_port(const config::Settings& settings, const http::Server& server) {
    const auto ports = server.ports();
    for (std::size_t i = 0; i < ports.size(); ++i)
        if (settings.http.listeners[i].kind == http::ListenerKind::kPublic) return ports[i];
    return 0;
}

Literals literals_of(const config::Settings& settings) {
    return settings.dev ? Literals::kAllowed : Literals::kRefusedInVersionControl;
}

Status load_realms(const config::Settings& settings, realms::Realms& realms, Log& log) {
    CAMBIST_CHECK(realms.load_all());
    for (const auto& file : settings.realm_files)
        CAMBIST_CHECK(apply_realm_files(file, literals_of(settings), realms, log));
    return {};
}

// Where we listen, and what of the settings gives up something that others have.
void log_start(const config::Settings& settings, const http::Server& server, Log& log) {
    if (settings.audit.durability == audit::Durability::kAsync)
        log.warn("audit_is_asynchronous",
                 {{"meaning", "tokens leave before their audit record is durable"}});
    log_listening(settings, server, log);
}

void stop(http::Server& server, Log& log) {
    log.info("stopping");
    server.stop();
    log.info("stopped");
}

std::string origin_of(const std::string& url) {
    return url.substr(0, url.find('/', url.find("://") + 3));
}

// What others change in the store reaches us within a second: half of it at most to begin with, and
// the rest for the reading. Where the store tells of changes, it is much sooner.
constexpr std::chrono::milliseconds kTurn{500};

// Follows what others change, on a thread of its own: neither a big realm file nor a long pruning
// holds up a revocation.
class Following {
  public:
    Following(store::Store& store, Follower follower)
        : store_(store),
          follower_(follower),
          background_(kTurn, [this](const std::stop_token&) { follower_.follow(); }) {
        store_.on_change([this] { background_.wake(); });
    }
    Following(const Following&) = delete;
    Following& operator=(const Following&) = delete;
    ~Following() { store_.on_change(nullptr); }

  private:
    store::Store& store_;
    Follower follower_;
    Background background_;
};

// What the main thread does while others serve.
struct Duties {
    const config::Settings& settings;
    http::Server& server;
    realms::Realms& realms;
    clients::TrustedCertificates& trusted;
    audit::Ledger& ledger;
    const sessions::Revocations& revocations;
    Log& log;

    void reload() const {
        log.info("reload");
        if (const auto done = server.reload_tls(); !done)
            log.error("reload_failed", {{"what", "tls"}, {"error", done.error().describe()}});
        if (const auto done = trusted.load(settings.client_trust_files); !done)
            log.error("reload_failed", {{"what", "tls"}, {"error", done.error().describe()}});
        if (const auto done = ledger.reopen(); !done)
            log.error("reload_failed", {{"what", "audit"}, {"error", done.error().describe()}});
        for (const auto& file : settings.realm_files)
            if (const auto done = apply_realm_files(file, literals_of(settings), realms, log);
                !done)
                log.error("reload_failed", {{"what", file}, {"error", done.error().describe()}});
        // What a file took away is over now, not with the next turn of who follows the store.
        if (const auto done = revocations.refresh(); !done)
            log.error("reload_failed",
                      {{"what", "revocations"}, {"error", done.error().describe()}});
    }
    void run(const http::Signals& signals) const {
        while (signals.wait() != http::Signal::kStop) reload();
    }
};

}  // namespace

// The only place that knows every part. Read top to bottom, it is the wiring diagram: order of
// construction is order of dependency, and destruction is the reverse.
Status serve(const config::Settings& settings) {
    CAMBIST_CHECK(config::check_settings(settings));
    const http::Signals signals;  // before the first thread
    const SystemClock clock;
    const SystemRandom random;
    Log log(clock, 2, settings.log_level);
    Metrics metrics;
    CAMBIST_TRY(const auto box, open_secret_box(settings, random, log));
    CAMBIST_TRY(const auto store,
                open_store(settings.store, Access::kServe, {clock, random, log, metrics},
                           {.migrate = settings.migrate, .poll_only = settings.poll_only}));

    endpoints::Gate gate;
    endpoints::Management management(metrics);
    CAMBIST_TRY(const auto server,
                http::Server::start(settings.http, gate, management, clock, log, metrics));
    const auto url = config::public_url(settings, public_port(settings, *server));

    const identity::Identities identities(store->users(), {.cached_users = settings.cached_users});
    const identity::Logins logins(
        {store->users(), store->login_failures(), identities, clock, random, log},
        {.password = {}, .hashes_at_a_time = settings.hashes_at_a_time});
    sessions::Revocations revocations(*store);
    CAMBIST_CHECK(revocations.load());
    const sessions::Sessions sessions(*store, revocations, random, settings.cached_sessions);
    const sessions::Families families(*store, revocations);
    const sessions::HandOffs hand_offs(*store, revocations);
    realms::Realms realms({*store, box, identities, clock, random, log},
                          {.base_url = url, .password = {}});
    CAMBIST_CHECK(load_realms(settings, realms, log));

    crypto::allow_key_tables(settings.key_tables);
    const tokens::SignatureCache signature_cache;
    const tokens::OwnTokens tokens(identities, sessions, revocations,
                                   settings.signature_cache ? &signature_cache : nullptr,
                                   store.get(), &box);
    CAMBIST_TRY(const auto keys, PublishedKeys::make(settings.outbound, clock, log));
    const auto& client_keys = keys->client_keys();
    const tokens::Minter minter(random, client_keys, box);
    clients::TrustedCertificates trusted;
    CAMBIST_CHECK(trusted.load(settings.client_trust_files));
    const issuers::IssuerKeySets issuer_keys(&keys->key_sets());
    const issuers::Binder binder(identities, store->federated_identities());
    const issuers::AskedTokens asked({keys->remote(), &keys->discovery(), issuer_keys, random,
                                      [](const realms::Snapshot& realm, std::string claims) {
                                          return tokens::sign_hook_question(realm, claims);
                                      }});
    const issuers::SamlKeys saml_keys(issuer_keys, &keys->saml_metadata());
    const issuers::ForeignTokens foreign(issuer_keys, binder, revocations, &asked, &saml_keys);
    const clients::ClientAuthenticators clients(*store, client_keys, trusted, &foreign);
    const possession::Prover possession({box, random, *store}, url, config::mtls_url(settings));
    const grants::Grants grants(
        {identities, logins, sessions, families, hand_offs, tokens, &foreign});
    const identity::Relations relations(store->relations());
    CAMBIST_TRY(const auto ledger, audit::Ledger::open(settings.audit, *store, log));
    std::unique_ptr<exchange::Recorder> recorder;
    if (!settings.record_file.empty()) {
        CAMBIST_TRY(recorder, exchange::Recorder::open(settings.record_file, log));
    }
    const exchange::Exchange exchange(
        {realms, clients, possession, grants, identities, sessions, families, hand_offs, minter,
         *ledger, log, relations, recorder.get(), &store->federated_identities(), &store->users()});
    const bool certificates = config::takes_certificates(settings);
    const endpoints::Services services{exchange,
                                       realms,
                                       clients,
                                       possession,
                                       identities,
                                       sessions,
                                       families,
                                       revocations,
                                       tokens,
                                       *store,
                                       clock,
                                       random,
                                       log,
                                       metrics,
                                       client_keys,
                                       settings.base_path,
                                       origin_of(url),
                                       certificates};
    const endpoints::Router router(services);

    gate.open(router);
    management.ready(*store);
    log_start(settings, *server, log);
    log.info("ready", {{"issuers", url + "/realms/{realm}"}, {"dev", settings.dev}});
    {
        const Following following(*store, {*store, revocations, realms, identities, log});
        Upkeep upkeep({*store, realms, revocations, *ledger, clock, random, log}, settings.upkeep);
        const Background keeping(settings.upkeep.interval,
                                 [&](const std::stop_token& stop) { upkeep.run(stop); });
        Duties{settings, *server, realms, trusted, *ledger, revocations, log}.run(signals);
    }
    management.closing();
    stop(*server, log);
    return {};
}

}  // namespace cambist::app
