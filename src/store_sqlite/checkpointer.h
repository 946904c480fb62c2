// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <thread>

#include "base/guarded.h"
#include "base/log.h"
#include "sql/connection.h"

namespace cambist::store_sqlite {

// A thread that copies the write-ahead log into the file whenever it has grown by so many pages, so
// that no commit has to wait for that.
class Checkpointer {
  public:
    Checkpointer(sql::Connection connection, std::size_t every_pages, Log& log);
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer();

    // From the writer after each commit. True once after the log was copied: just now little of it
    // is left.
    bool tell_log_pages(std::size_t pages);

  private:
    struct State {
        std::size_t pages = 0;   // length of the log
        std::size_t copied = 0;  // of it, when the last checkpoint began
        bool has_just_copied = false;
        bool stopping = false;
    };
    bool is_due(const State& state) const { return state.pages >= state.copied + every_pages_; }
    void serve();

    sql::Connection connection_;
    const std::size_t every_pages_;
    Log& log_;
    Guarded<State> state_;
    std::jthread thread_;
};

}  // namespace cambist::store_sqlite
