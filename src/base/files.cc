// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace cambist {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }

  private:
    int number_;
};

std::unexpected<Error> file_error(const std::string& path, const char* what) {
    return fail(errno == EEXIST ? ErrorCode::kConflict : ErrorCode::kConfigInvalid,
                path + ": " + what + ": " + std::generic_category().message(errno));
}

}  // namespace

std::optional<std::string> environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody here sets any
    if (value == nullptr) return std::nullopt;
    return std::string(value);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) return file_error(path, "can not be opened");
    std::string content;
    char buffer[64 * 1024];
    for (;;) {
        const auto got = ::read(file.number(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error(path, "can not be read");
        if (got == 0) return content;
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > limit)
            return fail(ErrorCode::kConfigInvalid,
                        path + ": larger than " + std::to_string(limit) + " bytes");
    }
}

Result<Secret> read_secret_file(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return file_error(path, "can not be found");
    if ((status.st_mode & (S_IRWXG | S_IRWXO) & ~static_cast<mode_t>(S_IRGRP)) != 0)
        return fail(ErrorCode::kConfigInvalid,
                    path + ": others may read or write this secret; run: chmod 600 " + path);
    CAMBIST_TRY(auto content, read_file(path, 64UL * 1024));
    return Secret(content);
}

Status write_secret_file(const std::string& path, std::string_view content) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.number() < 0) return file_error(path, "can not be made");
    while (!content.empty()) {
        const auto put = ::write(file.number(), content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return file_error(path, "can not be written");
        content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(file.number()) != 0) return file_error(path, "can not be written");
    return {};
}

bool file_exists(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0;
}

}  // namespace cambist
