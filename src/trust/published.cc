// SPDX-License-Identifier: Apache-2.0
#include "trust/published.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/text.h"
#include "trust/discovery.h"
#include "trust/key_sets.h"

namespace cambist::trust {

namespace {

template <class Shared>
struct Entry {
    Shared document;  // the last good one, or null
    TimePoint fetched{};
    TimePoint fresh_until{};
    TimePoint tried{};
    TimePoint used{};
    bool in_flight = false;
    bool was_tried = false;
    bool failed = false;        // the last flight
    std::uint64_t flights = 0;  // that have ended
    Error last_error;           // of the last flight, if it failed
};

// Who waits: for the flight after so many.
struct Waiting {
    std::uint64_t flights = 0;
    bool is_doubtful = false;
};

template <class Shared>
struct Shelf {
    std::unordered_map<std::string, Entry<Shared>> entries;
    std::deque<std::string> queue;
    std::deque<std::string> doubtful;  // whose last flight failed
    std::size_t waiting = 0;
    std::size_t doubting = 0;  // of those who wait, for what is in doubt
    bool stopping = false;
};

}  // namespace

std::string why_busy(const Error& why) {
    return why.code == ErrorCode::kOutboundBusy ? ": " + why.hint : std::string();
}

template <class Document>
struct Published<Document>::State {
    using OwnEntry = Entry<Shared>;
    using OwnShelf = Shelf<Shared>;

    State(Fetch fetcher, Read reader, const Clock& the_clock, Log& the_log,
          const PublishedSettings& chosen)
        : fetch(std::move(fetcher)),
          read(std::move(reader)),
          clock(the_clock),
          log(the_log),
          settings(chosen) {}

    Fetch fetch;
    Read read;
    const Clock& clock;
    Log& log;
    PublishedSettings settings;
    Guarded<OwnShelf> shelf;
    std::vector<std::jthread> threads;  // last: they end before what they use

