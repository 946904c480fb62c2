// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"

namespace cambist {

// One step of a decision, as `cambist explain` shows it.
struct TraceStep {
    std::string
        stage;  // shape, client, subject, actor, binding, parties, rules, targets, scopes, ...
    bool passed = true;
    std::string text;
};

// One request at the token endpoint, permitted or not. Filled as things become known; never holds a
// token, a secret or a claim that is not named here.
struct AuditRecord {
    TraceId trace;
    TimePoint at{};
    std::int64_t duration_us = 0;
    std::string realm;
    std::string grant;  // the grant_type value as far as it is one of ours, else "unknown"
    std::string client;
    std::string client_method;
    std::string peer;
    std::string subject;  // user id
    std::string subject_name;
    std::string subject_issuer;  // "self"
    std::string subject_client;  // azp of the subject token
    std::string actor;           // user id or client id of who acts, also when the token hides him
    std::string actor_name;
    std::string reason;  // the request's, for what it asks
    std::string ticket;
    std::string requested_type;
    std::vector<std::string> audiences;  // requested
    std::vector<std::string> resources;
    std::vector<std::string> scopes;  // requested
    bool issued = false;
    std::string error_code;          // sub-code, "TX-TGT-01"; empty when issued
    std::string error_detail;        // hint and detail, for the operator
    std::vector<std::string> rules;  // that permitted, or the one that denied
    std::string policy_version;
    std::vector<std::string> granted_scopes;
    std::vector<std::string> granted_audience;
    std::string issued_type;
    std::string issued_jti;
    std::int64_t expires_at = 0;
    std::string subject_token_hash;  // base64url SHA-256
    std::string issued_token_hash;
    std::string refresh_token_hash;
    std::string xid;
    std::string sid;
    std::string act;    // JSON text of the actor chain written
    std::string event;  // "break_glass": a rule for emergencies permitted it; else empty
    std::vector<TraceStep> steps;
};

}  // namespace cambist
