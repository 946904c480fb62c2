// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "app/published_keys.h"
#include "app/realm_files.h"
#include "base/error_advice.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/commands.h"
#include "issuers/foreign_tokens.h"
#include "jose/claims.h"
#include "policy/sentence.h"
#include "store_memory/memory_store.h"
#include "tokens/answer_jwt.h"

// Which issuer of a realm a token is of, what is wrong with it, whose it is here, and which rules
// could use it. The token itself and everything secret in it stay out of what is printed.
namespace cambist::cli {
namespace {

constexpr crypto::PasswordSettings kCheap{.memory_kib = 8192, .iterations = 1};

struct Step {
    std::string name;
    bool passed = false;
    std::string text;
};

struct Findings {
    std::string issuer;  // alias; empty: none
    std::vector<Step> steps;
    std::vector<std::string> objections;  // mode audit
    std::string subject;                  // who it is there
    std::string user;                     // who it is here
    std::string how;
    std::vector<std::pair<std::string, std::string>> rules;  // id, sentence
    bool is_good() const { return !steps.empty() && std::ranges::all_of(steps, &Step::passed); }
    bool note(std::string name, const Status& outcome, std::string text = {}) {
        if (!outcome) {
            const auto& error = outcome.error();
            text = std::string(error_row(error.code).id) + " " + std::string(error.text()) +
                   (error.hint.empty() ? "" : ": " + error.hint);
        }
        steps.push_back({std::move(name), outcome.has_value(), std::move(text)});
        return outcome.has_value();
    }
};

// A realm of a file as a server would have it, on a store that is gone afterwards.
class Bench {
  public:
    Status open(const IssuerTestOptions& options) {
        CAMBIST_TRY(const auto settings, settings_of(options));
        std::vector<Secret> keys;
        keys.emplace_back(make_token(random_, 48));
        CAMBIST_TRY(box_, crypto::SecretBox::from_key_files(keys));
        auto base = options.hostname.empty() ? settings.hostname : options.hostname;
        if (base.empty()) base = "http://127.0.0.1:8080";
        realms_ = std::make_unique<realms::Realms>(
            realms::Realms::Parts{store_, *box_, identities_, clock_, random_, log_},
            realms::RealmsSettings{.base_url = base + settings.base_path, .password = kCheap});
        CAMBIST_TRY(auto file, app::read_realm({.file = options.realm, .user_files = {}},
                                               app::Literals::kAllowed));
        file.passwords.clear();  // nobody logs in, and hashes take their time
        CAMBIST_TRY(const auto report, realms_->apply(file, {.without_secrets = true}));
        static_cast<void>(report);
        realm_ = realms_->find(file.realm.name.text());
        CAMBIST_TRY(published_, app::PublishedKeys::make(settings.outbound, clock_, log_));
        keys_ = std::make_unique<issuers::IssuerKeySets>(&published_->key_sets());
        asked_ = std::make_unique<issuers::AskedTokens>(issuers::AskedTokens::Parts{
            published_->remote(), &published_->discovery(), *keys_, random_,
            [](const realms::Snapshot& realm, std::string claims) {
                return tokens::sign_hook_question(realm, claims);
            }});
        saml_ = std::make_unique<issuers::SamlKeys>(*keys_, &published_->saml_metadata());
        return {};
    }
    const realms::Snapshot& realm() const { return *realm_; }
    const issuers::IssuerKeySets& keys() const { return *keys_; }
    const issuers::AskedTokens& asked() const { return *asked_; }
    const issuers::SamlKeys& saml() const { return *saml_; }
    issuers::ForeignTokens tokens() const {
        return issuers::ForeignTokens(*keys_, binder_, revocations_);
    }

  private:
    static Result<config::Settings> settings_of(const IssuerTestOptions& options) {
        config::Settings settings;
        if (options.config.empty()) return settings;
        CAMBIST_TRY(const auto text, read_file(options.config));
        CAMBIST_CHECK(config::read_settings(text, options.config, settings));
        return settings;
    }

