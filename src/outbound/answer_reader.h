// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace cambist::outbound {

// What another server said.
struct Answer {
    int status = 0;
    std::string content_type;                     // without parameters, lower case
    std::optional<std::chrono::seconds> max_age;  // Cache-Control; 0 where it may not be kept
    std::string body;
    std::vector<http::Header> headers = {};  // all, as they came
};

// An answer to HEAD says the length of a body that does not come.
enum class AnswerBody { kAsSaid, kNone };

// Bytes of a connection into the one answer that is read from it (RFC 9112). Bounded: 16 KiB of
// headers, `max_bytes` of body. Not for several threads.
class AnswerReader {
  public:
    explicit AnswerReader(std::size_t max_bytes, AnswerBody body = AnswerBody::kAsSaid);
    ~AnswerReader();
    AnswerReader(const AnswerReader&) = delete;
    AnswerReader& operator=(const AnswerReader&) = delete;

    // True when the answer is whole; false when more is needed. kOutboundFailed when it is no HTTP,
    // too large, or in a coding that we did not ask for.
    Result<bool> feed(std::string_view bytes);
    // The other side has ended: the answer, if its length was not said; kOutboundFailed if cut.
    Status end();
    // After a whole answer: the other side keeps the connection, and nothing came after the answer.
    bool leaves_connection() const;
    Answer take();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cambist::outbound
