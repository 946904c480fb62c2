// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/file_sink.h"
#include "base/log.h"
#include "base/result.h"
#include "identity/origin.h"
#include "model/flow.h"

namespace cambist::exchange {

// What a decision came to, as far as its askers could tell two of them apart.
struct Upshot {
    std::string code;  // "TX-RUL-01"; empty: permitted
    std::string token_type;
    std::string holder;
    std::string refresh;  // "none", "new"
    std::vector<std::string> audience;
    std::vector<std::string> scopes;
    std::int64_t seconds = 0;  // how long the token would live
    std::string act;           // JSON text of the chain it shows, or empty
    std::vector<std::string> rules;
};
Upshot upshot_of(const Facts& facts, const Decision& decision);

// A decision as it was made: all that the rules looked at but the realm and the state of users, and
// what came of it. No token, no secret; who and what for, as in the audit record.
struct Recorded {
    std::string trace;
    std::string realm;
    std::string client;
    ClientAuthMethod method = ClientAuthMethod::kNone;
    Mode mode = Mode::kSameSubject;
    bool naked = false;
    bool proves_device = false;
    std::vector<std::string> delegable;
    std::string issuer;
    UserId subject;
    std::string subject_name;
    UserId actor;  // empty: nobody
    std::string actor_name;
    // Of a trusted issuer, without a user of ours.
    std::optional<identity::Origin> subject_origin;
    std::optional<identity::Origin> actor_origin;
    std::optional<TokenFacts> subject_token;
    std::optional<TokenFacts> actor_token;
    std::optional<Session> session;
    Relationship relationship;
    Wanted wanted;
    Confirmation proven;
    std::int64_t at = 0;
    Upshot upshot;
};
// One line of JSON, without a line break.
std::string render_recorded(std::string_view trace, const Facts& facts, const Decision& decision);
// kConfigInvalid when the line is none, or one of a later version.
Result<Recorded> parse_recorded(std::string_view line);

// Appends decisions to a file, for replays. What can not be written is logged once, and the request
// goes on: this is no audit trail. Thread-safe.
class Recorder {
  public:
    // Made with mode 0600. kConfigInvalid when it can not be opened. `log` must outlive this.
    static Result<std::unique_ptr<Recorder>> open(const std::string& path, Log& log);
    void add(const TraceId& trace, const Facts& facts, const Decision& decision) const;

  private:
    Recorder(std::unique_ptr<audit::FileSink> sink, Log& log) : sink_(std::move(sink)), log_(log) {}
    const std::unique_ptr<audit::FileSink> sink_;
    Log& log_;
    mutable std::atomic<bool> is_failing_{false};
};

}  // namespace cambist::exchange
