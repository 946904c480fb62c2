// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace cambist::saml {

// Whom an assertion is about. All of it but the provided id is his identity (SAML Core 2.2.2).
struct NameId {
    std::string value;
    std::string
        format;  // "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified" when it is absent
    std::string name_qualifier;
    std::string sp_name_qualifier;
    std::string sp_provided_id;
};

struct Attribute {
    std::string name;
    std::string name_format;
    std::string friendly_name;
    std::vector<std::string> values;  // texts, and the values of NameIDs
    bool has_structure = false;       // a value has elements in it, and is not among `values`
};

// The bearer confirmation that holds (SAML Core 2.4.1, RFC 7522 section 3).
struct BearerConfirmation {
    std::string recipient;
    std::string in_response_to;  // told, never taken as proof of a request
    std::string address;
    std::optional<TimePoint> not_on_or_after;
};

// How and when the subject logged in (SAML Core 2.7.2).
struct Authentication {
    TimePoint instant{};
    std::string session_index;
    std::optional<TimePoint> session_not_on_or_after;
    std::string context_class;
    std::vector<std::string> authorities;
};

// What an assertion says, once it was proved: signature, issuer, times, audience, confirmation.
struct AssertionFacts {
    std::string id;  // unique for its issuer: single use is by (issuer, id)
    std::string issuer;
    TimePoint issued_at{};
    NameId name_id;
    std::vector<std::string> audiences;  // of all restrictions
    std::optional<TimePoint> not_before;
    // The earliest of all ends it names: conditions, confirmation, session.
    TimePoint expires_at{};
    bool one_time_use = false;
    bool may_be_passed_on = true;  // false: ProxyRestriction forbids assertions that rest on it
    BearerConfirmation confirmation;
    std::optional<Authentication> authentication;
    std::vector<Attribute> attributes;  // each name once
};

}  // namespace cambist::saml