    OwnEntry& find_or_add(OwnShelf& on, const std::string& url, TimePoint now) const;
    bool is_pausing(const OwnEntry& entry, TimePoint now) const;
    bool is_ageing(const OwnEntry& entry, TimePoint now) const;
    bool start_flight(OwnShelf& on, const std::string& url, OwnEntry& entry) const;
    Result<Waiting> request_flight(OwnShelf& on, const std::string& url, OwnEntry& entry) const;
    Result<Shared> best(const OwnEntry& entry, TimePoint now) const;
    Result<Shared> wait_for_flight(const std::string& url, const Waiting& place) const;
    void work(bool is_patient) const;
    void land(const std::string& url, Result<outbound::Answer> answer) const;
};

// Bounded: when the shelf is full, what was not used for longest makes room.
template <class Document>
typename Published<Document>::State::OwnEntry& Published<Document>::State::find_or_add(
    OwnShelf& on, const std::string& url, TimePoint now) const {
    const auto found = on.entries.find(url);
    if (found != on.entries.end()) {
        found->second.used = now;
        return found->second;
    }
    if (on.entries.size() >= settings.documents) {
        auto oldest = on.entries.end();
        for (auto at = on.entries.begin(); at != on.entries.end(); ++at) {
            const bool is_older =
                oldest == on.entries.end() || at->second.used < oldest->second.used;
            if (!at->second.in_flight && is_older) oldest = at;
        }
        if (oldest != on.entries.end()) on.entries.erase(oldest);
    }
    auto& entry = on.entries[url];
    entry.used = now;
    return entry;
}

template <class Document>
bool Published<Document>::State::is_pausing(const OwnEntry& entry, TimePoint now) const {
    return entry.was_tried && !entry.in_flight && now < entry.tried + settings.pause;
}

// In the last quarter of its time: what is in use is fetched again before anybody has to wait.
template <class Document>
bool Published<Document>::State::is_ageing(const OwnEntry& entry, TimePoint now) const {
    return now >= entry.fetched + (entry.fresh_until - entry.fetched) * 3 / 4;
}

// Whether a fetch of it is under way now.
template <class Document>
bool Published<Document>::State::start_flight(OwnShelf& on, const std::string& url,
                                              OwnEntry& entry) const {
    if (on.stopping) return false;
    if (entry.in_flight) return true;
    auto& queue = entry.failed ? on.doubtful : on.queue;
    if (queue.size() >= settings.queue) return false;
    entry.in_flight = true;
    queue.push_back(url);
    return true;
}

// A place to wait for a fetch of it, which starts in any case if it can. Few are for what failed
// before, so that those who need others find one.
template <class Document>
Result<Waiting> Published<Document>::State::request_flight(OwnShelf& on, const std::string& url,
                                                           OwnEntry& entry) const {
    const auto most_doubting = std::max<std::size_t>(settings.waiting / 4, 1);
    if (!start_flight(on, url, entry) || on.waiting >= settings.waiting ||
        (entry.failed && on.doubting >= most_doubting))
        return fail(ErrorCode::kOutboundBusy,
                    "too many requests already wait for what is being fetched");
    ++on.waiting;
    if (entry.failed) ++on.doubting;
    return Waiting{entry.flights, entry.failed};
}

template <class Document>
Result<typename Published<Document>::Shared> Published<Document>::State::best(const OwnEntry& entry,
                                                                              TimePoint now) const {
    if (entry.document && now < entry.fetched + settings.stale) return entry.document;
    if (entry.was_tried) return std::unexpected(entry.last_error);
    return fail(ErrorCode::kOutboundFailed, "the document is still being fetched");
}

template <class Document>
Result<typename Published<Document>::Shared> Published<Document>::State::wait_for_flight(
    const std::string& url, const Waiting& place) const {
    const auto flights_of = [&](const OwnShelf& on) -> std::optional<std::uint64_t> {
        const auto found = on.entries.find(url);
        if (found == on.entries.end()) return std::nullopt;
        return found->second.flights;
    };
    return shelf.wait_for(
        settings.patience,
        [&](const OwnShelf& on) { return on.stopping || flights_of(on) != place.flights; },
        [&](OwnShelf& on) -> Result<Shared> {
            --on.waiting;
            if (place.is_doubtful) --on.doubting;
            const auto found = on.entries.find(url);
            if (found == on.entries.end())
                return fail(ErrorCode::kOutboundFailed, "the document is not kept any more");
            return best(found->second, clock.now());
        });
}

template <class Document>
void Published<Document>::State::work(bool is_patient) const {
    for (;;) {
        auto url = shelf.wait(
            [&](const OwnShelf& on) {
                return on.stopping || !on.queue.empty() || (is_patient && !on.doubtful.empty());
            },
            [](OwnShelf& on) -> std::optional<std::string> {
                if (on.stopping) return std::nullopt;
                auto& queue = on.queue.empty() ? on.doubtful : on.queue;
                auto next = std::move(queue.front());
                queue.pop_front();
                return next;
            });
        if (!url) return;
        land(*url, fetch(*url));
    }
}

// What came back takes the place of the last good set only if it is one.
template <class Document>
void Published<Document>::State::land(const std::string& url,
                                      Result<outbound::Answer> answer) const {
    Result<Shared> parsed = Shared();
    auto age = settings.usual_age;
    if (!answer) {
        parsed = std::unexpected(std::move(answer).error());
    } else {
        parsed = read(url, answer->body);
        if (answer->max_age)
            age = std::clamp(*answer->max_age, settings.least_age, settings.most_age);
    }
    if (!parsed)
        log.warn(settings.failed_event,
                 {{"url", printable(url, 200)}, {"error", parsed.error().describe()}});
    const auto now = clock.now();
    shelf.change([&](OwnShelf& on) {
        auto& entry = on.entries[url];
        entry.in_flight = false;
        entry.was_tried = true;
        entry.tried = now;
        entry.failed = !parsed;
        ++entry.flights;
        if (!parsed) {
            entry.last_error = parsed.error();
            return;
        }
        entry.document = *std::move(parsed);
        entry.fetched = now;
        entry.fresh_until = now + age;
    });
}

template <class Document>
Published<Document>::Published(Fetch fetch, Read read, const Clock& clock, Log& log,
                               const PublishedSettings& settings)
    : state_(std::make_unique<State>(std::move(fetch), std::move(read), clock, log, settings)) {
    for (std::size_t i = 0; i < settings.threads; ++i)
        state_->threads.emplace_back([state = state_.get(), i] {
            state->work(/*is_patient=*/i < state->settings.patient_threads);
        });
}

template <class Document>
Published<Document>::~Published() {
    state_->shelf.change([](auto& on) { on.stopping = true; });
}

template <class Document>
Result<typename Published<Document>::Shared> Published<Document>::current(
    const std::string& url) const {
    const auto now = state_->clock.now();
    std::optional<Waiting> place;
    std::optional<Error> crowded;
    bool is_started = false;
    auto known = state_->shelf.with([&](auto& on) -> std::optional<Result<Shared>> {
        auto& entry = state_->find_or_add(on, url, now);
        const bool was_in_flight = entry.in_flight;
        const bool is_fresh = entry.document && now < entry.fresh_until;
        const bool is_wanted = !is_fresh || state_->is_ageing(entry, now);
        if (is_wanted && !state_->is_pausing(entry, now)) {
            if (is_fresh)
                state_->start_flight(on, url, entry);
            else if (auto given = state_->request_flight(on, url, entry))
                place = *given;
            else
                crowded = std::move(given).error();
        }
        is_started = entry.in_flight && !was_in_flight;
        if (place) return std::nullopt;
        if (is_fresh) return entry.document;
        auto best = state_->best(entry, now);
        // Why the last fetch of it failed says more than that others wait.
        if (!best && crowded && !entry.failed) return std::unexpected(*std::move(crowded));
        return best;
    });
    if (is_started) state_->shelf.change([](auto&) {});  // a fetcher may be asleep
    if (known) return *std::move(known);
    return state_->wait_for_flight(url, *place);
}

template <class Document>
typename Published<Document>::Shared Published<Document>::newer(const std::string& url,
                                                                const Shared& known) const {
    const auto now = state_->clock.now();
    std::optional<Waiting> place;
    auto found = state_->shelf.with([&](auto& on) -> Shared {
        auto& entry = state_->find_or_add(on, url, now);
        if (entry.document != nullptr && entry.document != known) return entry.document;
        if (state_->is_pausing(entry, now)) return known;
        const auto given = state_->request_flight(on, url, entry);
        if (!given) return known;
        place = *given;
        return nullptr;
    });
    state_->shelf.change([](auto&) {});
    if (found) return found;
    const auto fetched = state_->wait_for_flight(url, *place);
    return fetched ? *fetched : known;
}

template class Published<KeySet>;
template class Published<ProviderMetadata>;
template class Published<std::string>;

}  // namespace cambist::trust
