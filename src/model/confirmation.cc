// SPDX-License-Identifier: Apache-2.0
#include "model/confirmation.h"

#include "json/value.h"

namespace cambist {

Confirmation read_confirmation(const json::Value& cnf) {
    Confirmation read;
    if (const auto* jkt = cnf.find_string("jkt")) read.jkt = *jkt;
    if (const auto* x5t = cnf.find_string("x5t#S256")) read.x5t_s256 = *x5t;
    return read;
}

json::Value to_json(const Confirmation& cnf) {
    auto value = json::Value::object();
    if (!cnf.jkt.empty()) value.set("jkt", cnf.jkt);
    if (!cnf.x5t_s256.empty()) value.set("x5t#S256", cnf.x5t_s256);
    return value;
}

}  // namespace cambist
