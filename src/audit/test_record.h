// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>

#include "model/audit.h"

namespace cambist::audit {

// A record with every member set.
inline AuditRecord make_record(const char* trace = "01HF7YAT00AAAAAAAAAAAAAAAA") {
    AuditRecord record;
    record.trace = TraceId(trace);
    record.at = TimePoint(std::chrono::microseconds(1'700'000'000'123'456));
    record.duration_us = 321;
    record.realm = "shop";
    record.grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    record.client = "orders-api";
    record.client_method = "private_key_jwt";
    record.peer = "192.0.2.7";
    record.subject = "u1";
    record.subject_name = "ann";
    record.subject_issuer = "partner";
    record.subject_client = "web";
    record.actor = "agent";
    record.requested_type = "access_token";
    record.audiences = {"billing-api", "ledger"};
    record.resources = {"https://api.example.com/"};
    record.scopes = {"invoice:read"};
    record.issued = true;
    record.rules = {"orders-to-billing"};
    record.policy_version = "7";
    record.granted_scopes = {"invoice:read"};
    record.granted_audience = {"billing-api"};
    record.issued_type = "access_token";
    record.issued_jti = "jti1";
    record.expires_at = 1'700'000'300;
    record.subject_token_hash = "hash-in";
    record.issued_token_hash = "hash-out";
    record.refresh_token_hash = "hash-refresh";
    record.xid = "xid1";
    record.sid = "sid1";
    record.act = R"({"sub":"agent"})";
    record.steps = {{"client", true, "proved itself"},
                    {"rules", true, "orders-to-billing permits"}};
    return record;
}

inline AuditRecord make_refusal() {
    AuditRecord record = make_record();
    record.issued = false;
    record.error_code = "TX-RUL-01";
    record.error_detail = "rule no-admins denies; ask the owner of billing-api";
    record.steps.back() = {"rules", false, "no-admins denies"};
    return record;
}

}  // namespace cambist::audit
