// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "endpoints/endpoint.h"
#include "endpoints/form_request.h"
#include "endpoints/named.h"
#include "json/writer.h"

namespace cambist::endpoints {
namespace {

// RFC 6749 section 5.1, RFC 8693 section 2.2.1. Empty members are left out; what only Keycloak
// sends is sent in its dialect.
std::string render(const TokenResponse& token, const exchange::Walk& walk) {
    const bool keycloak = walk.realm->realm->error_dialect == ErrorDialect::kKeycloak;
    std::string body;
    json::Writer out(body);
    out.begin_object();
    out.member("access_token", token.access_token);
    out.member("expires_in", token.expires_in);
    if (keycloak || !token.refresh_token.empty())
        out.member("refresh_expires_in", token.refresh_expires_in);
    if (!token.refresh_token.empty()) out.member("refresh_token", token.refresh_token);
    out.member("token_type", token.token_type);
    if (!token.id_token.empty()) out.member("id_token", token.id_token);
    if (!token.device_secret.empty()) out.member("device_secret", token.device_secret);
    if (keycloak) out.member("not-before-policy", walk.not_before);
    if (keycloak && !token.session_state.empty()) out.member("session_state", token.session_state);
    if (!token.scope.empty()) out.member("scope", token.scope);
    if (token.issued_token_type) out.member("issued_token_type", urn_of(*token.issued_token_type));
    out.end_object();
    // What mappers add (access.tokenResponse.claim) has none of the names above.
    if (!walk.response_claims.empty()) body.insert(body.size() - 1, "," + walk.response_claims);
    return body;
}

// W3C Trace Context section 3.2.2; anything else is left out of the log.
std::string_view trace_parent_of(const http::Request& request) {
    const auto value = request.header("traceparent").value_or("");
    constexpr std::string_view kForm = "00-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
    const auto fits = [](char c, char form) {
        const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        return form == '-' ? c == '-' : is_hex;
    };
    return std::ranges::equal(value, kForm, fits) ? value : std::string_view();
}

class Token final : public Endpoint {
  public:
    explicit Token(const Services& services) : services_(services) {
        for (const auto stage : exchange::kStageNames)
            stages_.push_back(&services.metrics.histogram("cambist_stage_seconds",
                                                          "Time in one stage of a token request.",
                                                          {{"stage", stage}}));
    }

    void serve(const http::Request& request, const Context& context,
               http::Reply& reply) const override {
        const auto caller = caller_of(request);
        // The form is read once more for CORS only when a script asks.
        const bool has_cors =
            request.header("Origin") &&
            add_cors(reply, request, named_client(request, context, caller), services_.origin);
        auto walked = services_.exchange.walk(incoming_of(request, context, caller));
        add_nonce(reply, request, walked);
        // What can be done before the disk has the record is done here and not on its thread.
        auto pending =
            std::make_unique<Pending>(Pending{request, context, has_cors, {}, std::move(reply)});
        if (walked.issue) pending->permitted = permitted(walked);
        services_.exchange.conclude(std::move(walked), [this, pending = std::move(pending)](
                                                           const exchange::Outcome& outcome) {
            finish(*pending, outcome);
        });
    }

  private:
    // A request that waits for its record.
    struct Pending {
        const http::Request& request;
        Context context;
        bool has_cors = false;
        http::Response permitted;
        http::Reply reply;
    };

    exchange::Incoming incoming_of(const http::Request& request, const Context& context,
                                   const Caller& caller) const {
        exchange::Incoming incoming;
        incoming.realm = context.realm_name;
        incoming.content_type = content_type_of(request);
        incoming.body = request.body();
        incoming.has_query = request.query().has_value();
        incoming.caller = caller;
        incoming.check_client = [this, &request](const Client& client) {
            return check_origin(request.header("Origin").value_or(""), client, services_.origin);
        };
        incoming.trace = context.trace;
        incoming.at = context.at;
        return incoming;
    }

