// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"
#include "outbound/answer_reader.h"
#include "trust/remote.h"

namespace cambist::hooks {

// What a hook is told of a token that only it can judge. docs/guides/hooks.md is the contract.
struct SubjectQuestion {
    std::string id;  // of this question; the same one is never asked twice
    std::int64_t at = 0;
    std::string realm;
    std::string issuer;  // the alias of the trusted issuer that names the hook
    std::string token_type;
    std::string_view token;
    std::string requester;  // client id
    std::vector<std::string> audiences;
    std::vector<std::string> resources;
    std::vector<std::string> scopes;
};

// Makes the bearer token by which a hook knows us: a JWT of the realm with these claims.
using Sign = std::function<Result<std::string>(std::string claims)>;

// Who asks, and under which name (the realm's issuer).
struct Asker {
    const trust::Remote& remote;
    std::string_view issuer;
    const Sign& sign;
};

// The claims of the token, as the hook at `url` tells them: an object with a string `sub`. Fails
// closed: kHookInvalid (the hook does not know the token), kHookDenied (it knows it and says no),
// kHookUnanswered (anything that is no answer of version 1).
Result<json::Value> ask_subject_hook(const Asker& asker, const std::string& url,
                                     const SubjectQuestion& question);

// The body that is posted, and the reader of what comes back; for tests and fuzzing.
std::string render_question(const SubjectQuestion& question);
Result<json::Value> read_subject_answer(const outbound::Answer& answer);

}  // namespace cambist::hooks
