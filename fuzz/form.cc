// SPDX-License-Identifier: Apache-2.0
#include "model/form.h"

#include <cstddef>
#include <cstdint>

#include "model/relation.h"
#include "model/role.h"

// What we read from a form, we write to a form that reads the same; the same for names of roles and
// for the ends of relations.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(cambist::is_resource_uri(text));
    const auto role = cambist::parse_role_ref(text);
    if (cambist::parse_role_ref(cambist::to_text(role)) != role) __builtin_trap();
    const auto end = cambist::parse_relation_end(text);
    if (end && cambist::to_text(*end) != text) __builtin_trap();
    const auto form = cambist::Form::parse(text);
    if (!form) return 0;
    std::string body;
    for (const auto& [name, value] : form->fields())
        body += cambist::form_encode(name) + "=" + cambist::form_encode(value) + "&";
    const auto again = cambist::Form::parse(body);
    if (!again || again->fields() != form->fields()) __builtin_trap();
    return 0;
}
