// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include "http/text.h"

namespace cambist::http {

void Reply::send(Response response) {
    auto* const asker = std::exchange(asker_, nullptr);
    for (auto& header : headers_) response.headers.push_back(std::move(header));
    asker->on_answer(std::move(response));
}

namespace {

HeadSpan append(std::string& head, std::string_view text) {
    const HeadSpan span{static_cast<std::uint32_t>(head.size()),
                        static_cast<std::uint32_t>(text.size())};
    head += text;
    return span;
}

}  // namespace

Request Request::make(std::string_view method, std::string_view target,
                      const std::vector<Header>& headers, std::string body, Peer peer) {
    Request request;
    auto& layout = request.layout_;
    layout.method = append(request.head_, method);
    const auto mark = target.find('?');
    layout.path = append(request.head_, target.substr(0, mark));
    layout.has_query = mark != std::string_view::npos;
    if (layout.has_query) layout.query = append(request.head_, target.substr(mark + 1));
    for (const auto& [name, value] : headers) {
        const auto name_span = append(request.head_, name);
        layout.fields.emplace_back(name_span, append(request.head_, value));
    }
    request.body_ = std::move(body);
    request.peer_ = std::move(peer);
    return request;
}

std::optional<std::string_view> Request::query() const {
    if (!layout_.has_query) return std::nullopt;
    return view(layout_.query);
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const auto& [field, value] : layout_.fields)
        if (same_name(view(field), name)) return view(value);
    return std::nullopt;
}

std::vector<std::string_view> Request::headers(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [field, value] : layout_.fields)
        if (same_name(view(field), name)) values.push_back(view(value));
    return values;
}

std::size_t Request::count(std::string_view name) const {
    std::size_t found = 0;
    for (const auto& [field, value] : layout_.fields)
        if (same_name(view(field), name)) ++found;
    return found;
}

std::pair<std::string_view, std::string_view> Request::header_at(std::size_t index) const {
    const auto& [field, value] = layout_.fields.at(index);
    return {view(field), view(value)};
}

}  // namespace cambist::http
