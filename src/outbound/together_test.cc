// SPDX-License-Identifier: Apache-2.0
// Calls from many threads at once, over connections that are kept and taken again.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "http/test_client.h"
#include "outbound/client.h"

namespace cambist::outbound {
namespace {

constexpr int kCallers = 6;
constexpr int kCalls = 25;

TEST(OutboundClient, ServesManyThreadsOverConnectionsThatItKeeps) {
    const http::TestServer server({}, [](const http::Request& request) {
        return http::Response{
            200, {{"Content-Type", "application/json"}}, std::string(request.path())};
    });
    Settings settings;
    settings.allow_http = true;
    settings.allow = {"127.0.0.1"};
    const auto client = Client::make(settings);
    ASSERT_TRUE(client) << client.error().describe();
    const auto origin = "http://127.0.0.1:" + std::to_string(server.port());
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> callers;
        for (int caller = 0; caller < kCallers; ++caller)
            callers.emplace_back([&, caller] {
                for (int call = 0; call < kCalls; ++call) {
                    const auto path = "/" + std::to_string(caller) + "/" + std::to_string(call);
                    const auto answer = client->get(origin + path, "application/json");
                    // Of his own question, and not of another's.
                    if (answer && answer->body == path) ++right;
                }
            });
    }
    EXPECT_EQ(right, kCallers * kCalls);
}

}  // namespace
}  // namespace cambist::outbound
