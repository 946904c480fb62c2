// SPDX-License-Identifier: Apache-2.0
#include "trust/remote.h"

#include <algorithm>

#include "base/text.h"

namespace cambist::trust {

namespace {

constexpr int kServerError = 500;

}  // namespace

// What nobody waits for and what does not fail is worth nothing to remember.
void Remote::make_room(Lines& lines) const {
    if (lines.urls.size() < settings_.urls) return;
    std::erase_if(lines.urls, [](const auto& entry) {
        return entry.second.waiting == 0 && entry.second.failures == 0;
    });
    if (lines.urls.size() < settings_.urls) return;
    std::erase_if(lines.urls, [](const auto& entry) { return entry.second.waiting == 0; });
}

Status Remote::enter(const std::string& url) const {
    const auto now = clock_.now();
    return lines_.with([&](Lines& lines) -> Status {
        if (lines.waiting >= settings_.of_all)
            return fail(ErrorCode::kOutboundBusy,
                        "too many requests wait for other servers already");
        if (!lines.urls.contains(url)) make_room(lines);
        auto& line = lines.urls[url];
        if (line.waiting >= settings_.at_a_time)
            return fail(ErrorCode::kOutboundBusy, "too many requests wait for it already");
        if (line.failures >= settings_.failures) {
            if (now < line.closed_until || line.is_probed)
                return fail(ErrorCode::kOutboundBusy,
                            "it failed " + std::to_string(line.failures) +
                                " times in a row and is left alone for a while");
            line.is_probed = true;
        }
        ++line.waiting;
        ++lines.waiting;
        return {};
    });
}

void Remote::leave(const std::string& url, bool succeeded) const {
    const auto now = clock_.now();
    const auto failures = lines_.with([&](Lines& lines) -> std::size_t {
        auto& line = lines.urls[url];
        --line.waiting;
        --lines.waiting;
        line.is_probed = false;
        line.failures = succeeded ? 0 : line.failures + 1;
        if (line.failures >= settings_.failures) line.closed_until = now + settings_.pause;
        return line.failures;
    });
    if (failures == settings_.failures)
        log_.warn("server_left_alone", {{"url", printable(url, 200)},
                                        {"seconds", settings_.pause.count()},
                                        {"failures", static_cast<std::int64_t>(failures)}});
}

Result<outbound::Answer> Remote::ask(outbound::Request request) const {
    const std::string url(request.url);
    CAMBIST_CHECK(enter(url));
    request.timeout = std::min(request.timeout.value_or(settings_.timeout), settings_.timeout);
    auto answer = send_(request);
    const bool refused_by_us = !answer && answer.error().code == ErrorCode::kOutboundRefused;
    leave(url, refused_by_us || (answer && answer->status < kServerError));
    return answer;
}

}  // namespace cambist::trust
