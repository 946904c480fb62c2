// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "hooks/subject_hook.h"
#include "trust/discovery.h"
#include "trust/questions.h"

// What other servers say of tokens and of themselves. Whatever is taken says what its reader
// promises: a subject, or that the token is active, or the issuer that was asked for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string body(reinterpret_cast<const char*>(data), size);
    const outbound::Answer answer{
        .status = 200, .content_type = "application/json", .max_age = {}, .body = body};
    if (const auto said = trust::read_introspection(answer))
        CAMBIST_ASSERT(said->find("active")->as_bool());
    if (const auto said = trust::read_userinfo(answer))
        CAMBIST_ASSERT(!said->find_string("sub")->empty());
    if (const auto said = hooks::read_subject_answer(answer))
        CAMBIST_ASSERT(!said->find_string("sub")->empty());
    if (const auto said = trust::read_token_answer(answer)) CAMBIST_ASSERT(said->is_object());
    if (const auto said = trust::parse_provider_metadata("https://a.example", body))
        CAMBIST_ASSERT((*said)->issuer == "https://a.example");
    return 0;
}
