// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "endpoints/wire_error.h"
#include "http/message.h"
#include "model/ids.h"
#include "realms/snapshot.h"

namespace cambist::endpoints {

// One request on its way: the realm its path names (null when there is none) and its trace id.
struct Context {
    std::string realm_name;
    std::shared_ptr<const realms::Snapshot> realm;
    TraceId trace;
    TimePoint at{};
    Place place = Place::kToken;
    std::string item;  // the last segment of an address that ends in one
};

http::Response json_answer(int status, std::string body);
// 200 with a body of another media type, which no cache may keep either.
http::Response secret_answer(std::string_view media_type, std::string body);
// May be kept by caches for a minute, with an ETag; 304 when the request has it already.
http::Response cacheable_json(const http::Request& request, std::string body,
                              std::int64_t max_age = 60);

// Whether this caller may see the cause (`diagnostics`), or its neutral row only.
enum class Audience : std::uint8_t { kStranger, kTrusted };
// RFC 6749 section 5.2, with error_code, trace_id and (for the trusted) hint. A 401 of a client
// that used Basic carries the challenge.
http::Response error_answer(const Error& error, const Context& context,
                            Audience audience = Audience::kStranger, const Named& named = {});
// How an access token was sent.
enum class Scheme : std::uint8_t { kBearer, kDpop };
// RFC 6750 section 3, RFC 9449 section 7.1: the challenge of the userinfo endpoint.
http::Response bearer_error(const Error& error, const Context& context,
                            Scheme scheme = Scheme::kBearer);

}  // namespace cambist::endpoints
