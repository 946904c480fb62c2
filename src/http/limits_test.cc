// SPDX-License-Identifier: Apache-2.0
// Every bound of the server, at its edge and beyond.
#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "http/test_client.h"

namespace cambist::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string post(std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

TEST(BodyLimit, ABodyOfExactlyTheLimitIsServed) {
    Settings settings;
    settings.max_body_bytes = 1000;
    const TestServer server(settings);
    EXPECT_EQ(Client(server.port()).ask(post(1000) + std::string(1000, 'x')).status, 200);
}

TEST(BodyLimit, OneByteMoreIs413BeforeTheBodyIsSent) {
    Settings settings;
    settings.max_body_bytes = 1000;
    const TestServer server(settings);
    Client client(server.port());
    EXPECT_EQ(client.ask(post(1001)).status, 413);
    EXPECT_TRUE(client.at_end());
}

TEST(BodyLimit, AnAnswerReachesAClientThatSendsItsLargeBodyAnyway) {
    const TestServer server;
    Client client(server.port());
    const auto answer = client.ask(post(900'000) + std::string(900'000, 'x'));
    EXPECT_EQ(answer.status, 413);
}

TEST(BodyLimit, LengthsThatOverflowAre413) {
    const TestServer server;
    for (const std::string_view length : {"18446744073709551616", "18446744073709551617",
                                          "99999999999999999999999999999999999999"}) {
        const auto status =
            Client(server.port())
                .ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) +
                     "\r\n\r\n")
                .status;
        EXPECT_TRUE(status == 413 || status == 400) << status;
    }
}

TEST(HeaderLimit, AHeadOfExactlyTheLimitIsServed) {
    Settings settings;
    settings.max_header_bytes = 1024;
    const TestServer server(settings);
    const std::string frame = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    for (const std::size_t size : {1024UL, 1025UL}) {
        auto request = frame;
        request.insert(frame.size() - 4, std::string(size - frame.size(), 'x'));
        EXPECT_EQ(Client(server.port()).ask(request).status, size == 1024 ? 200 : 431);
    }
}

TEST(HeaderLimit, OneHeaderMoreThanTheCountIs431) {
    Settings settings;
    settings.max_header_count = 10;
    const TestServer server(settings);
    for (const int count : {10, 11}) {
        std::string request = "GET / HTTP/1.1\r\nHost: a\r\n";
        for (int i = 1; i < count; ++i) request += "X: y\r\n";
        EXPECT_EQ(Client(server.port()).ask(request + "\r\n").status, count == 10 ? 200 : 431);
    }
}

TEST(RequestLimit, TheLastRequestOfAConnectionSaysSo) {
    Settings settings;
    settings.max_requests_per_connection = 2;
    const TestServer server(settings);
    Client client(server.port());
    EXPECT_FALSE(client.ask(kGet).has("Connection: close"));
    EXPECT_TRUE(client.ask(kGet).has("Connection: close\r\n"));
    EXPECT_TRUE(client.at_end());
}

TEST(ConnectionLimit, OneTooManyIs503AndAPlaceBecomesFreeAgain) {
    Settings settings;
    settings.max_connections = 2;
    const TestServer server(settings);
    {
        Client first(server.port());
        Client second(server.port());
        EXPECT_EQ(first.ask(kGet).status, 200);
        EXPECT_EQ(second.ask(kGet).status, 200);
        Client third(server.port());
        const auto answer = third.ask(kGet);
        EXPECT_EQ(answer.status, 503);
        EXPECT_TRUE(answer.has("Retry-After: 1\r\n"));
        EXPECT_TRUE(third.at_end());
        EXPECT_EQ(first.ask(kGet).status, 200);
    }
    int status = 0;
    for (int i = 0; i < 100 && status != 200; ++i) {
        std::this_thread::sleep_for(milliseconds(10));
        status = Client(server.port()).ask(kGet).status;
    }
    EXPECT_EQ(status, 200);
}

TEST(ConnectionLimit, AFloodBeyondItIsClosed) {
    Settings settings;
    settings.max_connections = 1;
    const TestServer server(settings);
    Client first(server.port());
    EXPECT_EQ(first.ask(kGet).status, 200);
    std::deque<Client> flood;
    for (int i = 0; i < 300; ++i) flood.emplace_back(server.port());
    int told = 0;
    for (auto& client : flood) {
        const auto status = client.receive().status;
        EXPECT_TRUE(status == 503 || status == 0) << status;
        told += status == 503 ? 1 : 0;
    }
    EXPECT_GE(told, 1);
    EXPECT_EQ(first.ask(kGet).status, 200);
}

Settings hasty() {
    Settings settings;
    settings.header_timeout = milliseconds(300);
    settings.body_timeout = milliseconds(300);
    settings.idle_timeout = milliseconds(300);
    settings.write_timeout = milliseconds(300);
    return settings;
}

// Sends one byte again and again, each well before any time between two bytes would be over.
Answer drip(Client& client, std::string_view bytes) {
    for (const char byte : bytes) {
        client.send({&byte, 1});
        std::this_thread::sleep_for(milliseconds(20));
    }
    return client.receive();
}

TEST(Timeouts, SlowHeadersAre408HoweverSteadilyTheyCome) {
    const TestServer server(hasty());
    Client client(server.port());
    client.send("GET / HTTP/1.1\r\nX: ");
    EXPECT_EQ(drip(client, std::string(60, 'x')).status, 408);
    EXPECT_TRUE(client.at_end());
}

TEST(Timeouts, ASlowBodyIs408) {
    const TestServer server(hasty());
    Client client(server.port());
    client.send(post(1000));
    EXPECT_EQ(drip(client, std::string(60, 'x')).status, 408);
    EXPECT_TRUE(client.at_end());
}

TEST(Timeouts, ASlowSecondRequestIs408Too) {
    const TestServer server(hasty());
    Client client(server.port());
    EXPECT_EQ(client.ask(kGet).status, 200);
    EXPECT_EQ(drip(client, std::string(60, 'G')).status, 408);
}

TEST(Timeouts, AnIdleConnectionIsClosedWithoutAWord) {
    const TestServer server(hasty());
    Client silent(server.port());
    Client used(server.port());
    EXPECT_EQ(used.ask(kGet).status, 200);
    const auto start = steady_clock::now();
    EXPECT_TRUE(silent.at_end());
    EXPECT_TRUE(used.at_end());
    EXPECT_LT(steady_clock::now() - start, milliseconds(2000));
}

TEST(Timeouts, AClientThatDoesNotReadLosesItsConnection) {
    constexpr std::size_t kLarge = 20'000'000;
    const TestServer server(hasty(), [](const Request&) {
        std::string body;
        body.resize(kLarge, 'x');
        return Response{200, {}, std::move(body)};
    });
    Client client(server.port());
    client.send(kGet);
    std::this_thread::sleep_for(milliseconds(1000));
    EXPECT_LT(client.receive().body.size(), 20'000'000U);
}

TEST(Timeouts, AWorkersTimeIsNotTheClients) {
    const TestServer server(hasty(), [](const Request& request) {
        std::this_thread::sleep_for(milliseconds(800));
        return echo(request);
    });
    EXPECT_EQ(Client(server.port()).ask(kGet).status, 200);
}

TEST(Timeouts, OneSlowClientDoesNotHoldUpAnother) {
    const TestServer server;
    Client slow(server.port());
    slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Le");
    EXPECT_EQ(Client(server.port()).ask(kGet).status, 200);
}

}  // namespace
}  // namespace cambist::http