    static http::Response permitted(const exchange::Walked& walked) {
        return json_answer(200, render(walked.issue->response, walked.walk));
    }

    void finish(Pending& pending, const exchange::Outcome& outcome) const {
        note(pending.request, outcome);
        pending.reply.add_header({"Cambist-Trace-Id", pending.context.trace.text()});
        pending.reply.send(outcome.response ? std::move(pending.permitted)
                                            : refusal(pending, outcome));
    }

    http::Response refusal(const Pending& pending, const exchange::Outcome& outcome) const {
        auto response =
            error_answer(outcome.response.error(), pending.context,
                         outcome.walk.diagnostics ? Audience::kTrusted : Audience::kStranger,
                         named_in(pending.request.body(), outcome.walk));
        if (!pending.has_cors) add_cors_to_refusal(response, pending.request, services_.origin);
        return response;
    }

    // RFC 9449 section 8.2: whoever shows a key, or should have, is told the next nonce.
    void add_nonce(http::Reply& reply, const http::Request& request,
                   const exchange::Walked& walked) const {
        if (walked.walk.realm == nullptr || !walked.walk.realm->realm->dpop_nonce) return;
        const bool lacks_proof =
            !walked.issue && walked.issue.error().code == ErrorCode::kDpopProofMissing;
        if (request.count("DPoP") == 0 && !lacks_proof) return;
        reply.add_header({"DPoP-Nonce", services_.possession.fresh_nonce(*walked.walk.realm->realm,
                                                                         services_.clock.now())});
    }

    // One decision, one line, one count.
    void note(const http::Request& request, const exchange::Outcome& outcome) const {
        const auto& record = outcome.walk.record;
        // Names a stranger can choose do not become labels.
        const std::string_view realm =
            outcome.walk.realm ? std::string_view(record.realm) : "unknown";
        if (record.issued)
            services_.metrics
                .counter("cambist_tokens_issued_total", "Token requests that were permitted.",
                         {{"realm", realm}, {"grant", record.grant}})
                .add();
        else
            services_.metrics
                .counter("cambist_tokens_refused_total", "Token requests that were refused.",
                         {{"realm", realm}, {"grant", record.grant}, {"code", record.error_code}})
                .add();
        for (std::size_t i = 0; i < stages_.size(); ++i)
            if (outcome.walk.spent[i].count() > 0)
                stages_[i]->observe(std::chrono::duration<double>(outcome.walk.spent[i]).count());
        services_.log.info("decision", {{"trace", record.trace.text()},
                                        {"realm", record.realm},
                                        {"grant", record.grant},
                                        {"client", record.client},
                                        {"subject", record.subject},
                                        {"actor", record.actor},
                                        {"audience", join(record.granted_audience, " ")},
                                        {"scope", join(record.granted_scopes, " ")},
                                        {"issued", record.issued},
                                        {"code", record.error_code},
                                        {"rules", join(record.rules, " ")},
                                        {"duration_us", record.duration_us},
                                        {"traceparent", trace_parent_of(request)}});
        if (!record.event.empty()) raise(record);
    }

    // What somebody should look at now, and not only find in the trail later.
    void raise(const AuditRecord& record) const {
        services_.log.warn(record.event, {{"trace", record.trace.text()},
                                          {"realm", record.realm},
                                          {"client", record.client},
                                          {"actor", record.actor},
                                          {"subject", record.subject},
                                          {"reason", record.reason},
                                          {"ticket", record.ticket},
                                          {"rules", join(record.rules, " ")}});
        services_.metrics
            .counter("cambist_events_total", "Events that somebody should look at.",
                     {{"realm", record.realm}, {"event", record.event}})
            .add();
    }

    const Services& services_;
    std::vector<Histogram*> stages_;
};

}  // namespace

std::unique_ptr<Endpoint> make_token(const Services& services) {
    return std::make_unique<Token>(services);
}

}  // namespace cambist::endpoints
