// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace cambist::store_sqlite {

enum class Mode : std::uint8_t {
    kServe,     // reads and writes; one process at a time, the file is made if it is missing
    kBeside,    // beside a process that serves, or alone
    kReadOnly,  // also beside a process that serves; every write fails
};

// How long to wait for locks of other processes, such as a reader that repairs the log.
inline constexpr int kBusyMs = 5000;

struct SqliteSettings {
    std::string path;
    Mode mode = Mode::kServe;
    bool migrates = true;                     // else who serves refuses an older schema
    std::size_t max_readers = 8;              // connections for reading, opened as needed
    std::size_t reader_cache_kib = 512;       // page cache of each
    std::size_t writer_cache_kib = 4096;      // page cache of the writer
    std::size_t max_group = 256;              // batches in one transaction
    std::size_t max_queue = 16384;            // waiting writes; beyond it commit() is kOverloaded
    std::size_t checkpoint_pages = 1024;      // the log is copied into the file from this length on
    std::size_t max_log_pages = 16UL * 1024;  // from here on the writer makes the log start anew
};

}  // namespace cambist::store_sqlite
