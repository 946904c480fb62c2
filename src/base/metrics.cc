// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <variant>

#include "base/guarded.h"
#include "base/result.h"

namespace cambist {

namespace {

// Label values: \, " and line feed are escaped (text format 0.0.4).
void append_label(std::string& out, std::string_view name, std::string_view value) {
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') out += '\\';
        out += c;
    }
    out += '"';
}

std::string render_labels(Metrics::Labels labels) {
    std::string text;
    for (const auto& [name, value] : labels) append_label(text, name, value);
    return text;
}

std::string render_overflow(Metrics::Labels labels) {
    std::string text;
    for (const auto& [name, value] : labels) append_label(text, name, "other");
    return text;
}

void append_line(std::string& out, std::string_view name, std::string_view labels, auto value) {
    const auto end = std::back_inserter(out);
    if (labels.empty()) {
        fmt::format_to(end, "{} {}\n", name, value);
    } else {
        fmt::format_to(end, "{}{{{}}} {}\n", name, labels, value);
    }
}

using Series =
    std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;

struct Family {
    std::string help;
    std::string_view kind;
    std::map<std::string, Series, std::less<>> series;  // by rendered labels
};

using Families = std::map<std::string, Family, std::less<>>;

void render_series(std::string& out, std::string_view name, std::string_view labels,
                   const Series& series) {
    if (const auto* histogram = std::get_if<std::unique_ptr<Histogram>>(&series))
        (*histogram)->render(out, name, labels);
    else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&series))
        append_line(out, name, labels, (*gauge)->value());
    else
        append_line(out, name, labels, std::get<std::unique_ptr<Counter>>(series)->value());
}

// The series of these labels; made by `make` when it is new and there is room.
template <class Kind>
Kind& find_or_make(Families& families, std::string_view name, std::string_view help,
                   std::string_view kind, Metrics::Labels labels, auto&& make) {
    auto family = families.find(name);
    if (family == families.end())
        family = families.emplace(std::string(name), Family{std::string(help), kind, {}}).first;
    CAMBIST_ASSERT(family->second.kind == kind);  // one name, one kind
    auto& series = family->second.series;
    auto text = render_labels(labels);
    auto found = series.find(text);
    if (found == series.end() && series.size() >= Metrics::kMaxSeries) {
        text = render_overflow(labels);
        found = series.find(text);
    }
    if (found == series.end()) found = series.emplace(std::move(text), make()).first;
    return *std::get<std::unique_ptr<Kind>>(found->second);
}

}  // namespace

Histogram::Histogram(const std::vector<double>& bounds)
    : bounds_(bounds), buckets_(bounds.size() + 1) {}

void Histogram::observe(double value) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
    std::uint64_t all = 0;
    for (const auto& bucket : buckets_) all += bucket.load(std::memory_order_relaxed);
    return all;
}

void Histogram::render(std::string& out, std::string_view name, std::string_view labels) const {
    const std::string bucket_name = fmt::format("{}_bucket", name);
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        so_far += buckets_[i].load(std::memory_order_relaxed);
        std::string text(labels);
        append_label(text, "le", i < bounds_.size() ? fmt::format("{}", bounds_[i]) : "+Inf");
        append_line(out, bucket_name, text, so_far);
    }
    append_line(out, fmt::format("{}_sum", name), labels, sum());
    // Not count(): it must equal the last bucket, though others may be counting just now.
    append_line(out, fmt::format("{}_count", name), labels, so_far);
}

const std::vector<double>& latency_bounds() {
    static const std::vector<double> bounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                            0.005,   0.01,   0.025,   0.05,   0.1,   0.25,
                                            0.5,     1,      2.5,     5,      10};
    return bounds;
}

struct Metrics::Parts {
    Guarded<Families> families;
};

Metrics::Metrics() : parts_(std::make_unique<Parts>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
    return parts_->families.with([&](Families& families) -> Counter& {
        return find_or_make<Counter>(families, name, help, "counter", labels,
                                     [] { return std::make_unique<Counter>(); });
    });
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, Labels labels) {
    return parts_->families.with([&](Families& families) -> Gauge& {
        return find_or_make<Gauge>(families, name, help, "gauge", labels,
                                   [] { return std::make_unique<Gauge>(); });
    });
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels,
                              const std::vector<double>& bounds) {
    return parts_->families.with([&](Families& families) -> Histogram& {
        return find_or_make<Histogram>(families, name, help, "histogram", labels,
                                       [&] { return std::make_unique<Histogram>(bounds); });
    });
}

std::string Metrics::render() const {
    std::string out;
    parts_->families.with([&](const Families& families) {
        for (const auto& [name, family] : families) {
            fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name,
                           family.help, name, family.kind);
            for (const auto& [labels, series] : family.series)
                render_series(out, name, labels, series);
        }
    });
    return out;
}

}  // namespace cambist
