// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "cli/commands.h"
#include "json/value.h"
#include "outbound/client.h"

namespace cambist::cli {

// What an issuer says of itself, and what is to be known of it before it is trusted.
struct DiscoveredIssuer {
    json::Value entry = json::Value::object();  // of trustedIssuers
    std::vector<std::string> found;
    std::vector<std::string> missing;  // what somebody has to decide or to get
    std::vector<std::string> risks;
};

// Asks the issuer, and nobody else but where it says its keys are. Fails where no entry could
// serve: kOutboundRefused, kOutboundFailed, kParse.
Result<DiscoveredIssuer> discover_issuer(const outbound::Client& client,
                                         const IssuerAddOptions& options);

// Puts the entry into the text of a realm file, which stays as it is otherwise (of JSON, but for
// its layout). kConfigInvalid says why it can not be.
Result<std::string> insert_issuer(const std::string& text, const std::string& file,
                                  const json::Value& entry);

}  // namespace cambist::cli
