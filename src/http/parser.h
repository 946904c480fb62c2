// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace cambist::http {

// What a request may weigh.
struct Limits {
    std::size_t header_bytes = 16UL * 1024;
    std::size_t header_count = 64;
    std::size_t body_bytes = 64UL * 1024;
};

// Why a request is not served: a status and a sentence of ours. status 0: no refusal.
struct Refusal {
    int status = 0;
    std::string_view reason;
    explicit operator bool() const { return status != 0; }
};

enum class ParseState { kHead, kBody, kComplete, kRefused };

// Bytes to one Request at a time, strictly (RFC 9112): Boost.Beast's parser plus the checks it
// leaves out, since whoever stands between a client and us must not be able to see another
// request in the same bytes. Buffers are kept for the next request. Not thread-safe.
class RequestParser {
  public:
    explicit RequestParser(const Limits& limits) : limits_(limits) {}

    // Uses bytes from the front and says how many; goes no further than the end of one request.
    std::size_t feed(std::string_view bytes);
    ParseState state() const { return state_; }
    const Refusal& refusal() const { return refusal_; }
    // At least one byte of the request has come.
    bool started() const { return !request_.head_.empty(); }
    // The client waits for "100 Continue" before it sends the body.
    bool expects_continue() const { return expects_continue_; }
    // The connection may serve another request after this one.
    bool keeps_alive() const { return keeps_alive_; }
    Request& request() { return request_; }
    const Request& request() const { return request_; }
    // Makes ready for the next request.
    void reset();

  private:
    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    std::size_t find_head_end();
    bool end_line(std::size_t line_feed);
    void read_head();
    void refuse(Refusal why);

    Limits limits_;
    Request request_;
    ParseState state_ = ParseState::kHead;
    Refusal refusal_;
    std::size_t scanned_ = 0;     // bytes of the head already looked at
    std::size_t line_start_ = 0;  // where the line that is being read begins
    std::size_t lines_ = 0;
    std::size_t body_size_ = 0;
    bool skipped_empty_line_ = false;
    bool expects_continue_ = false;
    bool keeps_alive_ = false;
};

}  // namespace cambist::http
