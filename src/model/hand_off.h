// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/session.h"

namespace cambist {

// A one-time code with which another client fetches what an exchange has made ready. A value.
struct HandOff {
    std::string hash;          // base64url SHA-256 of the code
    std::string payload;       // JSON text; once it was taken, only who could redeem it
    std::int64_t expires = 0;  // seconds since 1970: over then, and forgotten
    bool is_taken = false;
    std::string xid;  // of a taken one: the tree of what was issued for it
    friend bool operator==(const HandOff&, const HandOff&) = default;
};

// What whoever redeems a hand-off has to show, and what is stated of the log-in it stands for.
struct HandOffTerms {
    std::string challenge;     // RFC 7636: base64url SHA-256 of the verifier
    std::string origin;        // of the page that redeems it; empty: any
    std::string redirect_uri;  // to be repeated; empty: none
    std::string acr;
    std::vector<std::string> amr;  // RFC 8176
    friend bool operator==(const HandOffTerms&, const HandOffTerms&) = default;
};

// What a hand-off makes ready: whose tokens for which client, by which rule.
struct HandedOver {
    RefreshFamily family;  // none yet: what one of its tokens would be asked for
    // The first access token ends with what it was made from, unless the rule extends that.
    std::int64_t access_end = 0;  // 0: no bound
    HandOffTerms terms;
};

}  // namespace cambist
