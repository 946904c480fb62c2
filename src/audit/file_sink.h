// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/guarded.h"
#include "base/result.h"

namespace cambist::audit {

// A file to which lines are appended, each whole. Thread-safe.
class FileSink {
  public:
    // kConfigInvalid when it can not be opened. Made with mode 0600 if it is missing.
    static Result<std::unique_ptr<FileSink>> open(std::string path);
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;
    ~FileSink();

    // kStoreUnavailable when the line could not be written whole.
    Status append(std::string_view line) const;
    // Goes on in a new file of this name, after the old one was renamed. When that fails the old
    // one stays in use.
    Status reopen() const;

  private:
    FileSink(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
    const std::string path_;
    Guarded<int> descriptor_;
};

}  // namespace cambist::audit
