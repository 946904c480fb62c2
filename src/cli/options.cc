// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/realm_file_options.h"

namespace cambist::cli {
namespace {

// What `serve` (and what else opens the store for writing) is told on the command line.
struct ServeWords {
    std::string config;
    std::vector<std::string> listen;
    std::vector<std::string> management;
    std::string tls_cert;
    std::string tls_key;
    bool ask_certificates = false;
    std::string audit_durability;
    std::string log_level;
    std::string migrate;
    Secret store;  // empty: not said
    config::Settings settings;
};

Status add_listeners(ServeWords& words) {
    auto& settings = words.settings;
    if (settings.http.listeners.empty() && words.listen.empty())
        words.listen.emplace_back("127.0.0.1:8080");
    for (const auto& address : words.listen) {
        CAMBIST_TRY(auto listener, config::parse_listener(address, http::ListenerKind::kPublic));
        listener.certificate_file = words.tls_cert;
        listener.key_file = words.tls_key;
        listener.asks_certificates = words.ask_certificates;
        settings.http.listeners.push_back(std::move(listener));
    }
    for (const auto& address : words.management) {
        CAMBIST_TRY(auto listener,
                    config::parse_listener(address, http::ListenerKind::kManagement));
        settings.http.listeners.push_back(std::move(listener));
    }
    return {};
}

// The file first, so that the command line wins; lists add up.
Result<config::Settings> settle(ServeWords& words) {
    if (!words.config.empty()) {
        const auto given = std::exchange(words.settings, {});
        auto& settings = words.settings;
        CAMBIST_TRY(const auto text, read_file(words.config));
        CAMBIST_CHECK(config::read_settings(text, words.config, settings));
        if (!given.hostname.empty()) settings.hostname = given.hostname;
        if (!given.mtls_hostname.empty()) settings.mtls_hostname = given.mtls_hostname;
        if (!given.http.certificate_header.empty())
            settings.http.certificate_header = given.http.certificate_header;
        if (!given.base_path.empty()) settings.base_path = given.base_path;
        if (!given.record_file.empty()) settings.record_file = given.record_file;
        if (!given.audit.file.empty()) settings.audit.file = given.audit.file;
        if (given.http.workers != 0) settings.http.workers = given.http.workers;
        if (given.poll_only) settings.poll_only = true;
        if (given.signature_cache) settings.signature_cache = true;
        if (given.dev) settings.dev = true;
        const auto append = [](auto& to, const auto& from) {
            to.insert(to.end(), from.begin(), from.end());
        };
        append(settings.realm_files, given.realm_files);
        append(settings.client_trust_files, given.client_trust_files);
        append(settings.secret_key_files, given.secret_key_files);
        append(settings.http.trusted_proxies, given.http.trusted_proxies);
    }
    if (!words.store.empty()) words.settings.store = std::move(words.store);
    CAMBIST_CHECK(add_listeners(words));
    if (words.audit_durability == "async")
        words.settings.audit.durability = audit::Durability::kAsync;
    if (!words.migrate.empty()) words.settings.migrate = words.migrate == "auto";
    if (const auto level = parse_log_level(words.log_level)) words.settings.log_level = *level;
    return std::move(words.settings);
}

void add_serve(CLI::App& app, ServeWords& words, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("serve", "run the server");
    auto& settings = words.settings;
    command->add_option("--config", words.config, "configuration file (YAML or JSON)");
    command->add_option("--listen", words.listen, "address for clients, HOST:PORT (repeatable)");
    command->add_option("--management", words.management, "address for health and metrics");
    command->add_option("--tls-cert", words.tls_cert, "certificate chain, PEM");
    command->add_option("--tls-key", words.tls_key, "private key of the certificate, PEM");
    command->add_flag("--ask-client-certificates", words.ask_certificates,
                      "ask clients at --listen for a TLS certificate; without one is fine");
    command->add_option("--client-trust", settings.client_trust_files,
                        "PEM file of authorities whose client certificates are believed "
                        "(repeatable)");
    command->add_option("--client-certificate-header", settings.http.certificate_header,
                        "header in which trusted proxies pass the client's certificate on");
    command->add_option("--mtls-hostname", settings.mtls_hostname,
                        "URL of the listener for clients with certificates, if it is another one");
    command->add_option("--hostname", settings.hostname, "public URL, https://sso.example.org");
    command->add_option("--base-path", settings.base_path, "path before /realms, such as /auth");
    add_store(*command, words.store);
    command->add_option("--realm", settings.realm_files, "realm file to apply (repeatable)");
    command->add_option("--secret-key-file", settings.secret_key_files,
                        "key that seals secrets at rest (repeatable, newest first)");
    command->add_option("--trusted-proxy", settings.http.trusted_proxies,
                        "address or CIDR block whose forwarding headers are believed");
    command->add_option("--audit-durability", words.audit_durability, "sync or async")
        ->check(CLI::IsMember({"sync", "async"}));
    command->add_option("--audit-file", settings.audit.file, "also append records to this file");
    command
        ->add_option("--migrate", words.migrate,
                     "auto: bring an older database up to this version; never: refuse it")
        ->check(CLI::IsMember({"auto", "never"}));
    command->add_flag("--poll-only", settings.poll_only,
                      "for a database without LISTEN and NOTIFY: look for changes instead");
    command->add_option("--record", settings.record_file,
                        "append what exchanges were decided to this file, for cambist replay");
    command->add_option("--workers", settings.http.workers, "request threads");
    command->add_option("--log-level", words.log_level, "debug, info, warn or error")
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
    command->add_flag("--signature-cache", settings.signature_cache,
                      "remember which tokens were rightly signed");
    command->add_flag("--dev", settings.dev, "plain HTTP on loopback, keys made by itself");
    command->callback([&] {
        chosen = [&] {
            auto settled = settle(words);
            return settled ? serve(*settled) : complain(settled.error());
        };
    });
}

void add_gateway(CLI::App& app, std::string& config, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("gateway", "keep the tokens of an app in the browser");
    command->add_option("--config", config, "configuration file (YAML or JSON)")->required();
    command->callback([&] { chosen = [&] { return run_gateway(config); }; });
}

void add_simulate(CLI::App& app, SimulateOptions& options, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("simulate", "what would be decided, and why");
    command->add_option("--realm", options.realm, "realm file")->required();
    command->add_option("--requester", options.requester, "client that would ask")->required();
    command->add_option("--auth-method", options.method, "how it would authenticate")
        ->capture_default_str();
    command->add_option("--subject-token", options.subject_token, "a token; it is NOT verified");
    command->add_option("--subject-token-type", options.subject_token_type,
                        "access_token (default), jwt, id_token or refresh_token");
    command->add_option("--subject", options.subject, "or a user name");
    command->add_option("--subject-audience", options.subject_audiences, "aud of its token");
    command->add_option("--subject-client", options.subject_client, "azp of its token");
    command->add_option("--subject-scope", options.subject_scope, "scope of its token");
    command->add_option("--subject-key", options.subject_key,
                        "thumbprint (cnf.jkt) of the DPoP key its token is bound to");
    command->add_option("--subject-certificate", options.subject_certificate,
                        "thumbprint (cnf.x5t#S256) of the certificate its token is bound to");
    command->add_option("--proven-key", options.proven_key,
                        "thumbprint of the DPoP key the requester would prove");
    command->add_option("--proven-certificate", options.proven_certificate,
                        "thumbprint of the TLS certificate the requester would show");
    command->add_option("--actor-token", options.actor_token,
                        "delegation: a token of who acts; it is NOT verified");
    command->add_option("--actor", options.actor, "or his user name");
    command->add_option("--requested-subject", options.requested_subject,
                        "whom to become; without a subject by the requester's own right");
    command->add_option("--organization", options.organization,
                        "the alias of an organization of the subject");
    command->add_option("--audience", options.audiences, "target (repeatable)");
    command->add_option("--resource", options.resources, "target (repeatable)");
    command->add_option("--scope", options.scope);
    command->add_option("--requested-token-type", options.requested_token_type);
    command->add_option("--at", options.at,
                        "2027-06-30, 2027-06-30T12:00:00Z or seconds since 1970; now if absent");
    command->add_flag("--json", options.json);
    command->callback([&] { chosen = [&] { return simulate(options); }; });
}

void add_explain(CLI::App& app, ExplainOptions& options, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("explain", "the steps of one decision, by its trace id");
    command->add_option("TRACE_ID", options.trace)->required();
    add_store(*command, options.store);
    command->add_flag("--json", options.json);
    command->add_flag("--mermaid", options.mermaid, "as a sequence diagram");
    command->callback([&] { chosen = [&] { return explain(options); }; });
}

struct TokenWords {
    std::string token;
    bool json = false;
    CheckOptions check;
};
void add_token_check(CLI::App& group, CheckOptions& options, std::function<int()>& chosen) {
    auto* command = group.add_subcommand("check", "would a resource server take a token, offline");
    command->add_option("TOKEN", options.token, "the token, or -")->required();
    command->add_option("--issuer", options.issuer, "the iss that it takes");
    command->add_option("--audience", options.audiences, "an aud that it takes (repeatable)");
    command->add_option("--type", options.type, "the typ of the header, such as at+jwt");
    command->add_option("--algorithm", options.algorithms, "that it takes (repeatable)");
    command->add_option("--scope", options.scopes, "that it demands (repeatable)");
    command->add_flag("--json", options.json);
    command->callback([&] { chosen = [&] { return check_token(options); }; });
}

void add_token(CLI::App& app, TokenWords& words, std::function<int()>& chosen) {
    auto* group = app.add_subcommand("token", "look at tokens")->require_subcommand(1);
    auto* command = group->add_subcommand("inspect", "decode and explain a token, offline");
    command->add_option("TOKEN", words.token, "the token, or - to read it from standard input")
        ->required();
    command->add_flag("--json", words.json);
    command->callback([&] { chosen = [&] { return inspect_token(words.token, words.json); }; });
    add_token_check(*group, words.check, chosen);
}

void add_audit(CLI::App& app, AuditOptions& options, std::function<int()>& chosen) {
    auto* group = app.add_subcommand("audit", "the record of all decisions")->require_subcommand(1);
    const auto add = [&](const char* name, const char* text, int (*run)(const AuditOptions&)) {
        auto* command = group->add_subcommand(name, text);
        add_store(*command, options.store);
        command->add_flag("--json", options.json);
        command->callback(
            [&options, &chosen, run] { chosen = [&options, run] { return run(options); }; });
        return command;
    };
    add("verify", "check the chain of records", audit_verify);
    add("tail", "the newest records", audit_tail)
        ->add_option("-n,--rows", options.rows)
        ->capture_default_str();
    add("export", "all records, one JSON object a line", audit_export);
}

CLI::App* add_keys_command(CLI::App& group, KeysOptions& options, const char* name,
                           const char* text, std::function<int()>& chosen,
                           int (*run)(const KeysOptions&)) {
    auto* command = group.add_subcommand(name, text);
    add_store(*command, options.settings.store);
    command->add_option("--secret-key-file", options.settings.secret_key_files,
                        "key that seals secrets at rest (repeatable, newest first)");
    command->add_flag("--dev", options.settings.dev, "the key beside the database");
    command->add_flag("--json", options.json);
    command->callback(
        [&options, &chosen, run] { chosen = [&options, run] { return run(options); }; });
    return command;
}

void add_keys(CLI::App& app, KeysOptions& options, std::function<int()>& chosen) {
    auto* group = app.add_subcommand("keys", "signing keys, also while serving");
    group->require_subcommand(1);
    add_keys_command(*group, options, "list", "the signing keys", chosen, keys_list)
        ->add_option("--realm", options.realm, "one realm only");
    auto* rotate = add_keys_command(*group, options, "rotate",
                                    "publish new keys; they sign after the realm's "
                                    "cambist.keys.publish",
                                    chosen, keys_rotate);
    rotate->add_option("--realm", options.realm, "the realm")->required();
    rotate->add_option("--algorithm", options.algorithm, "such as ES256; all if absent");
    rotate->add_flag("--now", options.now,
                     "they sign at once: for a key that is known to others; who has a copy of the "
                     "key set refuses tokens until he fetches it again");
    add_keys_command(*group, options, "reseal",
                     "seal everything with the first --secret-key-file, before the older ones go",
                     chosen, keys_reseal);
}

// What commands need that look into the realms of the store.
void add_realm_of_store(CLI::App& command, config::Settings& settings, std::string& realm) {
    add_store(command, settings.store);
    command.add_option("--secret-key-file", settings.secret_key_files);
    command.add_flag("--dev", settings.dev, "the key stands beside the store");
    command.add_option("--realm", realm, "the realm, if there are several");
}

void add_revoke(CLI::App& app, RevokeOptions& options, std::function<int()>& chosen) {
    auto* group = app.add_subcommand("revoke", "end tokens, also while the server runs");
    group->require_subcommand(1);
    const auto add = [&](const char* kind, const char* text, const char* what) {
        auto* command = group->add_subcommand(kind, text);
        command->add_option(what, options.what)->required();
        add_realm_of_store(*command, options.settings, options.realm);
        command->add_flag("--json", options.json);
        command->callback([&options, &chosen, kind] {
            options.kind = kind;
            chosen = [&options] { return revoke(options); };
        });
        return command;
    };
    const auto* gone = "the realm does not have it any more";
    add("token", "one, and all that came of it: a token (- reads it), a refresh token or an id",
        "TOKEN");
    add("tree", "all tokens of an exchange tree", "XID");
    add("session", "a log-in with all that hangs on it", "SID");
    add("user", "a user's sessions and tokens so far, and what he acts in", "NAME");
    add("client", "all tokens so far that a client holds", "CLIENT")
        ->add_flag("--gone", options.gone, gone);
    add("actor", "all tokens so far in which a user or client acts", "NAME");
    add("rule", "all tokens so far that a rule led to", "RULE")
        ->add_flag("--gone", options.gone, gone);
}

void add_sessions(CLI::App& app, SessionsOptions& options, std::function<int()>& chosen) {
    auto* group = app.add_subcommand("sessions", "log-ins and refresh families");
    group->require_subcommand(1);
    auto* list = group->add_subcommand("list", "those that live, of one user or of all");
    auto* end = group->add_subcommand("revoke", "end one, or all of a user");
    for (auto* command : {list, end}) {
        add_realm_of_store(*command, options.settings, options.realm);
        command->add_flag("--json", options.json);
    }
    list->add_option("--user", options.user, "user name or id");
    auto* which = end->add_option_group("which");
    which->add_option("ID", options.id, "session or refresh family");
    which->add_option("--user", options.user, "user name or id");
    which->require_option(1);
    list->callback([&] { chosen = [&] { return sessions_list(options); }; });
    end->callback([&] { chosen = [&] { return sessions_revoke(options); }; });
}

void add_replay(CLI::App& app, ReplayOptions& options, std::function<int()>& chosen) {
    auto* command = app.add_subcommand(
        "replay",
        "decide again what serve --record kept: exit code 0 nothing changes, 1 something, 2 it can "
        "not be told");
    command->add_option("FILE", options.recording, "what was recorded")->required();
    command->add_option("--realm", options.realm,
                        "a realm file, or a folder of them, instead of the realms of the store");
    options.settings.store = Secret();
    const auto keep = [&](const std::string& url) { options.settings.store = Secret(url); };
    command->add_option_function<std::string>(
        "--store", keep, "a copy of the store; without it and with --realm the file's users");
    command->add_option("--secret-key-file", options.settings.secret_key_files);
    command->add_flag("--dev", options.settings.dev, "the key stands beside the store");
    command->add_flag("--json", options.json);
    command->callback([&] {
        if (options.realm.empty() && options.settings.store.empty())
            options.settings.store = Secret(config::kDefaultStore);
        chosen = [&] { return replay(options); };
    });
}

struct BackupWords {
    Secret store{config::kDefaultStore};
    std::string path;
};
void add_backup(CLI::App& app, BackupWords& words, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("backup", "a consistent copy, also while serving");
    command->add_option("PATH", words.path, "file to make")->required();
    add_store(*command, words.store);
    command->callback([&] { chosen = [&] { return backup(words.store, words.path); }; });
}

void add_restore(CLI::App& app, BackupWords& words, std::function<int()>& chosen) {
    auto* command = app.add_subcommand(
        "restore", "check a copy made by backup, and put it where there is no database");
    command->add_option("PATH", words.path, "the copy")->required();
    add_store(*command, words.store);
    command->callback([&] { chosen = [&] { return restore(words.store, words.path); }; });
}

void add_migrate(CLI::App& app, Secret& store, std::function<int()>& chosen) {
    auto* command = app.add_subcommand(
        "migrate", "bring the database up to this version, for servers with --migrate never");
    add_store(*command, store);
    command->callback([&] { chosen = [&] { return migrate(store); }; });
}

}  // namespace

int run(int argc, char** argv) {
    CLI::App app("cambist, a token exchange server (RFC 8693)", "cambist");
    app.require_subcommand(1);
    app.set_version_flag("--version", "cambist 0.1.0");
    std::function<int()> chosen;
    ServeWords serve_words;
    LintOptions lint_options;
    SimulateOptions simulate_options;
    ReachOptions reach_options;
    ReportOptions report_options;
    ExplainOptions explain_options;
    TokenWords token_words;
    AuditOptions audit_options;
    RealmOptions realm_options;
    RevokeOptions revoke_options;
    SessionsOptions sessions_options;
    ReplayOptions replay_options;
    IssuerAddOptions issuer_add_options;
    IssuerTestOptions issuer_test_options;
    BackupWords backup_words;
    BackupWords restore_words;
    Secret migrated{config::kDefaultStore};
    KeysOptions keys_options;
    add_serve(app, serve_words, chosen);
    add_gateway(app, serve_words.config, chosen);
    add_lint(app, lint_options, chosen);
    add_simulate(app, simulate_options, chosen);
    add_reach(app, reach_options, chosen);
    add_report(app, report_options, chosen);
    add_explain(app, explain_options, chosen);
    add_token(app, token_words, chosen);
    add_audit(app, audit_options, chosen);
    add_realm(app, realm_options, chosen);
    add_revoke(app, revoke_options, chosen);
    add_sessions(app, sessions_options, chosen);
    add_replay(app, replay_options, chosen);
    add_issuer(app, issuer_add_options, issuer_test_options, chosen);
    add_backup(app, backup_words, chosen);
    add_restore(app, restore_words, chosen);
    add_migrate(app, migrated, chosen);
    add_keys(app, keys_options, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (std::string_view(error.what()).find("://") != std::string_view::npos) {
            // CLI11 repeats what it did not expect, and in a store's URL stands a password.
            complain({ErrorCode::kConfigInvalid, "an URL was not expected; see --help", {}, {}});
            return kWrongUse;
        }
        const int code = app.exit(error);  // prints help, version or the complaint
        return code == 0 ? kDone : kWrongUse;
    }
    return chosen();
}

}  // namespace cambist::cli
