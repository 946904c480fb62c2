// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "outbound/answer_reader.h"
#include "outbound/guard.h"
#include "outbound/request.h"
#include "outbound/settings.h"
#include "outbound/tls.h"

namespace cambist::outbound {

class Deadline;
class Pool;
class Stream;
struct Url;

// The only way in which this server calls another one. https unless the operator allows more; the
// name is resolved once, its addresses are judged, and one of those is connected to, so that the
// name can not lead elsewhere in between; redirects are not followed; no proxy is taken from the
// environment; size and time are bounded. Any thread; a call blocks its thread, in the resolver
// longer than `timeout` if the system's resolver does.
class Client {
  public:
    // kConfigInvalid names the setting that is wrong.
    static Result<Client> make(const Settings& settings);
    Client(Client&&) noexcept;
    ~Client();

    // The answer, whatever its status; redirects are not followed. kOutboundRefused: the URL or all
    // of its addresses may not be called, or the request can not be written. kOutboundFailed:
    // anything else went wrong.
    Result<Answer> send(const Request& request) const;
    // The body of a 200 answer. kOutboundRefused: the URL or all of its addresses may not be
    // called. kOutboundFailed: anything else went wrong.
    Result<Answer> get(std::string_view url, std::string_view accept) const;

  private:
    Client(Settings settings, Guard guard, TlsClient tls);
    Result<Stream> open(const Url& url, const Deadline& deadline) const;
    Result<Answer> converse(Stream stream, const Url& url, const Request& request,
                            const Deadline& deadline) const;

    Settings settings_;
    Guard guard_;
    TlsClient tls_;
    std::unique_ptr<Pool> pool_;
};

}  // namespace cambist::outbound
