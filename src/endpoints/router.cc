// SPDX-License-Identifier: Apache-2.0
#include "endpoints/router.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "base/text.h"
#include "endpoints/cors.h"
#include "http/text.h"

namespace cambist::endpoints {
namespace {

// Nothing is in these, and a script with a wrong address has to be able to read that it is wrong.
http::Response for_anyone(http::Response response) {
    allow_any_origin(response);
    return response;
}

http::Response not_found() {
    return for_anyone(json_answer(
        404, R"({"error":"not_found","error_description":"There is nothing at this address."})"));
}

bool lists(std::string_view methods, std::string_view method) {
    for (const auto listed : split(methods, ','))
        if (trim(listed) == method) return true;
    return false;
}

// The segment that an address has where its route has a "*", and nothing where they differ. As the
// client wrote it: what it names may be percent-encoded.
std::optional<std::string_view> item_of(std::string_view route, std::string_view address) {
    constexpr std::size_t kLongestItem = 765;  // a name of 255 bytes, all of them encoded
    if (route == address) return std::string_view();
    const auto star = route.find('*');
    if (star == std::string_view::npos) return std::nullopt;
    const auto start = route.substr(0, star);
    const auto end = route.substr(star + 1);
    if (address.size() <= start.size() + end.size() || !address.starts_with(start) ||
        !address.ends_with(end))
        return std::nullopt;
    const auto item = address.substr(start.size(), address.size() - start.size() - end.size());
    if (item.size() > kLongestItem || item.contains('/')) return std::nullopt;
    return item;
}

}  // namespace

Router::Router(const Services& services)
    : services_(services),
      routes_(make_routes(services)),
      realms_prefix_(services.base_path + "/realms/"),
      well_known_prefix_("/.well-known/oauth-authorization-server" + services.base_path +
                         "/realms/") {}

void Router::handle(const http::Request& request, http::Reply& reply) const {
    const auto path = request.path();
    std::string_view rest;
    std::string_view suffix;
    if (path.starts_with(realms_prefix_)) {
        rest = path.substr(realms_prefix_.size());
        const auto slash = rest.find('/');
        suffix = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
        rest = rest.substr(0, slash);
    } else if (path.starts_with(well_known_prefix_)) {
        // RFC 8414 section 3: the well-known part stands between host and path of the issuer.
        rest = path.substr(well_known_prefix_.size());
        suffix = "/.well-known/oauth-authorization-server";
    } else {
        return reply.send(not_found());
    }
    if (suffix == "/") suffix = {};
    const auto name = http::percent_decode(rest);
    if (!name || name->empty()) return reply.send(not_found());
    for (const auto& route : routes_) {
        const auto item = item_of(route.path, suffix);
        if (!item) continue;
        Context context;
        context.item = *item;
        context.at = services_.clock.now();
        context.trace =
            TraceId(make_ulid(services_.random, context.at.time_since_epoch().count() / 1000));
        context.realm_name = *name;
        context.place = route.place;
        context.realm = services_.realms.find(*name);
        return dispatch(request, route, context, reply);
    }
    reply.send(not_found());
}

// A bug must not leave the client without a trace id and the operator without a line.
void Router::serve(const http::Request& request, const Route& route, const Context& context,
                   http::Reply& reply) const {
    try {
        return route.endpoint->serve(request, context, reply);
    } catch (const std::exception& bug) {
        services_.log.error("bug", {{"trace", context.trace.text()}, {"what", bug.what()}});
    }
    services_.metrics
        .counter("cambist_bugs_total", "Requests that ended in an exception. Must be zero.")
        .add();
    if (reply.is_open()) reply.send(error_answer({ErrorCode::kInternal, {}, {}, {}}, context));
}

void Router::dispatch(const http::Request& request, const Route& route, const Context& context,
                      http::Reply& reply) const {
    if (!lists(route.methods, request.method())) {
        auto response = error_answer(
            {ErrorCode::kMalformedRequest, "This address answers to other methods.", {}, {}},
            context);
        response.status = 405;
        response.headers.emplace_back("Allow", route.methods);
        return reply.send(for_anyone(std::move(response)));
    }
    if (request.method() == "OPTIONS") return reply.send(preflight(request, route.methods));
    if (context.realm == nullptr && route.path != "/protocol/openid-connect/token")
        return reply.send(
            for_anyone(error_answer({ErrorCode::kRealmUnknown, {}, {}, {}}, context)));
    if (route.cors == Cors::kAnyone) reply.add_header(any_origin());
    serve(request, route, context, reply);
}

}  // namespace cambist::endpoints
