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
    std::size_t good() const { return latencies_.size(); }
    std::size_t failed() const { return failed_; }
    // JSON, one line. Sorts.
    std::string render(Clock::duration took, std::size_t unsent);

  private:
    double quantile(double share) const;

    std::vector<Clock::duration> latencies_;
    std::size_t answered_ = 0;
    std::size_t failed_ = 0;
    std::string first_failure_;
};

}  // namespace cambist::bench
