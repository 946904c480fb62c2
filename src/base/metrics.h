// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cambist {

// A number that only grows. Any thread, lock-free.
class Counter {
  public:
    void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

// A number that goes up and down. Any thread, lock-free.
class Gauge {
  public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

// How often values fell below each bound, and their sum. Any thread, lock-free.
class Histogram {
  public:
    explicit Histogram(const std::vector<double>& bounds);
    void observe(double value);
    std::uint64_t count() const;
    double sum() const { return sum_.load(std::memory_order_relaxed); }
    void render(std::string& out, std::string_view name, std::string_view labels) const;

  private:
    const std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> buckets_;  // one more than bounds: the rest
    std::atomic<double> sum_{0};
};

// Seconds, from 50 microseconds to 10 seconds.
const std::vector<double>& latency_bounds();

// All the numbers of the process, rendered as Prometheus text. Get a metric once and keep the
// reference: it stays valid as long as the registry, and its increments take no lock; getting one
// takes a lock. Asking again for the same name and labels gives the same metric. A name has one
// kind and one help text (the first). Beyond kMaxSeries label sets of one name, all further ones
// share a series whose label values are "other": a stranger can not fill the memory.
class Metrics {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    static constexpr std::size_t kMaxSeries = 1000;

    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
    Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {},
                         const std::vector<double>& bounds = latency_bounds());

    // Prometheus text exposition format 0.0.4, names and labels in order. Any thread.
    std::string render() const;
    // Its media type.
    static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace cambist
