// SPDX-License-Identifier: Apache-2.0
#include "postgresql/url.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace cambist::postgresql {
namespace {

constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};
constexpr std::size_t kMaxLength = 4096;

template <auto Free>
struct Deleter {
    void operator()(auto* pointer) const { Free(pointer); }
};

auto wrong() {
    return fail(ErrorCode::kConfigInvalid,
                "the store's URL is not one of PostgreSQL; write "
                "postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full (in a user name or a "
                "password, write @ / ? # % and : as %40 %2F %3F %23 %25 %3A)");
}

// A password with @ / ? or # that was not encoded would be read as a part of the host, the port or
// the database, and be shown as such: one @ at most, and that before any / ? #.
bool has_one_reading(std::string_view text) {
    const auto scheme = std::ranges::find_if(
        kSchemes, [text](std::string_view name) { return text.starts_with(name); });
    if (scheme == std::end(kSchemes) || text.size() > kMaxLength) return false;
    const auto rest = text.substr(scheme->size());
    if (std::ranges::any_of(rest, [](char c) { return c <= ' ' || c == '#' || c == 0x7f; }))
        return false;
    const auto at = rest.find('@');
    if (at == std::string_view::npos) return true;
    return rest.find('@', at + 1) == std::string_view::npos && at < rest.find_first_of("/?");
}

bool is_port(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ','; });
}

std::string text_of(const Secret* value) {
    return value != nullptr ? std::string(value->expose()) : std::string();
}

}  // namespace

bool is_url(std::string_view text) {
    return std::ranges::any_of(kSchemes,
                               [text](std::string_view name) { return text.starts_with(name); });
}

Result<Url> Url::parse(std::string_view text) {
    if (!has_one_reading(text)) return wrong();
    const Secret copy(std::string(text) + '\0');
    char* fault = nullptr;
    const std::unique_ptr<PQconninfoOption, Deleter<PQconninfoFree>> options(
        PQconninfoParse(copy.expose().data(), &fault));
    const std::unique_ptr<char, Deleter<PQfreemem>> message(fault);  // may quote the password
    if (!options) return wrong();
    Url url;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option)
        if (option->val != nullptr)
            url.parameters_.push_back({option->keyword, Secret(std::string_view(option->val))});
    if (!is_port(text_of(url.find("port")))) return wrong();
    const auto user = text_of(url.find("user"));
    const auto host = text_of(url.find("host"));
    const auto port = text_of(url.find("port"));
    url.shown_ = "postgresql://" + user + (user.empty() ? "" : "@") + host +
                 (port.empty() ? "" : ":" + port) + "/" + text_of(url.find("dbname"));
    return url;
}

bool Url::has_several_hosts() const {
    return text_of(find("host")).contains(',') || text_of(find("hostaddr")).contains(',');
}

Url Url::clone() const {
    Url copy;
    copy.shown_ = shown_;
    for (const auto& parameter : parameters_)
        copy.parameters_.push_back({parameter.keyword, parameter.value.clone()});
    return copy;
}

const Secret* Url::find(std::string_view keyword) const {
    const auto found = std::ranges::find(parameters_, keyword, &Parameter::keyword);
    return found == parameters_.end() ? nullptr : &found->value;
}

}  // namespace cambist::postgresql
