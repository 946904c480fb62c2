// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "http/parser.h"

namespace cambist::http {

// "Not Found"; "Unknown" for a status without a name.
std::string_view reason_phrase(int status);

struct Framing {
    bool head_request = false;  // HEAD: the length of the body, but not the body
    bool close = false;         // the connection ends after this answer
    TimePoint now;
};
// Head and body in one buffer, replacing what is in `out`. False when the answer can not be sent
// as it is (status out of range, line ends in a header); `out` is empty then.
bool render_response(const Response& response, const Framing& framing, std::string& out);
// An answer of the transport itself, in the JSON that clients of ours read. The reason is one of
// our own words, without quotes. 503 says when to come again.
void render_refusal(const Refusal& refusal, const Framing& framing, std::string& out);

}  // namespace cambist::http
