// SPDX-License-Identifier: Apache-2.0
#include "exchange/test_world.h"

// The client's part in a session (client.session.*), to the second.
namespace cambist::exchange {
namespace {

constexpr std::string_view kRealm = R"(
realm: shop
revokeRefreshToken: false
ssoSessionIdleTimeout: 1800
clientScopes: []
clients:
  - clientId: idle
    publicClient: true
    directAccessGrantsEnabled: true
    attributes: { client.session.idle.timeout: "60" }
  - clientId: short
    publicClient: true
    directAccessGrantsEnabled: true
    attributes: { client.session.max.lifespan: "100" }
users:
  - username: alice
    firstName: Alice
    lastName: Archer
    email: alice@shop.example
    emailVerified: true
    credentials: [{ type: password, value: alice-password }]
)";

class ClientSession : public World {
  protected:
    ClientSession() : World(kRealm) {}
    TokenResponse login_at(const std::string& client) {
        return granted("grant_type=password&username=alice&password=alice-password&client_id=" +
                       client);
    }
    static std::string refresh(const std::string& client, const TokenResponse& answer) {
        return "grant_type=refresh_token&client_id=" + client +
               "&refresh_token=" + answer.refresh_token;
    }
};

TEST_F(ClientSession, RefreshesInItsLastIdleSecondAndNotInTheNext) {
    auto answer = login_at("idle");
    EXPECT_EQ(answer.refresh_expires_in, 60);
    clock_.seconds += 59;
    answer = granted(refresh("idle", answer));
    EXPECT_EQ(answer.refresh_expires_in, 60) << "each refresh starts the time again";
    clock_.seconds += 60;
    EXPECT_EQ(refused(refresh("idle", answer)), ErrorCode::kRefreshTokenExpired);
}

TEST_F(ClientSession, RefreshesInTheLastSecondOfItsLifeAndNotInTheNext) {
    auto answer = login_at("short");
    EXPECT_EQ(answer.refresh_expires_in, 100);
    EXPECT_EQ(answer.expires_in, 100) << "no token outlives it";
    clock_.seconds += 99;
    answer = granted(refresh("short", answer));
    EXPECT_EQ(answer.refresh_expires_in, 1);
    EXPECT_EQ(answer.expires_in, 1);
    clock_.seconds += 1;
    EXPECT_EQ(refused(refresh("short", answer)), ErrorCode::kRefreshTokenExpired);
}

TEST_F(ClientSession, EndsForItsClientOnlyAndALogInStartsItAnew) {
    const auto answer = login_at("short");
    const auto other = login_at("idle");
    clock_.seconds += 50;
    const auto fresh = granted(refresh("idle", other));
    clock_.seconds += 50;
    EXPECT_EQ(refused(refresh("short", answer)), ErrorCode::kRefreshTokenExpired);
    granted(refresh("idle", fresh));
    EXPECT_EQ(login_at("short").refresh_expires_in, 100);
}

}  // namespace
}  // namespace cambist::exchange
