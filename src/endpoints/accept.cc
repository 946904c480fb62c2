// SPDX-License-Identifier: Apache-2.0
#include "endpoints/accept.h"

#include <optional>
#include <string>

#include "base/text.h"

namespace cambist::endpoints {
namespace {

constexpr int kMost = 1000;

// "0.8" as 800; what is no weight counts as none given.
int weight_of(std::string_view text) {
    if (text.starts_with('1')) return kMost;
    if (!text.starts_with('0')) return kMost;
    int weight = 0;
    int place = kMost / 10;
    for (std::size_t i = 2; i < text.size() && place > 0; ++i, place /= 10) {
        if (text[i] < '0' || text[i] > '9') return kMost;
        weight += (text[i] - '0') * place;
    }
    return weight;
}

// How much the header likes the type; nothing when it does not name it.
std::optional<int> weight_in(std::string_view header, std::string_view media_type) {
    for (const auto item : split(header, ',')) {
        const auto parts = split(item, ';');
        if (to_lower_ascii(trim(parts.front())) != media_type) continue;
        for (const auto part : parts) {
            const auto parameter = to_lower_ascii(trim(part));
            if (parameter.starts_with("q="))
                return weight_of(std::string_view(parameter).substr(2));
        }
        return kMost;
    }
    return std::nullopt;
}

}  // namespace

bool accepts(const http::Request& request, std::string_view media_type) {
    std::string header;
    for (const auto value : request.headers("Accept")) {
        if (!header.empty()) header += ',';
        header += value;
    }
    const auto wanted = weight_in(header, media_type);
    const auto json = weight_in(header, "application/json");
    return wanted && *wanted > 0 && (!json || *wanted >= *json);
}

}  // namespace cambist::endpoints
