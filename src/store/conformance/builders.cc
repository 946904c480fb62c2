// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"
#include "store/conformance/conformance.h"

namespace cambist::store {

Status StoreConformance::commit(std::vector<Operation> operations, const std::string& realm) {
    return store().commit({realm, std::move(operations)});
}

ErrorCode StoreConformance::refusal(std::vector<Operation> operations) {
    const auto status = commit(std::move(operations));
    EXPECT_FALSE(status);
    return status ? ErrorCode::kInternal : status.error().code;
}

std::size_t StoreConformance::audit_rows() {
    std::size_t rows = 0;
    EXPECT_TRUE(store().audit().scan([&rows](const AuditRow&) { return ++rows > 0; }));
    return rows;
}

User make_user(const std::string& id, const std::string& username) {
    User user;
    user.id = UserId(id);
    user.username = username;
    user.email = username + "@example.com";
    user.email_verified = true;
    user.first_name = "Zo\xc3\xab";
    user.last_name = "O'Neil \"x\"";
    user.enabled = true;
    user.created_ms = 1'700'000'000'123;
    user.not_before = 7;
    user.attributes = {{"team", {"a", "b"}}, {"empty", {}}};
    user.roles = {{"", "admin"}, {"shop", "buyer"}};
    user.groups = {"/staff/berlin", "/x"};
    user.memberships = {{"acme", true}, {"globex", false}};
    user.credentials = {
        {"c1", "password", "$argon2id$v=19$m=1", "", 5, true, R"({"userLabel":"mine"})"},
        {"c2", "otp", R"({"value":"x"})", R"({"digits":6})", 0, false, ""}};
    user.required_actions = {"UPDATE_PASSWORD"};
    user.consents = {{"shop", {"email", "profile"}, 5, 6}, {"bank", {}, 7, 0}};
    user.kept = R"({"federatedIdentities":[]})";
    return user;
}

Session make_session(const std::string& id, const std::string& user) {
    Session session;
    session.id = SessionId(id);
    session.user = UserId(user);
    session.client = ClientId("web");
    session.started = 100;
    session.last_access = 110;
    session.expires = 1000;
    session.auth_method = "password";
    session.acr = "2";
    session.offline = true;
    session.device_hash = "hash-of-" + id;
    return session;
}

RefreshFamily make_family(const std::string& id, const std::string& session) {
    RefreshFamily family;
    family.id = id;
    family.session = SessionId(session);
    family.user = UserId("u1");
    family.client = ClientId("web");
    family.scopes = {"openid", "profile"};
    family.audience = {"billing"};
    family.audience_restricted = true;
    family.grant_of_origin = GrantType::kTokenExchange;
    family.rule = RuleId("orders-to-billing");
    family.xid = "xid1";
    family.xp = {"p1", "p2"};
    family.act = R"({"sub":"agent"})";
    family.created = 100;
    family.expires = 1000;
    family.not_after = 5000;
    family.auth_time = 90;
    family.max_uses = 10;
    return family;
}

Relation make_relation(const std::string& id, const std::string& actor,
                       const std::string& subject) {
    return {.id = id,
            .kind = "guardian",
            .actor = *parse_relation_end(actor),
            .subject = *parse_relation_end(subject),
            .scopes = {"read", "write"},
            .audiences = {"school"},
            .expires = 1000,
            .created = 100,
            .created_by = "u9"};
}

ApiKey make_api_key(const std::string& id, const std::string& user) {
    return {.id = id,
            .hash = "hash-of-" + id,
            .user = UserId(user),
            .name = "my \"script\"",
            .scopes = {"read"},
            .audiences = {"billing"},
            .created = 100,
            .expires = 1000};
}

KeyRow make_key(const std::string& kid) {
    return {kid,
            "ES256",
            "active",
            100,
            7,
            std::string("\x01\x00\xff sealed", 10),
            std::string("\x30\x00\x82", 3),
            "generated",
            0,
            0};
}

AppendAudit make_audit(const std::string& trace, std::int64_t at_us) {
    return {trace, at_us, R"({"trace":")" + trace + R"("})"};
}

std::string make_trace(std::int64_t unix_ms, char tail) {
    std::string trace(26, tail);
    for (std::size_t i = 10; i-- > 0; unix_ms /= 32)
        trace[i] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[static_cast<std::size_t>(unix_ms % 32)];
    return trace;
}

std::string describe(const User& user) { return render_user(user); }
std::string describe(const RefreshFamily& family) { return render_family(family); }

std::string describe(const Session& session) {
    return session.id.text() + ' ' + session.user.text() + ' ' + session.client.text() + ' ' +
           std::to_string(session.started) + ' ' + std::to_string(session.last_access) + ' ' +
           std::to_string(session.expires) + ' ' + session.auth_method + ' ' + session.acr +
           (session.offline ? " offline" : " online") + ' ' + session.device_hash;
}

std::string describe(const KeyRow& key) {
    return key.kid + ' ' + key.algorithm + ' ' + key.state + ' ' + std::to_string(key.priority) +
           ' ' + std::to_string(key.created) + ' ' + key.sealed + ' ' + key.certificate + ' ' +
           key.source + ' ' + std::to_string(key.activates) + ' ' + std::to_string(key.retires);
}

}  // namespace cambist::store
