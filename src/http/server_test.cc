// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "http/test_client.h"

namespace cambist::http {
namespace {

using std::chrono::milliseconds;

// A door that handlers wait behind, so that a test decides when they end.
class Gate {
  public:
    void open() { open_.set_value(); }
    void wait() const {
        ++waiting_;
        opened_.wait();
    }
    void await_waiting(int count) const {
        while (waiting_ < count) std::this_thread::sleep_for(milliseconds(1));
    }

  private:
    std::promise<void> open_;
    std::shared_future<void> opened_ = open_.get_future().share();
    mutable std::atomic<int> waiting_{0};
};

FunctionHandler::Function behind(const Gate& gate) {
    return [&gate](const Request& request) {
        if (request.path() == "/slow") gate.wait();
        return echo(request);
    };
}

constexpr std::string_view kSlow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(Server, AnswersWithDateAndLengthAndStaysOpen) {
    const TestServer server;
    Client client(server.port());
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(client.ask(kGet).head,
                  "HTTP/1.1 200 OK\r\nDate: Sat, 22 Nov 2025 01:48:31 GMT\r\n"
                  "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
}

TEST(Server, ReadsABodyThatComesInPieces) {
    const TestServer server;
    Client client(server.port());
    for (const std::string_view piece :
         {"POST /t HT", "TP/1.1\r\nHost: a\r\nContent-Le", "ngth: 6\r", "\n\r\nab", "cd"}) {
        client.send(piece);
        std::this_thread::sleep_for(milliseconds(5));
    }
    EXPECT_EQ(client.ask("ef").body, "POST /t body=abcdef");
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    const TestServer server({}, [](const Request& request) {
        // The first ones take longest: an order by completion would be another one.
        if (request.path() < "/10") std::this_thread::sleep_for(milliseconds(2));
        return echo(request);
    });
    Client client(server.port());
    std::string requests;
    for (int i = 0; i < 100; ++i)
        requests +=
            "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
    client.send(requests);
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(client.receive().body, "POST /" + std::to_string(i) + " body={}");
}

TEST(Server, PipelinedRequestsBeyondOneReadAreAllAnswered) {
    const TestServer server;
    Client client(server.port());
    const std::string body(50'000, 'x');
    const std::string request =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n" + body;
    std::thread sender([&] {
        for (int i = 0; i < 20; ++i) client.send(request);
    });
    for (int i = 0; i < 20; ++i) EXPECT_EQ(client.receive().body.size(), body.size() + 12);
    sender.join();
}

TEST(Server, HeadHasTheLengthButNotTheBody) {
    const TestServer server;
    Client client(server.port());
    client.send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = client.receive(/*bodyless=*/true);
    EXPECT_TRUE(answer.has("Content-Length: 9\r\n")) << answer.head;
    EXPECT_EQ(client.ask(kGet).body, "GET /");
}

TEST(Server, ClosesWhenTheClientSaysSoAndOnOldHttp) {
    const TestServer server;
    for (const std::string_view request :
         {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
          "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"}) {
        Client client(server.port());
        const auto answer = client.ask(request);
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.has("Connection: close\r\n"));
        EXPECT_TRUE(client.at_end());
    }
}

TEST(Server, AnswersAClientThatHasEndedSending) {
    const TestServer server;
    Client client(server.port());
    client.send(kGet);
    client.end_sending();
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_TRUE(client.at_end());
}

TEST(Server, SaysContinueToAClientThatWaitsForIt) {
    const TestServer server;
    Client client(server.port());
    const auto interim = client.ask(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(interim.head, "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(client.ask("ab").body, "POST / body=ab");
    // With the body already there the interim answer would be of no use.
    EXPECT_EQ(client
                  .ask("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                       "Content-Length: 2\r\n\r\nab")
                  .status,
              200);
}

TEST(Server, SendsALargeAnswerToASlowReader) {
    const std::string large(8'000'000, 'x');
    const TestServer server({}, [&](const Request&) { return Response{200, {}, large}; });
    Client client(server.port());
    client.send(kGet);
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(client.receive().body, large);
    EXPECT_EQ(client.ask(kGet).body.size(), large.size());
}

TEST(Server, AHandlerThatThrowsIsA500AndCounted) {
    TestServer server({}, [](const Request& request) -> Response {
        if (request.path() == "/odd") throw 1;
        throw std::runtime_error("boom");
    });
    Client client(server.port());
    EXPECT_EQ(client.ask(kGet).status, 500);
    EXPECT_EQ(client.ask("GET /odd HTTP/1.1\r\nHost: a\r\n\r\n").status, 500);
    EXPECT_NE(server.metrics.render().find("cambist_http_handler_failures_total 2\n"),
              std::string::npos);
}

TEST(Server, AnAnswerWithALineEndInAHeaderIsA500) {
    const TestServer server({}, [](const Request&) {
        return Response{200, {{"Location", "/x\r\nSet-Cookie: a=b"}}, {}};
    });
    Client client(server.port());
    const auto answer = client.ask(kGet);
    EXPECT_EQ(answer.status, 500);
    EXPECT_FALSE(answer.has("Set-Cookie"));
}

TEST(Server, ManagementListenerHasItsOwnHandler) {
    Settings settings;
    settings.listeners.resize(3);
    settings.listeners[1].kind = ListenerKind::kManagement;
    settings.listeners[2].host = "::1";
    const TestServer server(settings);
    EXPECT_EQ(Client(server.port(0)).ask(kGet).body, "GET /");
    EXPECT_EQ(Client(server.port(1)).ask(kGet).body, "management");
    EXPECT_NE(server.port(0), server.port(1));
}

TEST(Server, ServesManyConnectionsOnSeveralLoops) {
    Settings settings;
    settings.io_threads = 3;
    TestServer server(settings);
    std::vector<std::jthread> threads;
    threads.reserve(8);
    std::atomic<int> good{0};
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int c = 0; c < 5; ++c) {
                Client client(server.port());
                for (int i = 0; i < 20; ++i) good += client.ask(kGet).status == 200 ? 1 : 0;
            }
        });
    threads.clear();
    EXPECT_EQ(good, 800);
    EXPECT_NE(server.metrics.render().find(
                  "cambist_http_requests_total{listener=\"public\",status=\"2xx\"} 800\n"),
              std::string::npos);
}

TEST(Server, AFullQueueIs503WithRetryAfterAndTheConnectionStays) {
    Gate gate;
    Settings settings;
    settings.workers = 1;
    settings.queue_length = 1;
    const TestServer server(settings, behind(gate));
    Client working(server.port());
    working.send(kSlow);
    gate.await_waiting(1);
    Client queued(server.port());
    queued.send(kGet);
    std::this_thread::sleep_for(milliseconds(50));
    Client refused(server.port());
    const auto busy = refused.ask(kGet);
    EXPECT_EQ(busy.status, 503);
    EXPECT_TRUE(busy.has("Retry-After: 1\r\n"));
    gate.open();
    EXPECT_EQ(working.receive().status, 200);
    EXPECT_EQ(queued.receive().status, 200);
    EXPECT_EQ(refused.ask(kGet).status, 200);
}

TEST(Server, TheManagementListenerAnswersWhenClientsFindNoRoom) {
    Gate gate;
    Settings settings;
    settings.listeners.resize(2);
    settings.listeners.back().kind = ListenerKind::kManagement;
    settings.workers = 3;
    settings.queue_length = 0;
    settings.max_connections = 2;
    const TestServer server(settings, behind(gate));
    Client first(server.port());
    Client second(server.port());
    first.send(kSlow);
    second.send(kSlow);
    gate.await_waiting(1);
    EXPECT_EQ(Client(server.port()).ask(kGet).status, 503);
    EXPECT_EQ(Client(server.port(1)).ask(kGet).body, "management");
    gate.open();
}

TEST(Server, AsksForAsManyDescriptorsAsItMayHaveConnections) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit low{std::min<rlim_t>(before.rlim_max, 200), before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    Settings settings;
    settings.max_connections = 300;
    {
        const TestServer server(settings);
        rlimit now{};
        ::getrlimit(RLIMIT_NOFILE, &now);
        EXPECT_EQ(now.rlim_cur, std::min<rlim_t>(before.rlim_max, 556));
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Server, ARequestOfAClientThatIsGoneIsNotRun) {
    Gate gate;
    std::atomic<int> run{0};
    Settings settings;
    settings.workers = 1;
    const TestServer server(settings, [&](const Request& request) {
        if (request.path() == "/slow") gate.wait();
        if (request.path() == "/") ++run;
        return echo(request);
    });
    Client working(server.port());
    working.send(kSlow);
    gate.await_waiting(1);
    {
        const Client gone(server.port());
        gone.send(kGet);
        std::this_thread::sleep_for(milliseconds(50));
        const linger reset{1, 0};
        ::setsockopt(gone.descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    std::this_thread::sleep_for(milliseconds(50));
    gate.open();
    EXPECT_EQ(working.ask(kSlow).status, 200);
    EXPECT_EQ(run, 0);
}

TEST(ServerStop, LetsARequestInFlightEnd) {
    Gate gate;
    const TestServer server({}, behind(gate));
    Client idle(server.port());
    EXPECT_EQ(idle.ask(kGet).status, 200);
    Client working(server.port());
    working.send(kSlow);
    gate.await_waiting(1);
    std::thread stopper([&] { server->stop(); });
    EXPECT_TRUE(idle.at_end());
    EXPECT_FALSE(Client(server.port()).connected());
    gate.open();
    const auto answer = working.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Connection: close\r\n"));
    EXPECT_TRUE(working.at_end());
    stopper.join();
}

TEST(ServerStop, GivesUpTheClientAfterTheGrace) {
    Gate gate;
    Settings settings;
    settings.stop_grace = milliseconds(100);
    const TestServer server(settings, behind(gate));
    Client working(server.port());
    working.send(kSlow);
    gate.await_waiting(1);
    std::thread stopper([&] { server->stop(); });
    EXPECT_EQ(working.receive().status, 0);
    EXPECT_TRUE(working.at_end());
    gate.open();  // the handler itself is waited for
    stopper.join();
}

TEST(ServerStop, MayBeAskedForTwiceAndByTwo) {
    const TestServer server;
    const std::jthread other([&] { server->stop(); });
    server->stop();
    server->stop();
}

TEST(ServerStart, NamesWhatIsWrong) {
    struct Case {
        std::string_view wrong;
        std::function<void(Settings&)> spoil;
    };
    const Case cases[] = {
        {"no address to listen on", [](Settings& s) { s.listeners.clear(); }},
        {"'nowhere' is no IP address", [](Settings& s) { s.listeners[0].host = "nowhere"; }},
        {"needs a key file", [](Settings& s) { s.listeners[0].certificate_file = "x"; }},
        {"'10.0.0.0/33' has a wrong prefix length",
         [](Settings& s) { s.trusted_proxies = {"10.0.0.0/33"}; }},
        {"'proxy' is no IP address", [](Settings& s) { s.trusted_proxies = {"proxy"}; }},
        {"max_header_bytes", [](Settings& s) { s.max_header_bytes = 1; }},
        {"io_threads", [](Settings& s) { s.io_threads = 0; }},
        {"can not listen on 192.0.2.1", [](Settings& s) { s.listeners[0].host = "192.0.2.1"; }}};
    const FixedClock clock;
    Log log(clock);
    Metrics metrics;
    const FunctionHandler handler(echo);
    for (const auto& [wrong, spoil] : cases) {
        Settings settings;
        settings.listeners.resize(1);
        spoil(settings);
        const auto started = Server::start(settings, handler, handler, clock, log, metrics);
        ASSERT_FALSE(started) << wrong;
        EXPECT_EQ(started.error().code, ErrorCode::kConfigInvalid);
        EXPECT_NE(started.error().hint.find(wrong), std::string::npos) << started.error().hint;
    }
}

TEST(ServerStart, APortInUseIsNamed) {
    const TestServer server;
    const FixedClock clock;
    Log log(clock);
    Metrics metrics;
    const FunctionHandler handler(echo);
    Settings settings;
    settings.listeners.resize(1);
    settings.listeners[0].port = server.port();
    const auto started = Server::start(settings, handler, handler, clock, log, metrics);
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().hint.find(std::to_string(server.port())), std::string::npos);
}

}  // namespace
}  // namespace cambist::http
