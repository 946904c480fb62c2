// SPDX-License-Identifier: Apache-2.0
#include "app/secret_key.h"

#include "app/open_store.h"
#include "base/files.h"

namespace cambist::app {

Result<crypto::SecretBox> open_secret_box(const config::Settings& settings, const Random& random,
                                          Log& log) {
    std::vector<Secret> contents;
    if (const auto value = environment("CAMBIST_SECRET_KEY")) contents.emplace_back(*value);
    for (const auto& file : settings.secret_key_files) {
        CAMBIST_TRY(auto content, read_secret_file(file));
        contents.push_back(std::move(content));
    }
    if (contents.empty() && settings.dev && is_shared_store(settings.store))
        return fail(ErrorCode::kConfigInvalid,
                    "all that share a database need the same key, so --dev makes none: openssl "
                    "rand -base64 32 > cambist.key; chmod 600 cambist.key; and --secret-key-file "
                    "cambist.key");
    if (contents.empty() && settings.dev) {
        const auto path = store_path(settings.store) + ".key";
        if (!file_exists(path)) {
            CAMBIST_CHECK(write_secret_file(path, make_token(random, 32) + "\n"));
            log.warn("secret_key_made", {{"file", path}});
        }
        CAMBIST_TRY(auto content, read_secret_file(path));
        contents.push_back(std::move(content));
    }
    return crypto::SecretBox::from_key_files(contents);
}

}  // namespace cambist::app
