// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "endpoints/answer.h"
#include "endpoints/services.h"
#include "http/message.h"

namespace cambist::endpoints {

// One address below /realms/{realm}. Thread-safe.
class Endpoint {
  public:
    virtual ~Endpoint() = default;
    // Answers now, or moves the reply away and answers later; the request lives until then, the
    // context does not.
    virtual void serve(const http::Request& request, const Context& context,
                       http::Reply& reply) const = 0;
};

// One whose answer is complete when its call ends.
class PlainEndpoint : public Endpoint {
  public:
    virtual http::Response handle(const http::Request& request, const Context& context) const = 0;
    void serve(const http::Request& request, const Context& context,
               http::Reply& reply) const final {
        reply.send(handle(request, context));
    }
};

// Who may read the answer from a script.
enum class Cors : std::uint8_t { kNone, kByClient, kAnyone };

struct Route {
    std::string_view path;     // below /realms/{realm}; a "*" is any one segment
    std::string_view methods;  // "GET, HEAD"
    Cors cors = Cors::kNone;
    std::unique_ptr<Endpoint> endpoint;
    Place place = Place::kToken;
};

std::unique_ptr<Endpoint> make_token(const Services& services);
std::unique_ptr<Endpoint> make_introspect(const Services& services);
std::unique_ptr<Endpoint> make_revoke(const Services& services);
std::unique_ptr<Endpoint> make_userinfo(const Services& services);
std::unique_ptr<Endpoint> make_logout(const Services& services);
std::unique_ptr<Endpoint> make_account_grants(const Services& services);
std::unique_ptr<Endpoint> make_account_grant(const Services& services);
std::unique_ptr<Endpoint> make_account_keys(const Services& services);
std::unique_ptr<Endpoint> make_account_key(const Services& services);
std::unique_ptr<Endpoint> make_account_applications(const Services& services);
std::unique_ptr<Endpoint> make_account_consent(const Services& services);
std::unique_ptr<Endpoint> make_account_sessions(const Services& services);
std::unique_ptr<Endpoint> make_account_session(const Services& services);
std::unique_ptr<Endpoint> make_account_family(const Services& services);
std::unique_ptr<Endpoint> make_certs();
std::unique_ptr<Endpoint> make_discovery(const Services& services);
std::unique_ptr<Endpoint> make_realm_info();

// The list of addresses: what is not here is not served.
std::vector<Route> make_routes(const Services& services);

}  // namespace cambist::endpoints
