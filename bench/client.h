// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cambist::bench {

struct Answer {
    int status = 0;
    std::string_view body;         // until the next send
    bool says_when_again = false;  // Retry-After is there
};

// One keep-alive connection with at most one request under way. Connects by itself, again when the
// server has closed it between two requests.
class Client {
  public:
    explicit Client(std::uint16_t port) : port_(port) {}
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { close(); }

    // The socket to be watched (edge-triggered), a new one after open().
    int socket() const { return socket_; }
    bool is_open() const { return socket_ >= 0; }
    bool open();
    void close();

    // False: the connection is gone.
    bool send(std::string_view request);
    // Writes what waits and reads what came: an answer when it is complete. `gone` is set when the
    // connection broke with a request under way, or the bytes are no HTTP answer.
    std::optional<Answer> proceed(bool& gone);

  private:
    bool flush();
    bool read_more();
    std::optional<Answer> take_answer(bool& gone);

    const std::uint16_t port_;
    int socket_ = -1;
    std::string_view unsent_;
    std::string received_;
    std::size_t end_of_head_ = 0;
    std::size_t length_ = 0;
    int status_ = 0;
    bool says_when_again_ = false;
    bool ended_ = false;
};

}  // namespace cambist::bench
