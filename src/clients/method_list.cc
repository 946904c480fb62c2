// SPDX-License-Identifier: Apache-2.0
#include "clients/method.h"

namespace cambist::clients {

std::vector<std::unique_ptr<Method>> make_methods(store::Store& store,
                                                  const trust::ClientKeys& keys) {
    std::vector<std::unique_ptr<Method>> methods;
    methods.push_back(make_none());
    methods.push_back(make_secret(ClientAuthMethod::kClientSecretBasic));
    methods.push_back(make_secret(ClientAuthMethod::kClientSecretPost));
    methods.push_back(make_private_key_jwt(store, keys));
    return methods;
}

}  // namespace cambist::clients
