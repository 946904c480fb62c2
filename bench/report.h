// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cambist::bench {

using Clock = std::chrono::steady_clock;

// What came of the requests that count.
class Report {
  public:
    // A right answer, of whatever time.
    void add_answer() { ++answered_; }
    // The latency of one that counts.
    void add_good(Clock::duration latency) { latencies_.push_back(latency); }
    void add_failure(std::string_view why);
    // One that was turned away, and how long that took to be said.
    void add_refused(Clock::duration latency) { refused_.push_back(latency); }
    std::size_t good() const { return latencies_.size(); }
    std::size_t refused() const { return refused_.size(); }
    std::size_t failed() const { return failed_; }
    // JSON, one line. Sorts.
    std::string render(Clock::duration took, std::size_t unsent);

  private:
    static double quantile(const std::vector<Clock::duration>& sorted, double share);

    std::vector<Clock::duration> latencies_;
    std::vector<Clock::duration> refused_;
    std::size_t answered_ = 0;
    std::size_t failed_ = 0;
    std::string first_failure_;
};

}  // namespace cambist::bench
