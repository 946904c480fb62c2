// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "base/waiting.h"
#include "crypto/digest.h"

namespace cambist::gateway {
namespace {

constexpr std::size_t kCookieBytes = 32;
// Longer than one refresh and one exchange may take.
constexpr std::chrono::seconds kLongestTurn{12};

}  // namespace

Session::Session(Beginning beginning)
    : subject_(std::move(beginning.subject)), user_(std::move(beginning.user)) {
    holdings_.change([&](Holdings& holdings) {
        holdings.access = std::move(beginning.access);
        holdings.refresh = std::move(beginning.refresh);
    });
}

std::optional<Session::Turn> Session::take_turn() const {
    const Waiting waiting;
    return holdings_.wait_for(
        kLongestTurn, [](const Holdings& holdings) { return !holdings.is_taken; },
        [&](Holdings& holdings) -> std::optional<Turn> {
            if (holdings.is_taken) return std::nullopt;
            holdings.is_taken = true;
            return Turn(*this);
        });
}

Session::Turn::~Turn() {
    if (session_ != nullptr)
        session_->holdings_.change([](Holdings& holdings) { holdings.is_taken = false; });
}

std::string Sessions::begin(Session::Beginning beginning, TimePoint now) const {
    auto cookie = make_token(random_, kCookieBytes);
    const auto session = std::make_shared<const Session>(std::move(beginning));
    state_.with([&](State& state) {
        make_room(state, session->subject());
        state.open[crypto::sha256(cookie)] = {session, to_unix(now + settings_.idle),
                                              to_unix(now + settings_.longest)};
    });
    return cookie;
}

// At log-ins only, so it may look at them all.
void Sessions::make_room(State& state, const std::string& subject) const {
    const auto end_oldest = [&](const auto& counts) {
        auto oldest = state.open.end();
        for (auto at = state.open.begin(); at != state.open.end(); ++at)
            if (counts(at->second) &&
                (oldest == state.open.end() || at->second.idle_until < oldest->second.idle_until))
                oldest = at;
        if (oldest == state.open.end()) return;
        state.ended.push_back(std::move(oldest->second.session));
        state.open.erase(oldest);
    };
    const auto is_of_user = [&](const Open& open) { return open.session->subject() == subject; };
    const auto of_user =
        std::ranges::count_if(state.open, [&](const auto& one) { return is_of_user(one.second); });
    const bool is_known = !subject.empty();  // else nobody said whose it is
    if (is_known && static_cast<std::size_t>(of_user) >= settings_.of_user) end_oldest(is_of_user);
    if (state.open.size() >= settings_.most) end_oldest([](const Open&) { return true; });
}

std::shared_ptr<const Session> Sessions::find(std::string_view cookie, TimePoint now,
                                              Use use) const {
    return state_.with([&](State& state) -> std::shared_ptr<const Session> {
        const auto found = state.open.find(crypto::sha256(cookie));
        if (found == state.open.end()) return nullptr;
        auto& open = found->second;
        if (open.is_over(to_unix(now))) {
            state.ended.push_back(std::move(open.session));
            state.open.erase(found);
            return nullptr;
        }
        if (use == Use::kCounts) open.idle_until = to_unix(now + settings_.idle);
        return open.session;
    });
}

std::shared_ptr<const Session> Sessions::take(std::string_view cookie) const {
    return state_.with([&](State& state) -> std::shared_ptr<const Session> {
        const auto found = state.open.find(crypto::sha256(cookie));
        if (found == state.open.end()) return nullptr;
        auto session = std::move(found->second.session);
        state.open.erase(found);
        return session;
    });
}

std::vector<std::shared_ptr<const Session>> Sessions::take_ended(TimePoint now) const {
    return state_.with([&](State& state) {
        std::erase_if(state.open, [&](auto& one) {
            if (!one.second.is_over(to_unix(now))) return false;
            state.ended.push_back(std::move(one.second.session));
            return true;
        });
        return std::exchange(state.ended, {});
    });
}

void Sessions::give_back(std::vector<std::shared_ptr<const Session>> ended) const {
    state_.with([&](State& state) {
        ended.insert(ended.end(), std::make_move_iterator(state.ended.begin()),
                     std::make_move_iterator(state.ended.end()));
        // What is beyond ends by itself, when its refresh token does.
        if (ended.size() > settings_.most) ended.resize(settings_.most);
        state.ended = std::move(ended);
    });
}

}  // namespace cambist::gateway
