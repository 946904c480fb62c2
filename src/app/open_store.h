// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "store/store.h"
#include "store/surroundings.h"

namespace cambist::app {

enum class Access : std::uint8_t {
    kServe,
    kReadOnly,
    kBeside,  // also while another process serves
};

struct StoreOptions {
    bool migrate = true;     // who serves brings an older schema up to this version
    bool poll_only = false;  // a database without LISTEN and NOTIFY
};

// "sqlite:PATH" or "postgresql://…". kConfigInvalid for another scheme; no message repeats the URL,
// which may hold a password.
Result<std::unique_ptr<store::Store>> open_store(const Secret& url, Access access,
                                                 const store::Surroundings& surroundings,
                                                 const StoreOptions& options = {});
// The file behind the URL; empty when there is none.
std::string store_path(const Secret& url);
// Do other processes write to what is behind the URL?
bool is_shared_store(const Secret& url);

}  // namespace cambist::app
