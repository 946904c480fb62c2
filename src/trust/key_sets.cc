// SPDX-License-Identifier: Apache-2.0
#include "trust/key_sets.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/text.h"
#include "json/parse.h"

namespace cambist::trust {

namespace {

using SharedSet = std::shared_ptr<const KeySet>;

constexpr json::Limits kLimits{.max_depth = 16, .max_bytes = 1024UL * 1024};

struct Entry {
    SharedSet set;  // the last good one, or null
    TimePoint fetched{};
    TimePoint fresh_until{};
    TimePoint tried{};
    TimePoint used{};
    bool in_flight = false;
    bool was_tried = false;
    std::uint64_t flights = 0;  // that have ended
    Error last_error;           // of the last flight, if it failed
};

struct Shelf {
    std::unordered_map<std::string, Entry> entries;
    std::deque<std::string> queue;
    std::size_t waiting = 0;
    bool stopping = false;
};

}  // namespace

Result<SharedSet> parse_key_set(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, kLimits));
    auto set = std::make_shared<KeySet>();
    auto verification = jose::parse_jwk_set(json, jose::JwkPurpose::kVerification);
    auto encryption = jose::parse_jwk_set(json, jose::JwkPurpose::kEncryption);
    if (!verification && !encryption) return std::unexpected(std::move(verification).error());
    if (verification)
        set->verification = *std::move(verification);
    else
        set->verification.notes.push_back(verification.error().hint);
    if (encryption)
        set->encryption = *std::move(encryption);
    else
        set->encryption.notes.push_back(encryption.error().hint);
    return set;
}

struct KeySets::State {
    State(Fetch given, const Clock& the_clock, Log& the_log, const KeySetSettings& chosen)
        : fetch(std::move(given)), clock(the_clock), log(the_log), settings(chosen) {}

    Fetch fetch;
    const Clock& clock;
    Log& log;
    KeySetSettings settings;
    Guarded<Shelf> shelf;
    std::vector<std::jthread> threads;  // last: they end before what they use

    Entry& find_or_add(Shelf& on, const std::string& url, TimePoint now) const;
    bool request_flight(Shelf& on, const std::string& url, Entry& entry) const;
    Result<SharedSet> best(const Entry& entry, TimePoint now) const;
    Result<SharedSet> wait_for_flight(const std::string& url, std::uint64_t flights) const;
    void work() const;
    void land(const std::string& url, Result<outbound::Answer> answer) const;
};

