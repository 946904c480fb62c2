// SPDX-License-Identifier: Apache-2.0
#include "cli/realm_file_options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace cambist::cli {
namespace {

void add_add(CLI::App& issuer, IssuerAddOptions& options, std::function<int()>& chosen) {
    auto* command = issuer.add_subcommand("add", "discover an issuer; print its entry");
    command->add_option("URL", options.url, "the issuer: the value of iss")->required();
    command->add_option("--alias", options.alias, "what rules call it");
    command->add_option("--jwks", options.jwks, "URL of its keys; nothing else is asked");
    command->add_option("--aud", options.audiences, "value that aud must have (repeatable)");
    command->add_option("--azp", options.parties, "client there whose tokens count (repeatable)");
    command->add_option("--require", options.require, "CLAIM=VALUE that must be (repeatable)");
    command->add_option("--binding", options.binding, "who its subjects are here")
        ->check(CLI::IsMember({"none", "link", "match", "create", "ephemeral", "service"}))
        ->capture_default_str();
    command->add_option("--into", options.into, "realm file to write the entry into");
    command->add_option("--config", options.config, "configuration file, for outbound");
    command->add_flag("--json", options.json);
    command->callback([&] { chosen = [&] { return issuer_add(options); }; });
}

void add_test(CLI::App& issuer, IssuerTestOptions& options, std::function<int()>& chosen) {
    auto* command = issuer.add_subcommand("test", "what a realm would make of somebody's token");
    command->add_option("TOKEN", options.token, "the token; - reads it from standard input")
        ->required();
    command->add_option("--realm", options.realm, "realm file")->required();
    command->add_option("--type", options.type, "subject_token_type")->capture_default_str();
    command->add_option("--use", options.use, "subject, actor, grant or client")
        ->capture_default_str();
    command->add_option("--client", options.client, "who would present it");
    command->add_option("--issuer", options.issuer, "subject_issuer");
    command->add_option("--hostname", options.hostname, "public URL of the server");
    command->add_option("--config", options.config, "configuration file, for outbound");
    command->add_flag("--json", options.json);
    command->callback([&] { chosen = [&] { return issuer_test(options); }; });
}

CLI::App* add_realm_command(CLI::App& group, RealmOptions& options, const char* name,
                            const char* text, std::function<int()>& chosen,
                            int (*run)(const RealmOptions&)) {
    auto* command = group.add_subcommand(name, text);
    add_store(*command, options.settings.store);
    command->add_option("--secret-key-file", options.settings.secret_key_files);
    command->add_flag("--dev", options.settings.dev, "secrets may stand in the file");
    command->callback(
        [&options, &chosen, run] { chosen = [&options, run] { return run(options); }; });
    return command;
}

}  // namespace

void add_store(CLI::App& command, Secret& store) {
    const auto keep = [&store](const std::string& url) { store = Secret(url); };
    command
        .add_option_function<std::string>(
            "--store", keep,
            "where everything is kept: sqlite:PATH or postgresql://USER@HOST/DATABASE")
        ->default_str(std::string(config::kDefaultStore));
}

void add_realm(CLI::App& app, RealmOptions& options, std::function<int()>& chosen) {
    auto* group = app.add_subcommand("realm", "realms in the store")->require_subcommand(1);
    const auto add_apply = [&](CLI::App* command) {
        command->add_option("FILE", options.path, "a realm file, or a folder of them")->required();
        command->add_flag("--prune", options.prune,
                          "remove what the file does not have: clients, scopes, roles, groups, "
                          "issuers, organizations, keys, components");
        command->add_flag("--prune-users", options.prune_users,
                          "remove users that the file does not have");
        command->add_flag("--prune-realms", options.prune_realms,
                          "remove realms, with their users, that the folder does not have");
        command->add_flag("--without-secrets", options.without_secrets,
                          "what the file masks and the store does not have stays unset");
        command->add_flag("--json", options.json);
    };
    add_apply(add_realm_command(*group, options, "import",
                                "apply realm files; the server must not be running", chosen,
                                realm_import));
    add_apply(add_realm_command(*group, options, "diff",
                                "what import would change: exit code 0 nothing, 1 something, 2 "
                                "it can not be told",
                                chosen, realm_diff));
    auto* command = add_realm_command(*group, options, "export", "print a realm as a realm file",
                                      chosen, realm_export);
    command->add_option("--realm,NAME", options.realm, "the realm")->required();
    command->add_flag("--users", options.users, "with its users");
    command->add_flag("--with-secrets", options.with_secrets,
                      "secrets in clear instead of as **********");
    command->add_option("--format", options.format, "json or yaml")
        ->check(CLI::IsMember({"json", "yaml"}))
        ->capture_default_str();
}

void add_lint(CLI::App& app, LintOptions& options, std::function<int()>& chosen) {
    auto* command =
        app.add_subcommand("lint", "every fault and risk in realm files; rules in words");
    command->add_option("FILE", options.files, "realm files, or a client as JSON")->required();
    command->add_flag("--json", options.json);
    command->callback([&] { chosen = [&] { return lint(options); }; });
}

void add_reach(CLI::App& app, ReachOptions& options, std::function<int()>& chosen) {
    auto* command =
        app.add_subcommand("reach", "could a client ever hold a token for a target, and how");
    command->add_option("--from", options.from, "client")->required();
    command->add_option("--to", options.to, "client, logical name or resource")->required();
    command->add_option("--realm", options.realm, "realm file")->required();
    command->add_flag("--json", options.json);
    command->callback([&] { chosen = [&] { return reach(options); }; });
}

void add_report(CLI::App& app, ReportOptions& options, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("report", "what a realm allows");
    command->require_subcommand(1);
    auto* access = command->add_subcommand("access", "all rights in words, the riskiest first");
    access->add_option("--realm", options.realm, "realm file")->required();
    access->add_flag("--json", options.json);
    access->callback([&] { chosen = [&] { return report_access(options); }; });
}

void add_issuer(CLI::App& app, IssuerAddOptions& add, IssuerTestOptions& test,
                std::function<int()>& chosen) {
    auto* issuer = app.add_subcommand("issuer", "trusted issuers: what they say, what they sign");
    issuer->require_subcommand(1);
    add_add(*issuer, add, chosen);
    add_test(*issuer, test, chosen);
}

}  // namespace cambist::cli