    SystemClock clock_;
    SystemRandom random_;
    Log log_{clock_, 2, LogLevel::kError};
    store_memory::MemoryStore store_;
    std::optional<crypto::SecretBox> box_;
    identity::Identities identities_{store_.users()};
    std::unique_ptr<realms::Realms> realms_;
    std::shared_ptr<const realms::Snapshot> realm_;
    std::unique_ptr<app::PublishedKeys> published_;
    std::unique_ptr<issuers::IssuerKeySets> keys_;
    std::unique_ptr<issuers::AskedTokens> asked_;
    std::unique_ptr<issuers::SamlKeys> saml_;
    issuers::Binder binder_{identities_, store_.federated_identities()};
    sessions::Revocations revocations_{store_};
};

// A signed token, look by look: what is wrong with it besides the signature is told as well.
Result<issuers::CheckedForeign> look_at_jwt(const Bench& bench,
                                            const issuers::PresentedToken& presented, TimePoint now,
                                            Findings& out) {
    const auto peeked = jose::peek_compact(presented.text);
    if (!peeked) {
        out.note("form", std::unexpected(peeked.error()));
        return std::unexpected(peeked.error());
    }
    out.note("form", {},
             "a JWT, alg " + printable(peeked->header.alg, 20) + ", kid " +
                 printable(peeked->header.kid, 80));
    const auto issuer = issuers::find_issuer(*bench.realm().realm, peeked->claims, presented, now);
    if (!issuer) {
        out.note("issuer", std::unexpected(issuer.error()));
        return std::unexpected(issuer.error());
    }
    out.issuer = (*issuer)->alias;
    out.note("issuer", {}, "entry " + (*issuer)->alias + " (" + (*issuer)->source + ")");
    const auto verified = issuers::verify_of(**issuer, bench.keys(), presented.text);
    const bool is_signed =
        out.note("signature", verified ? Status() : Status(std::unexpected(verified.error())),
                 "by a key of this issuer");
    issuers::CheckedForeign token;
    bool is_good = true;
    for (const auto& look : issuers::look_through(bench.realm(), **issuer, presented,
                                                  peeked->header, peeked->claims, now, token))
        is_good = out.note(std::string(look.name), look.outcome) && is_good;
    out.objections = token.foreign.objections;
    if (!is_signed) return std::unexpected(verified.error());
    if (!is_good) return fail(ErrorCode::kSubjectTokenClaims);
    return token;
}

// A token about which somebody else is asked, or an assertion: all looks in one.
Result<issuers::CheckedForeign> ask(const Bench& bench, const TrustedIssuer* asked,
                                    const issuers::PresentedToken& presented, TimePoint now,
                                    Findings& out) {
    if (asked != nullptr) {
        out.issuer = asked->alias;
        out.note("issuer", {},
                 "entry " + asked->alias + " (" + asked->source + "), kind " +
                     std::string(name_of(asked->kind)));
        // Asking would use it up.
        if (asked->kind == IssuerKind::kLegacyRefresh) {
            out.note("answer", issuers::check_usable(*asked, presented, now),
                     "not tried: a refresh token of the older system serves once");
            return fail(ErrorCode::kForeignTokenUnanswered);
        }
    }
    auto token = asked == nullptr ? issuers::check_saml(bench.realm(), bench.saml(), presented, now)
                                  : bench.asked().check(bench.realm(), *asked, presented, now);
    out.note(asked == nullptr ? "assertion" : "answer",
             token ? Status() : Status(std::unexpected(token.error())), "it holds");
    if (!token) return token;
    out.issuer = token->issuer->alias;
    out.objections = token->foreign.objections;
    return token;
}

// Not whether they would: that is for cambist simulate.
void find_rules(const Realm& realm, const issuers::PresentedToken& presented, Findings& out) {
    const auto holds = [](const auto& list, const auto& one) {
        return std::ranges::find(list, one) != list.end();
    };
    for (const auto& rule : realm.rules) {
        if (rule.effect != Effect::kPermit || !rule.enabled || !rule.subject) continue;
        const auto& subject = *rule.subject;
        const bool is_about =
            holds(subject.issuers, out.issuer) &&
            (subject.token_types.empty() ? presented.declared == TokenType::kAccessToken
                                         : holds(subject.token_types, presented.declared));
        const bool is_asked = presented.client.empty() || !rule.requester || rule.requester->any ||
                              rule.requester->clients.empty() ||
                              holds(rule.requester->clients, std::string(presented.client));
        if (is_about && is_asked) out.rules.emplace_back(rule.id.text(), policy::sentence(rule));
    }
}

void find_user(const Bench& bench, issuers::CheckedForeign token, TimePoint now, Findings& out) {
    const auto bound = bench.tokens().bind(bench.realm(), std::move(token), now);
    if (!bound) {
        out.note("user", std::unexpected(bound.error()));
        return;
    }
    const auto& foreign = *bound->facts().foreign;
    const auto& who = *bound->subject();
    out.subject = foreign.subject;
    out.user = who.user->username;
    out.how = !who.issuer.empty()    ? "without a user here"
              : foreign.new_user     ? "a new user"
              : foreign.new_link     ? "matched, and linked from then on"
              : foreign.changed_user ? "a user, changed by mappers"
                                     : "a user";
    out.note("user", {}, out.user + ", " + out.how);
}

json::Value to_json(const Findings& findings) {
    auto steps = json::Value::array();
    for (const auto& step : findings.steps)
        steps.push(json::Value::object()
                       .set("check", step.name)
                       .set("passed", step.passed)
                       .set("text", step.text));
    auto rules = json::Value::array();
    for (const auto& [id, sentence] : findings.rules)
        rules.push(json::Value::object().set("id", id).set("sentence", sentence));
    auto objections = json::Value::array();
    for (const auto& objection : findings.objections) objections.push(objection);
    return json::Value::object()
        .set("good", findings.is_good())
        .set("issuer", findings.issuer)
        .set("checks", std::move(steps))
        .set("audit", std::move(objections))
        .set("subject", findings.subject)
        .set("user", findings.user)
        .set("how", findings.how)
        .set("rules", std::move(rules));
}

void print(const Findings& findings) {
    for (const auto& step : findings.steps)
        fmt::print("{} {}{}\n", step.passed ? "ok  " : "FAIL", step.name,
                   step.text.empty() ? "" : ": " + printable(step.text, 600));
    for (const auto& objection : findings.objections)
        fmt::print("     mode audit, would be refused: {}\n", printable(objection, 600));
    for (const auto& [id, sentence] : findings.rules)
        fmt::print("rule {}: {}\n", id, printable(sentence, 600));
    if (findings.rules.empty() && !findings.issuer.empty())
        fmt::print(
            "no rule is about tokens of this issuer and kind: subject: {{ issuers: [{}], "
            "tokenTypes: [...] }}\n",
            findings.issuer);
}

std::optional<issuers::Use> find_use(std::string_view name) {
    using enum issuers::Use;
    if (name == "subject") return kSubject;
    if (name == "actor") return kActor;
    if (name == "grant") return kGrant;
    if (name == "client") return kClient;
    return std::nullopt;
}

std::string read_token(const IssuerTestOptions& options) {
    if (options.token != "-") return options.token;
    const std::string text{std::istreambuf_iterator<char>(std::cin),
                           std::istreambuf_iterator<char>()};
    return std::string(trim(text));
}

// Fails where nothing can be told.
Result<Findings> try_token(const IssuerTestOptions& options) {
    const auto use = find_use(options.use);
    if (!use)
        return fail(ErrorCode::kConfigInvalid, "--use may be subject, actor, grant or client");
    const auto text = read_token(options);
    issuers::PresentedToken presented{.text = text,
                                      .declared = TokenType::kJwt,
                                      .use = *use,
                                      .client = options.client,
                                      .issuer = options.issuer};
    auto type = find_token_type(options.type);
    if (!type) type = find_token_type_by_short_name(options.type);
    if (!type && options.type.contains(':')) {
        type = TokenType::kCustom;
        presented.custom_type = options.type;
    }
    if (!type) return fail(ErrorCode::kConfigInvalid, "--type names no type of token");
    presented.declared = *type;
    Bench bench;
    CAMBIST_CHECK(bench.open(options));
    const auto now = SystemClock().now();
    const auto* asked = issuers::AskedTokens::find(bench.realm(), presented, now);
    Findings findings;
    const bool is_jwt = asked == nullptr && presented.declared != TokenType::kSaml2;
    auto token = is_jwt ? look_at_jwt(bench, presented, now, findings)
                        : ask(bench, asked, presented, now, findings);
    // Whose it is depends on claims that nobody has proved, unless all is well.
    if (token && *use != issuers::Use::kClient) find_user(bench, *std::move(token), now, findings);
    if (!findings.issuer.empty()) find_rules(*bench.realm().realm, presented, findings);
    return findings;
}

}  // namespace

int issuer_test(const IssuerTestOptions& options) {
    const auto findings = try_token(options);
    if (!findings) {
        complain(findings.error());
        return kWrongUse;
    }
    if (options.json)
        fmt::print("{}\n", to_json(*findings).to_pretty_text());
    else
        print(*findings);
    return findings->is_good() ? kDone : kRefused;
}

}  // namespace cambist::cli
