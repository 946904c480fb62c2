// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "audit/ledger.h"
#include "audit/record_json.h"
#include "exchange/exchange.h"
#include "issuers/foreign_tokens.h"
#include "jose/jws.h"
#include "representation/realm_file.h"
#include "store_memory/memory_store.h"

// A whole server without sockets: one realm on the store in memory, a clock that tests set.
namespace cambist::exchange {

class SetClock final : public Clock {
  public:
    TimePoint now() const override { return from_unix(seconds); }
    std::int64_t seconds = 1'800'000'000;
};

inline constexpr std::string_view kShopRealm = R"(
realm: shop
defaultSignatureAlgorithm: ES256
bruteForceProtected: true
failureFactor: 3
clientScopes:
  - name: orders
    attributes: { include.in.token.scope: "false" }
    protocolMappers:
      - name: orders
        protocolMapper: oidc-audience-mapper
        config: { included.client.audience: orders, access.token.claim: "true" }
  - name: "invoice:read"
  - name: to-reports
    protocolMappers:
      - name: reports
        protocolMapper: oidc-audience-mapper
        config: { included.client.audience: reports, access.token.claim: "true" }
clients:
  - clientId: web
    publicClient: true
    directAccessGrantsEnabled: true
    webOrigins: ["https://shop.example"]
    defaultClientScopes: [basic, profile, email, roles, acr, orders, "invoice:read"]
  - clientId: orders
    secret: orders-secret
    serviceAccountsEnabled: true
    attributes: { cambist.diagnostics: "on" }
  - clientId: gateway
    secret: gateway-secret
    attributes:
      standard.token.exchange.enabled: "true"
      standard.token.exchange.enableRefreshRequestedTokenType: SAME_SESSION
    defaultClientScopes: [basic, to-reports]
  - clientId: billing
    bearerOnly: true
  - clientId: payroll
    bearerOnly: true
  - clientId: reports
    bearerOnly: true
  - clientId: stranger
    secret: stranger-secret
groups:
  - name: staff
users:
  - username: alice
    firstName: Alice
    lastName: Archer
    email: alice@shop.example
    emailVerified: true
    groups: [/staff]
    credentials: [{ type: password, value: alice-password }]
  - username: bob
    firstName: Bob
    lastName: Baker
    email: bob@shop.example
    emailVerified: true
    credentials: [{ type: password, value: bob-password }]
exchangeRules:
  - id: orders-to-billing
    owner: billing
    effect: permit
    requester: { clients: [orders] }
    subject:
      tokenTypes: [access_token]
      issuers: [self]
      binding: audience
      users: { groups: [/staff] }
    target: { audiences: [billing] }
    result:
      mode: same-subject
      tokenTypes: [access_token, id_token]
      scopes: { allow: ["invoice:read"] }
      lifetime: 2m
)";

class World : public testing::Test {
  protected:
    explicit World(std::string_view realm = kShopRealm) { apply(realm); }

    void apply(std::string_view text) {
        auto outcome = representation::read_realm_file(text, "shop.yaml", {});
        for (const auto& fault : outcome.faults) ADD_FAILURE() << representation::describe(fault);
        ASSERT_TRUE(outcome.file.has_value());
        const auto report = realms_.apply(*outcome.file);
        ASSERT_TRUE(report) << report.error().describe();
    }

