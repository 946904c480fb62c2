// SPDX-License-Identifier: Apache-2.0
// Answers that come after the handler has returned.
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "base/guarded.h"
#include "http/test_client.h"

namespace cambist::http {
namespace {

using std::chrono::milliseconds;
using Held = std::vector<Reply>;

std::unique_ptr<Handler> holding(const Guarded<Held>& held) {
    return std::make_unique<ReplyHandler>([&held](const Request& request, Reply& reply) {
        if (request.path() == "/now") return reply.send(echo(request));
        held.change([&](Held& replies) { replies.push_back(std::move(reply)); });
    });
}

// The oldest reply that is held.
Reply take(const Guarded<Held>& held) {
    return held.wait([](const Held& replies) { return !replies.empty(); },
                     [](Held& replies) {
                         Reply first = std::move(replies.front());
                         Held rest;
                         for (std::size_t i = 1; i < replies.size(); ++i)
                             rest.push_back(std::move(replies[i]));
                         replies.swap(rest);
                         return first;
                     });
}

constexpr std::string_view kLater = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kNow = "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(Reply, MayBeSentByAnotherThreadAfterTheHandlerReturned) {
    const Guarded<Held> held;
    const TestServer server({}, holding(held));
    Client client(server.port());
    client.send(kLater);
    auto reply = take(held);
    std::jthread([&] {
        reply.add_header({"X-Late", "yes"});
        reply.send({200, {}, "late"});
    }).join();
    const auto answer = client.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "late");
    EXPECT_NE(answer.head.find("X-Late: yes"), std::string::npos);
    EXPECT_FALSE(reply.is_open());
}

TEST(Reply, TheOnlyWorkerGoesOnWhileManyAnswersWait) {
    Settings settings;
    settings.workers = 1;
    const Guarded<Held> held;
    const TestServer server(settings, holding(held));
    std::vector<std::unique_ptr<Client>> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(std::make_unique<Client>(server.port()));
        waiting.back()->send(kLater);
    }
    held.wait([](const Held& replies) { return replies.size() == 20; }, [](Held&) {});
    Client client(server.port());
    EXPECT_EQ(client.ask(kNow).status, 200);
    for (auto& one : waiting) {
        take(held).send({200, {}, "late"});
        EXPECT_EQ(one->receive().body, "late");
    }
}

TEST(Reply, PipelinedRequestsWaitForTheAnswerBeforeThem) {
    const Guarded<Held> held;
    const TestServer server({}, holding(held));
    Client client(server.port());
    client.send(std::string(kLater) + std::string(kNow));
    auto reply = take(held);
    std::this_thread::sleep_for(milliseconds(20));
    reply.send({200, {}, "first"});
    EXPECT_EQ(client.receive().body, "first");
    EXPECT_EQ(client.receive().body, "GET /now");
}

TEST(Reply, DroppedUnsentIsA500AndCounted) {
    const TestServer server({}, std::make_unique<ReplyHandler>([](const Request&, Reply& reply) {
                                const Reply dropped = std::move(reply);
                            }));
    Client client(server.port());
    EXPECT_EQ(client.ask(kLater).status, 500);
    EXPECT_NE(server.metrics.render().find("cambist_http_handler_failures_total 1"),
              std::string::npos);
}

TEST(Reply, AnExceptionAfterTheReplyWasTakenAwayDoesNotAnswerTwice) {
    const Guarded<Held> held;
    const TestServer server({}, std::make_unique<ReplyHandler>([&](const Request&, Reply& reply) {
                                held.change([&](Held& all) { all.push_back(std::move(reply)); });
                                throw std::runtime_error("after");
                            }));
    Client client(server.port());
    client.send(kLater);
    take(held).send({200, {}, "once"});
    EXPECT_EQ(client.receive().body, "once");
}

TEST(Reply, AStoppingServerWaitsForTheAnswer) {
    const Guarded<Held> held;
    TestServer server({}, holding(held));
    Client client(server.port());
    client.send(kLater);
    auto reply = take(held);
    auto stopped = std::async(std::launch::async, [&] { server->stop(); });
    EXPECT_EQ(stopped.wait_for(milliseconds(50)), std::future_status::timeout);
    reply.send({200, {}, "last"});
    EXPECT_EQ(client.receive().body, "last");
    stopped.get();
}

TEST(Reply, MayBeSentAfterTheClientHasGone) {
    const Guarded<Held> held;
    const TestServer server({}, holding(held));
    {
        Client client(server.port());
        client.send(kLater);
        auto reply = take(held);
        held.change([&](Held& all) { all.push_back(std::move(reply)); });
    }
    std::this_thread::sleep_for(milliseconds(20));
    take(held).send({200, {}, "to nobody"});
    Client other(server.port());
    EXPECT_EQ(other.ask(kNow).status, 200);
}

}  // namespace
}  // namespace cambist::http