// Bounded: when the shelf is full, what was not used for longest makes room.
Entry& KeySets::State::find_or_add(Shelf& on, const std::string& url, TimePoint now) const {
    const auto found = on.entries.find(url);
    if (found != on.entries.end()) {
        found->second.used = now;
        return found->second;
    }
    if (on.entries.size() >= settings.sets) {
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

// Whether somebody may now wait for a fetch of it: one under way counts.
bool KeySets::State::request_flight(Shelf& on, const std::string& url, Entry& entry) const {
    if (on.stopping || on.waiting >= settings.waiting) return false;
    if (!entry.in_flight) {
        if (on.queue.size() >= settings.queue) return false;
        entry.in_flight = true;
        on.queue.push_back(url);
    }
    ++on.waiting;
    return true;
}

Result<SharedSet> KeySets::State::best(const Entry& entry, TimePoint now) const {
    if (entry.set && now < entry.fetched + settings.stale) return entry.set;
    if (entry.was_tried) return std::unexpected(entry.last_error);
    return fail(ErrorCode::kOutboundFailed, "the key set is still being fetched");
}

Result<SharedSet> KeySets::State::wait_for_flight(const std::string& url,
                                                  std::uint64_t flights) const {
    const auto flights_of = [&](const Shelf& on) -> std::optional<std::uint64_t> {
        const auto found = on.entries.find(url);
        if (found == on.entries.end()) return std::nullopt;
        return found->second.flights;
    };
    return shelf.wait_for(
        settings.patience,
        [&](const Shelf& on) { return on.stopping || flights_of(on) != flights; },
        [&](Shelf& on) -> Result<SharedSet> {
            --on.waiting;
            const auto found = on.entries.find(url);
            if (found == on.entries.end())
                return fail(ErrorCode::kOutboundFailed, "the key set is not kept any more");
            return best(found->second, clock.now());
        });
}

void KeySets::State::work() const {
    for (;;) {
        auto url = shelf.wait([](const Shelf& on) { return on.stopping || !on.queue.empty(); },
                              [](Shelf& on) -> std::optional<std::string> {
                                  if (on.stopping) return std::nullopt;
                                  auto next = std::move(on.queue.front());
                                  on.queue.pop_front();
                                  return next;
                              });
        if (!url) return;
        land(*url, fetch(*url));
    }
}

// What came back takes the place of the last good set only if it is one.
void KeySets::State::land(const std::string& url, Result<outbound::Answer> answer) const {
    Result<SharedSet> parsed = SharedSet();
    auto age = settings.usual_age;
    if (!answer) {
        parsed = std::unexpected(std::move(answer).error());
    } else {
        parsed = parse_key_set(answer->body);
        if (answer->max_age)
            age = std::clamp(*answer->max_age, settings.least_age, settings.most_age);
    }
    if (!parsed)
        log.warn("key_set_not_fetched",
                 {{"url", printable(url, 200)}, {"error", parsed.error().describe()}});
    const auto now = clock.now();
    shelf.change([&](Shelf& on) {
        auto& entry = on.entries[url];
        entry.in_flight = false;
        entry.was_tried = true;
        entry.tried = now;
        ++entry.flights;
        if (!parsed) {
            entry.last_error = parsed.error();
            return;
        }
        entry.set = *std::move(parsed);
        entry.fetched = now;
        entry.fresh_until = now + age;
    });
}

KeySets::KeySets(Fetch fetch, const Clock& clock, Log& log, const KeySetSettings& settings)
    : state_(std::make_unique<State>(std::move(fetch), clock, log, settings)) {
    for (std::size_t i = 0; i < settings.threads; ++i)
        state_->threads.emplace_back([state = state_.get()] { state->work(); });
}

KeySets::~KeySets() {
    state_->shelf.change([](Shelf& on) { on.stopping = true; });
}

Result<SharedSet> KeySets::current(const std::string& url) const {
    const auto now = state_->clock.now();
    std::uint64_t flights = 0;
    auto known = state_->shelf.with([&](Shelf& on) -> std::optional<Result<SharedSet>> {
        auto& entry = state_->find_or_add(on, url, now);
        if (entry.set && now < entry.fresh_until) return entry.set;
        const bool is_pausing =
            entry.was_tried && !entry.in_flight && now < entry.tried + state_->settings.pause;
        flights = entry.flights;
        if (is_pausing || !state_->request_flight(on, url, entry)) return state_->best(entry, now);
        return std::nullopt;
    });
    if (known) return *std::move(known);
    state_->shelf.change([](Shelf&) {});  // a fetcher may be asleep
    return state_->wait_for_flight(url, flights);
}

SharedSet KeySets::newer(const std::string& url, const SharedSet& known) const {
    const auto now = state_->clock.now();
    std::uint64_t flights = 0;
    auto found = state_->shelf.with([&](Shelf& on) -> SharedSet {
        auto& entry = state_->find_or_add(on, url, now);
        if (entry.set != nullptr && entry.set != known) return entry.set;
        const bool is_pausing =
            entry.was_tried && !entry.in_flight && now < entry.tried + state_->settings.pause;
        flights = entry.flights;
        if (is_pausing || !state_->request_flight(on, url, entry)) return known;
        return nullptr;
    });
    if (found) return found;
    state_->shelf.change([](Shelf&) {});
    const auto fetched = state_->wait_for_flight(url, flights);
    return fetched ? *fetched : known;
}

}  // namespace cambist::trust
