// SPDX-License-Identifier: Apache-2.0
#include "clients/secrets.h"

namespace cambist::clients {

Result<LiveSecrets> live_secrets(const Client& client, TimePoint now) {
    const auto seconds = to_unix(now);
    const auto& name = client.client_id.text();
    if (client.secret == nullptr || client.secret->empty())
        return fail(ErrorCode::kClientSecretWrong, "client '" + name + "' has no secret set");
    if (client.secret_expires != 0 && client.secret_expires <= seconds)
        return fail(ErrorCode::kClientSecretExpired,
                    "the secret of client '" + name + "' expired at " +
                        to_iso8601(from_unix(client.secret_expires)) + "; give it a new one");
    LiveSecrets secrets{client.secret.get(), nullptr};
    const bool has_old = client.rotated_secret != nullptr && !client.rotated_secret->empty();
    if (has_old && client.rotated_secret_expires > seconds)
        secrets[1] = client.rotated_secret.get();
    return secrets;
}

}  // namespace cambist::clients
