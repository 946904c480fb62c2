// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/alternative_names.h"
#include "crypto/distinguished_name.h"
#include "http/client_certificate.h"

// A name that is read has parts, each with a type in dotted numbers, and equals itself; whatever is
// taken for a certificate in a proxy's header has a subject; the text of an alternative name stays
// as it is when it is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cambist;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto name = crypto::parse_distinguished_name(text)) {
        CAMBIST_ASSERT(!name->parts.empty() && *name == *name);
        for (const auto& part : name->parts) {
            CAMBIST_ASSERT(!part.empty());
            for (const auto& [type, value] : part)
                CAMBIST_ASSERT(!type.empty() &&
                               type.find_first_not_of("0123456789.") == std::string::npos);
        }
    }
    using Kind = crypto::AlternativeName::Kind;
    for (const auto kind : {Kind::kDns, Kind::kUri, Kind::kIp, Kind::kEmail})
        if (const auto name = crypto::make_alternative_name(kind, text)) {
            const auto again = crypto::make_alternative_name(kind, name->text);
            CAMBIST_ASSERT(again && *again == *name);
        }
    if (const auto der = http::read_certificate_header(text)) {
        CAMBIST_ASSERT(crypto::subject_of_certificate(*der).has_value());
        static_cast<void>(crypto::alternative_names_of(*der));
    }
    return 0;
}
