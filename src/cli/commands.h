// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "config/settings.h"

// One function a command; each returns the exit code and prints to standard output, its complaints
// to standard error. `json`: for programs instead of people.
namespace cambist::cli {

inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;
inline constexpr int kWrongUse = 2;

// Prints the error and gives the exit code for it.
int complain(const Error& error);

int serve(const config::Settings& settings);
// The companion of an app in the browser.
int run_gateway(const std::string& config_file);

struct LintOptions {
    std::vector<std::string> files;
    bool json = false;
};
int lint(const LintOptions& options);

struct SimulateOptions {
    std::string realm;
    std::string requester;
    std::string method = "client_secret_basic";
    std::string subject_token;
    std::string subject_token_type;
    std::string subject;
    std::vector<std::string> subject_audiences;
    std::string subject_client;
    std::string subject_scope;
    std::string subject_key;
    std::string subject_certificate;
    std::string actor_token;
    std::string actor;
    std::string requested_subject;
    std::string organization;
    std::string proven_key;
    std::string proven_certificate;
    std::vector<std::string> audiences;
    std::vector<std::string> resources;
    std::string scope;
    std::string requested_token_type;
    std::string at;
    bool json = false;
};
int simulate(const SimulateOptions& options);

struct ReachOptions {
    std::string realm;  // file
    std::string from;
    std::string to;
    bool json = false;
};
// kRefused: never.
int reach(const ReachOptions& options);

struct ReportOptions {
    std::string realm;  // file
    bool json = false;
};
int report_access(const ReportOptions& options);

struct ExplainOptions {
    std::string trace;
    Secret store{config::kDefaultStore};
    bool json = false;
    bool mermaid = false;
};
int explain(const ExplainOptions& options);

int inspect_token(const std::string& token, bool json);

// What a resource server demands of a token; what is empty it does not look at.
struct CheckOptions {
    std::string token;  // "-": from standard input
    std::string issuer;
    std::vector<std::string> audiences;   // one of them
    std::string type;                     // header typ
    std::vector<std::string> algorithms;  // one of them
    std::vector<std::string> scopes;      // all of them
    bool json = false;
};
// kRefused: it would not take the token. Signatures are not looked at.
int check_token(const CheckOptions& options);

struct IssuerAddOptions {
    std::string url;
    std::string alias;  // empty: made of the host
    std::string jwks;
    std::vector<std::string> audiences;
    std::vector<std::string> parties;
    std::vector<std::string> require;  // "claim=value"
    std::string binding = "none";
    std::string into;
    std::string config;
    bool json = false;
};
// kRefused: it can not be trusted, or the file is left as it is.
int issuer_add(const IssuerAddOptions& options);

struct IssuerTestOptions {
    std::string token;  // "-": from standard input
    std::string realm;  // file
    std::string type = "jwt";
    std::string use = "subject";
    std::string client;
    std::string issuer;
    std::string hostname;
    std::string config;
    bool json = false;
};
// kDone: it would be taken; kRefused: it would not.
int issuer_test(const IssuerTestOptions& options);

struct AuditOptions {
    Secret store{config::kDefaultStore};
    std::size_t rows = 20;
    bool json = false;
};
int audit_verify(const AuditOptions& options);
int audit_tail(const AuditOptions& options);
int audit_export(const AuditOptions& options);

struct RealmOptions {
    config::Settings settings;
    std::string path;   // of a realm file, or of a folder of them
    std::string realm;  // to export
    std::string format = "json";
    bool prune = false;
    bool prune_users = false;
    bool prune_realms = false;  // that the folder does not have
    bool without_secrets = false;
    bool with_secrets = false;
    bool users = false;
    bool json = false;
};
int realm_import(const RealmOptions& options);
int realm_export(const RealmOptions& options);
// kDone: applying would change nothing; kRefused: it would; kWrongUse: it can not be told.
int realm_diff(const RealmOptions& options);

struct KeysOptions {
    config::Settings settings;
    std::string realm;      // empty: all
    std::string algorithm;  // empty: all that the realm signs with
    bool now = false;
    bool json = false;
};
int keys_list(const KeysOptions& options);
int keys_rotate(const KeysOptions& options);
int keys_reseal(const KeysOptions& options);

// Ends things of a realm, also while servers run on the store.
struct RevokeOptions {
    config::Settings settings;
    std::string realm;  // empty: the only one
    std::string kind;   // "token", "tree", "session", "user", "client", "actor", "rule"
    std::string what;   // "-": from standard input
    bool gone = false;  // what the realm does not have any more
    bool json = false;
};
int revoke(const RevokeOptions& options);

struct SessionsOptions {
    config::Settings settings;
    std::string realm;
    std::string user;
    std::string id;
    bool json = false;
};
int sessions_list(const SessionsOptions& options);
int sessions_revoke(const SessionsOptions& options);

struct ReplayOptions {
    config::Settings settings;  // without a store: a realm file with its own users
    std::string recording;
    std::string realm;  // file or folder; empty: the realms of the store
    bool json = false;
};
// kDone: every decision stays; kRefused: some change; kWrongUse: it can not be told.
int replay(const ReplayOptions& options);

int backup(const Secret& url, const std::string& path);
// Checks a copy that backup() made, and puts it where there is no database.
int restore(const Secret& url, const std::string& path);
int migrate(const Secret& url);

}  // namespace cambist::cli
