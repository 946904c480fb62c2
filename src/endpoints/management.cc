// SPDX-License-Identifier: Apache-2.0
#include "endpoints/management.h"

#include "endpoints/answer.h"

namespace cambist::endpoints {
namespace {

http::Response health(bool up) {
    return json_answer(up ? 200 : 503, up ? R"({"status":"UP"})" : R"({"status":"DOWN"})");
}

}  // namespace

http::Response Management::answer(const http::Request& request) const {
    if (request.method() != "GET" && request.method() != "HEAD") {
        auto response = json_answer(405, R"({"error":"method_not_allowed"})");
        response.headers.emplace_back("Allow", "GET, HEAD");
        return response;
    }
    if (request.path() == "/health/live" || request.path() == "/health") return health(true);
    if (request.path() == "/health/ready") {
        auto* store = store_.load();
        return health(store != nullptr && store->ping().has_value());
    }
    if (request.path() == "/metrics")
        return {
            200,
            {{"Content-Type", std::string(Metrics::kContentType)}, {"Cache-Control", "no-store"}},
            metrics_.render()};
    return json_answer(404, R"({"error":"not_found"})");
}

void Gate::handle(const http::Request& request, http::Reply& reply) const {
    if (const auto* handler = handler_.load()) return handler->handle(request, reply);
    auto response = json_answer(503, R"({"error":"temporarily_unavailable"})");
    response.headers.emplace_back("Retry-After", "1");
    reply.send(std::move(response));
}

}  // namespace cambist::endpoints
