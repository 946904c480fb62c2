// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "endpoints/endpoint.h"
#include "http/message.h"

namespace cambist::endpoints {

// The public handler: finds realm and endpoint by path and method, answers preflights, and gives
// every request its trace id. Thread-safe.
class Router final : public http::Handler {
  public:
    explicit Router(const Services& services);
    void handle(const http::Request& request, http::Reply& reply) const override;

  private:
    void serve(const http::Request& request, const Route& route, const Context& context,
               http::Reply& reply) const;
    void dispatch(const http::Request& request, const Route& route, const Context& context,
                  http::Reply& reply) const;

    const Services& services_;
    std::vector<Route> routes_;
    std::string realms_prefix_;      // "/auth/realms/"
    std::string well_known_prefix_;  // RFC 8414: before the issuer's path
};

}  // namespace cambist::endpoints