    Outcome serve(std::string_view body, std::string_view authorization = {},
                  const std::vector<std::string>& dpop = {},
                  const std::vector<std::string>& certificates = {}, const Exchange* by = nullptr) {
        const Exchange& exchange = by != nullptr ? *by : exchange_;
        return conclude(exchange, walk(exchange, body, authorization, dpop, certificates));
    }
    // Two requests that are both decided before either is written.
    std::pair<Outcome, Outcome> serve_together(std::string_view body, std::string_view other) {
        auto first = walk(exchange_, body), second = walk(exchange_, other);
        auto ended = conclude(exchange_, std::move(first));
        return {std::move(ended), conclude(exchange_, std::move(second))};
    }
    Walked walk(const Exchange& exchange, std::string_view body,
                std::string_view authorization = {}, const std::vector<std::string>& dpop = {},
                const std::vector<std::string>& certificates = {}) {
        Incoming incoming;
        incoming.realm = "shop";
        incoming.content_type = "application/x-www-form-urlencoded";
        incoming.body = body;
        incoming.caller = {.address = "127.0.0.1",
                           .secure = true,
                           .origin = {},
                           .authorization = std::string(authorization),
                           .dpop = dpop,
                           .certificates = certificates};
        incoming.at = clock_.now();
        incoming.trace = TraceId(make_ulid(random_, clock_.seconds * 1000));
        return exchange.walk(incoming);
    }
    static Outcome conclude(const Exchange& exchange, Walked walked) {
        std::optional<Outcome> outcome;  // the store in memory answers at once
        exchange.conclude(std::move(walked), [&](Outcome ended) { outcome = std::move(ended); });
        return *std::move(outcome);
    }
    // The answer to a request that must be permitted.
    TokenResponse granted(const std::string& body) {
        auto outcome = serve(body);
        if (outcome.response) return *outcome.response;
        ADD_FAILURE() << outcome.response.error().describe();
        return {};
    }
    // The cause why a request was refused; kNotFound when it was not.
    ErrorCode refused(const std::string& body) {
        const auto outcome = serve(body);
        if (outcome.response) ADD_FAILURE() << "was permitted: " << body;
        return outcome.response ? ErrorCode::kNotFound : outcome.response.error().code;
    }
    TokenResponse login(const std::string& user = "alice", const std::string& scope = "openid") {
        return granted("grant_type=password&client_id=web&username=" + user + "&password=" + user +
                       "-password&scope=" + scope);
    }
    static std::string exchange_body(const std::string& client, const std::string& token,
                                     const std::string& more) {
        return "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&client_id=" + client +
               "&client_secret=" + client + "-secret&subject_token=" + token +
               "&subject_token_type=urn:ietf:params:oauth:token-type:access_token" + more;
    }
    static json::Value claims_of(const std::string& token) {
        const auto peeked = jose::peek_compact(token);
        if (peeked) return peeked->claims;
        ADD_FAILURE() << peeked.error().describe();
        return {};
    }
    std::vector<AuditRecord> records() {
        std::vector<AuditRecord> out;
        const auto scanned = store_.audit().scan([&](const store::AuditRow& row) {
            out.push_back(*audit::parse_record(row.body));
            return true;
        });
        EXPECT_TRUE(scanned);
        return out;
    }

    static crypto::SecretBox make_box() {
        std::vector<Secret> keys;
        keys.emplace_back("a key file of the tests with more than 32 bytes");
        return *crypto::SecretBox::from_key_files(keys);
    }

    SetClock clock_;
    SystemRandom random_;
    Log log_{clock_, 2, LogLevel::kError};
    store_memory::MemoryStore store_;
    crypto::SecretBox box_ = make_box();
    static constexpr crypto::PasswordSettings kCheap{.memory_kib = 8192, .iterations = 1};
    identity::Identities identities_{store_.users()};
    identity::Logins logins_{
        {store_.users(), store_.login_failures(), identities_, clock_, random_, log_},
        {.password = kCheap}};
    sessions::Revocations revocations_{store_};
    sessions::Sessions sessions_{store_, revocations_, random_};
    sessions::Families families_{store_, revocations_};
    sessions::HandOffs hand_offs_{store_, revocations_};
    realms::Realms realms_{{store_, box_, identities_, clock_, random_, log_},
                           {.base_url = "https://id.example", .password = kCheap}};
    tokens::OwnTokens tokens_{identities_, sessions_, revocations_, nullptr, &store_, &box_};
    trust::ClientKeys client_keys_{nullptr};
    tokens::Minter minter_{random_, client_keys_, box_};
    clients::TrustedCertificates trusted_;
    issuers::IssuerKeySets issuer_keys_{nullptr};
    issuers::Binder binder_{identities_, store_.federated_identities()};
    issuers::ForeignTokens foreign_{issuer_keys_, binder_, revocations_};
    clients::ClientAuthenticators clients_{store_, client_keys_, trusted_, &foreign_};
    possession::Prover prover_{{box_, random_, store_}};
    grants::Grants grants_{
        {identities_, logins_, sessions_, families_, hand_offs_, tokens_, &foreign_}};
    std::unique_ptr<audit::Ledger> ledger_ = *audit::Ledger::open({}, store_, log_);
    identity::Relations relations_{store_.relations()};
    Exchange exchange_{{realms_, clients_, prover_, grants_, identities_, sessions_, families_,
                        hand_offs_, minter_, *ledger_, log_, relations_, nullptr,
                        &store_.federated_identities(), &store_.users()}};
};

}  // namespace cambist::exchange
