// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace cambist {
namespace {

TEST(Metrics, RendersThePrometheusTextFormat) {
    Metrics metrics;
    metrics.counter("b_total", "Bees.", {{"realm", "demo"}, {"code", "200"}}).add(2);
    metrics.gauge("a_open", "Open.").set(-3);
    EXPECT_EQ(metrics.render(),
              "# HELP a_open Open.\n# TYPE a_open gauge\na_open -3\n"
              "# HELP b_total Bees.\n# TYPE b_total counter\n"
              "b_total{realm=\"demo\",code=\"200\"} 2\n");
}

TEST(Metrics, HistogramBucketsAreCumulative) {
    Metrics metrics;
    auto& seconds = metrics.histogram("t_seconds", "Time.", {{"stage", "mint"}}, {0.5, 1});
    for (const double value : {0.25, 0.5, 0.75, 8.0}) seconds.observe(value);
    EXPECT_EQ(metrics.render(),
              "# HELP t_seconds Time.\n# TYPE t_seconds histogram\n"
              "t_seconds_bucket{stage=\"mint\",le=\"0.5\"} 2\n"
              "t_seconds_bucket{stage=\"mint\",le=\"1\"} 3\n"
              "t_seconds_bucket{stage=\"mint\",le=\"+Inf\"} 4\n"
              "t_seconds_sum{stage=\"mint\"} 9.5\n"
              "t_seconds_count{stage=\"mint\"} 4\n");
    EXPECT_EQ(seconds.count(), 4U);
}

TEST(Metrics, SameNameAndLabelsAreTheSameMetric) {
    Metrics metrics;
    auto& one = metrics.counter("n_total", "N.", {{"a", "1"}});
    EXPECT_EQ(&one, &metrics.counter("n_total", "N.", {{"a", "1"}}));
    EXPECT_NE(&one, &metrics.counter("n_total", "N.", {{"a", "2"}}));
}

TEST(Metrics, EscapesLabelValues) {
    Metrics metrics;
    metrics.counter("n_total", "N.", {{"a", "x\"y\\z\n"}}).add();
    EXPECT_NE(metrics.render().find(R"(n_total{a="x\"y\\z\n"} 1)"), std::string::npos);
}

TEST(Metrics, SeriesBeyondTheBoundShareOne) {
    Metrics metrics;
    for (std::size_t i = 0; i < Metrics::kMaxSeries + 50; ++i)
        metrics.counter("n_total", "N.", {{"id", std::to_string(i)}}).add();
    const auto text = metrics.render();
    EXPECT_NE(text.find("n_total{id=\"other\"} 50\n"), std::string::npos);
    EXPECT_NE(text.find("n_total{id=\"999\"} 1\n"), std::string::npos);
    EXPECT_EQ(text.find("n_total{id=\"1000\"}"), std::string::npos);
}

TEST(Metrics, ManyThreadsLoseNoIncrement) {
    Metrics metrics;
    {
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                auto& all = metrics.counter("n_total", "N.");
                auto& seconds = metrics.histogram("t_seconds", "T.");
                for (int i = 0; i < 10'000; ++i) {
                    all.add();
                    seconds.observe(1);
                }
            });
    }
    EXPECT_EQ(metrics.counter("n_total", "N.").value(), 40'000U);
    EXPECT_EQ(metrics.histogram("t_seconds", "T.").count(), 40'000U);
    EXPECT_EQ(metrics.histogram("t_seconds", "T.").sum(), 40'000.0);
}

TEST(MetricsDeathTest, ANameHasOneKind) {
    Metrics metrics;
    metrics.counter("n_total", "N.");
    EXPECT_DEATH(metrics.gauge("n_total", "N."), "kind == kind");
}

}  // namespace
}  // namespace cambist
