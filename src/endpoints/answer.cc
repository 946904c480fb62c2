// SPDX-License-Identifier: Apache-2.0
#include "endpoints/answer.h"

#include "base/text.h"
#include "crypto/digest.h"
#include "jose/algorithms.h"
#include "json/writer.h"

namespace cambist::endpoints {
namespace {

ErrorDialect dialect_of(const Context& context) {
    return context.realm ? context.realm->realm->error_dialect : ErrorDialect::kStrict;
}

struct Shown {
    ErrorCode code;
    std::string text;
    WireError wire;
};

Shown shown(const Error& error, const Context& context, Audience audience, const Named& named) {
    const auto dialect = dialect_of(context);
    // Keycloak's clients know its own distinctions, so its dialect starts from the real cause; ours
    // shows a stranger the neutral row. The sub-code of a stranger is the neutral one in both.
    const auto neutral = error_row(error.code).neutral;
    const auto code = audience == Audience::kTrusted ? error.code : neutral;
    auto wire = to_wire(dialect == ErrorDialect::kKeycloak ? error.code : code, dialect,
                        context.place, named);
    auto text = wire.text;
    if (text.empty() && code == error.code) text = error.text();
    if (text.empty()) text = error_row(code).text;
    return {code, printable(text, 400), std::move(wire)};
}

// RFC 6749 section 5.2: for who did not prove which client he is. A user's wrong password is no
// reason for a browser to ask for a client's.
bool needs_challenge(const WireError& wire, Place place) {
    return wire.status == 401 && (place != Place::kToken || (wire.error != "invalid_grant" &&
                                                             wire.error != "invalid_request"));
}

std::string algorithm_names() {
    std::string names;
    for (const auto& row : jose::algorithms())
        names.append(names.empty() ? "" : " ").append(row.name);
    return names;
}

}  // namespace

http::Response json_answer(int status, std::string body) {
    http::Response response{status, {}, std::move(body)};
    response.headers = {{"Content-Type", "application/json"},
                        {"Cache-Control", "no-store"},
                        {"Pragma", "no-cache"},
                        {"X-Content-Type-Options", "nosniff"}};
    return response;
}

http::Response secret_answer(std::string_view media_type, std::string body) {
    auto response = json_answer(200, std::move(body));
    response.headers.front().second = media_type;
    return response;
}

http::Response cacheable_json(const http::Request& request, std::string body,
                              std::int64_t max_age) {
    const auto tag = "\"" + crypto::sha256_base64url(body).substr(0, 22) + "\"";
    http::Response response{200, {}, std::move(body)};
    if (const auto known = request.header("If-None-Match"); known && *known == tag)
        response = {304, {}, {}};
    response.headers = {{"Content-Type", "application/json"},
                        {"Cache-Control", "public, max-age=" + std::to_string(max_age)},
                        {"ETag", tag},
                        {"X-Content-Type-Options", "nosniff"}};
    return response;
}

http::Response error_answer(const Error& error, const Context& context, Audience audience,
                            const Named& named) {
    const auto what = shown(error, context, audience, named);
    if (what.wire.error.empty()) return json_answer(what.wire.status, {});
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("error", what.wire.error);
    out.member("error_description", what.text);
    out.member("error_code", error_row(what.code).id);
    out.member("trace_id", context.trace.text());
    if (!error.interaction_uri.empty())
        out.member("interaction_uri", printable(error.interaction_uri, 2000));
    if (audience == Audience::kTrusted && !error.hint.empty())
        out.member("hint", printable(error.hint, 1000));
    out.end_object();
    auto response = json_answer(what.wire.status, std::move(body));
    if (what.wire.status == 503 || what.wire.status == 429)
        response.headers.emplace_back("Retry-After", "1");
    if (needs_challenge(what.wire, context.place))
        response.headers.emplace_back("WWW-Authenticate",
                                      "Basic realm=\"" + printable(context.realm_name, 60) + "\"");
    return response;
}

http::Response bearer_error(const Error& error, const Context& context, Scheme scheme) {
    const auto wire = to_wire(error.code, dialect_of(context), context.place);
    // RFC 9449 section 9: a resource refuses a proof with 401, and says which algorithms it takes.
    const bool by_proof = wire.error == "invalid_dpop_proof" || wire.error == "use_dpop_nonce";
    const bool by_dpop = by_proof || scheme == Scheme::kDpop;
    auto response = json_answer(wire.status, {});
    const auto start = " realm=\"" + printable(context.realm_name, 60) + "\"";
    std::string challenge = (by_dpop ? "DPoP" : "Bearer") + start;
    // RFC 6750 section 3.1: without credentials there is no error code in the challenge.
    if (error.code != ErrorCode::kBearerMissing) {
        const auto what = shown(error, context, Audience::kStranger, {});
        challenge +=
            ", error=\"" + std::string(wire.error) + "\", error_description=\"" + what.text + "\"";
        if (error.code == ErrorCode::kBearerScope) challenge += ", scope=\"openid\"";
        response = error_answer(error, context);
        std::erase_if(response.headers,
                      [](const auto& header) { return header.first == "WWW-Authenticate"; });
    }
    if (by_proof) response.status = 401;
    if (by_dpop) challenge += ", algs=\"" + algorithm_names() + "\"";
    response.headers.emplace_back("WWW-Authenticate", std::move(challenge));
    if (error.code == ErrorCode::kBearerMissing)
        response.headers.emplace_back("WWW-Authenticate",
                                      "DPoP" + start + ", algs=\"" + algorithm_names() + "\"");
    return response;
}

}  // namespace cambist::endpoints
