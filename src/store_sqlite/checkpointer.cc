// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/checkpointer.h"

#include <utility>

#include "base/gather.h"

namespace cambist::store_sqlite {

Checkpointer::Checkpointer(sql::Connection connection, std::size_t every_pages, Log& log)
    : connection_(std::move(connection)),
      every_pages_(every_pages),
      log_(log),
      thread_([this] { serve(); }) {}

Checkpointer::~Checkpointer() {
    state_.change([](State& state) { state.stopping = true; });
}

bool Checkpointer::tell_log_pages(std::size_t pages) {
    bool is_needed = false;
    const bool has_just_copied = state_.with([&](State& state) {
        // Shorter than before: the log began anew.
        if (pages < state.pages) state.copied = 0;
        state.pages = pages;
        is_needed = is_due(state);
        return std::exchange(state.has_just_copied, false);
    });
    if (is_needed) state_.change_one([](State&) {});
    return has_just_copied;
}

void Checkpointer::serve() {
    gather_always();
    while (true) {
        const bool goes_on =
            state_.wait([this](const State& state) { return state.stopping || is_due(state); },
                        [](State& state) {
                            state.copied = state.pages;
                            return !state.stopping;
                        });
        if (!goes_on) return;
        const auto moved = connection_.checkpoint(sql::CheckpointKind::kPassive);
        state_.with([](State& state) { state.has_just_copied = true; });
        if (!moved) log_.error("store.checkpoint_failed", {{"reason", moved.error().describe()}});
    }
}

}  // namespace cambist::store_sqlite
