// SPDX-License-Identifier: Apache-2.0
#include "outbound/pool.h"

#include <utility>
#include <vector>

namespace cambist::outbound {

// The newest first: the others may grow old and go.
std::optional<Stream> Pool::take(const std::string& origin) const {
    const auto oldest = std::chrono::steady_clock::now() - limits_.idle;
    std::vector<Stream> closed;  // outside the lock
    auto found = shelf_.with([&](Shelf& shelf) -> std::optional<Stream> {
        const auto at = shelf.origins.find(origin);
        if (at == shelf.origins.end()) return std::nullopt;
        std::optional<Stream> stream;
        auto& kept = at->second;
        while (!kept.empty() && !stream) {
            auto last = std::move(kept.back());
            kept.pop_back();
            --shelf.count;
            if (last.since > oldest && last.stream.is_quiet())
                stream.emplace(std::move(last.stream));
            else
                closed.push_back(std::move(last.stream));
        }
        if (kept.empty()) shelf.origins.erase(at);
        return stream;
    });
    return found;
}

void Pool::put(const std::string& origin, Stream stream) const {
    const auto now = std::chrono::steady_clock::now();
    std::vector<Stream> closed;
    shelf_.with([&](Shelf& shelf) {
        if (shelf.count >= limits_.all) {
            for (auto at = shelf.origins.begin(); at != shelf.origins.end();) {
                auto& kept = at->second;
                while (!kept.empty() && kept.front().since <= now - limits_.idle) {
                    closed.push_back(std::move(kept.front().stream));
                    kept.pop_front();
                    --shelf.count;
                }
                at = kept.empty() ? shelf.origins.erase(at) : std::next(at);
            }
        }
        auto& kept = shelf.origins[origin];
        if (shelf.count < limits_.all && kept.size() < limits_.of_origin) {
            kept.push_back({std::move(stream), now});
            ++shelf.count;
        } else {
            closed.push_back(std::move(stream));
            if (kept.empty()) shelf.origins.erase(origin);
        }
    });
}

}  // namespace cambist::outbound
