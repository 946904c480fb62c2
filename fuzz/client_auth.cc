// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "clients/presented.h"

// The text is an Authorization header, a line end, and a form. Whatever they hold, what is read
// names its client, agrees with client_id, carries the proof of its method and no other, and is the
// client that the log would name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = text.find('\n');
    const auto form = Form::parse(line == text.npos ? text : text.substr(line + 1));
    if (!form) return 0;
    Caller caller;
    if (line != text.npos) caller.authorization = text.substr(0, line);
    const auto named = clients::named_client(*form, caller);
    const auto presented = clients::parse_presented(*form, caller);
    if (!presented) return 0;
    // Somebody else's token names somebody there; which client that is here is looked up.
    const bool is_named = !presented->client_id.text().empty();
    CAMBIST_ASSERT(is_named ? named == presented->client_id : !named && presented->is_foreign);
    const auto client_id = form->find("client_id");
    CAMBIST_ASSERT(!client_id || *client_id == presented->client_id.text());
    const bool by_secret = presented->method == ClientAuthMethod::kClientSecretBasic ||
                           presented->method == ClientAuthMethod::kClientSecretPost;
    CAMBIST_ASSERT(by_secret || presented->secret.empty());
    CAMBIST_ASSERT((presented->method == ClientAuthMethod::kPrivateKeyJwt ||
                    presented->method == ClientAuthMethod::kClientSecretJwt) ==
                   !presented->assertion.empty());
    CAMBIST_ASSERT((presented->method == ClientAuthMethod::kClientSecretBasic) ==
                   !caller.authorization.empty());
    return 0;
}
