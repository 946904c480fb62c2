// SPDX-License-Identifier: Apache-2.0
// Names that lead elsewhere the next time they are asked for (DNS rebinding).
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include "http/test_client.h"
#include "outbound/client.h"

namespace {

using Answers = std::deque<std::vector<std::string>>;

// What the resolver says next of a name that begins with "turns."; then nothing more is known.
Answers& next_answers() {
    static Answers answers;
    return answers;
}

using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

Resolve of_the_library() { return reinterpret_cast<Resolve>(::dlsym(RTLD_NEXT, "getaddrinfo")); }

}  // namespace

// In place of the C library's, in this program.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    static const Resolve resolve = of_the_library();
    if (name == nullptr || !std::string_view(name).starts_with("turns."))
        return resolve(name, service, hints, found);
    auto& answers = next_answers();
    if (answers.empty()) return EAI_NONAME;
    const auto addresses = answers.front();
    answers.pop_front();
    for (auto** end = found; const auto& address : addresses) {
        if (const int error = resolve(address.c_str(), service, hints, end); error != 0)
            return error;
        while (*end != nullptr) end = &(*end)->ai_next;
    }
    return 0;
}

namespace cambist::outbound {
namespace {

class Rebinding : public ::testing::Test {
  protected:
    // Of a client that may call this address only.
    Result<Answer> get(const std::string& allowed, const Answers& answers) {
        Settings settings;
        settings.allow_http = true;
        settings.allow = {allowed};
        next_answers() = answers;
        return Client::make(settings)->get(
            "http://turns.example:" + std::to_string(server_.port()) + "/", "*/*");
    }

    std::atomic<int> served_{0};

  private:
    http::TestServer server_{{}, [this](const http::Request&) {  // on 127.0.0.1
                                 ++served_;
                                 return http::Response{200, {}, "inside"};
                             }};
};

TEST_F(Rebinding, NameThatMayBeCalledIsCalled) {
    EXPECT_TRUE(get("127.0.0.1", {{"127.0.0.1"}}));
    EXPECT_EQ(served_, 1);
}

TEST_F(Rebinding, NameIsAskedForOnceAndWhatWasJudgedIsConnectedTo) {
    const auto answer = get("127.0.0.2", {{"127.0.0.2"}, {"127.0.0.1"}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kOutboundFailed);
    EXPECT_EQ(next_answers().size(), 1U);
    EXPECT_EQ(served_, 0);
}

TEST_F(Rebinding, NameThatLeadsInsideTheNextTimeIsRefusedThen) {
    static_cast<void>(get("127.0.0.2", {{"127.0.0.2"}}));
    const auto answer = get("127.0.0.2", {{"127.0.0.1"}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kOutboundRefused);
    EXPECT_EQ(served_, 0);
}

TEST_F(Rebinding, ForbiddenAddressBesideAGoodOneIsNotTried) {
    const auto answer = get("127.0.0.2", {{"127.0.0.1", "127.0.0.2", "127.0.0.1"}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kOutboundFailed);
    EXPECT_EQ(served_, 0);
}

}  // namespace
}  // namespace cambist::outbound
