// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace cambist::bench {

void Report::add_failure(std::string_view why) {
    if (failed_++ == 0) first_failure_ = why.substr(0, 600);
}

// In microseconds; the smallest latency that this share of all requests did not exceed.
double Report::quantile(const std::vector<Clock::duration>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto last = static_cast<double>(sorted.size() - 1);
    const auto index = static_cast<std::size_t>(share * last + 0.5);
    return std::chrono::duration<double, std::micro>(sorted[index]).count();
}

std::string Report::render(Clock::duration took, std::size_t unsent) {
    std::ranges::sort(latencies_);
    std::ranges::sort(refused_);
    std::string why;
    for (const char c : first_failure_) {
        if (c == '"' || c == '\\') why += '\\';
        why += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    const auto seconds = std::chrono::duration<double>(took).count();
    return fmt::format(
        "{{\"good\": {}, \"answered\": {}, \"failed\": {}, \"unsent\": {}, \"seconds\": {:.6f}, "
        "\"per_second\": {:.2f}, \"p50_us\": {:.1f}, \"p90_us\": {:.1f}, \"p99_us\": {:.1f}, "
        "\"p999_us\": {:.1f}, \"max_us\": {:.1f}, \"refused\": {}, \"refused_p99_us\": {:.1f}, "
        "\"refused_max_us\": {:.1f}, \"first_failure\": \"{}\"}}",
        good(), answered_, failed_, unsent, seconds, static_cast<double>(good()) / seconds,
        quantile(latencies_, 0.5), quantile(latencies_, 0.9), quantile(latencies_, 0.99),
        quantile(latencies_, 0.999), quantile(latencies_, 1.0), refused(), quantile(refused_, 0.99),
        quantile(refused_, 1.0), why);
}

}  // namespace cambist::bench
