// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "http/message.h"
#include "http/parser.h"

namespace cambist::http {

// What a well-formed head still has to satisfy.
struct HeadFacts {
    Refusal refusal;
    std::size_t body_size = 0;
    bool expects_continue = false;
    bool keeps_alive = false;
};
// `http11`: the request line said HTTP/1.1, not 1.0.
HeadFacts check_head(const Request& request, bool http11, const Limits& limits);

// Splits the target at `span` of `head` into path and query (RFC 9112 section 3.2): origin-form,
// absolute-form (only for the host in Host), and "*" for OPTIONS.
Refusal split_target(std::string_view head, HeadSpan span, HeadLayout& layout);
// The authority of an absolute-form target; empty for the other forms.
std::string_view target_authority(std::string_view head, HeadSpan span);

}  // namespace cambist::http
