// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/text.h"

namespace cambist::store_sqlite {
namespace {

constexpr mode_t kPrivate = S_IRUSR | S_IWUSR;

std::unexpected<Error> system_error(std::string what) {
    const std::string reason = std::generic_category().message(errno);
    return fail(ErrorCode::kStoreUnavailable, std::move(what) + ": " + reason);
}

std::string holder_of(int descriptor) {
    std::array<char, 32> text{};
    const auto size = pread(descriptor, text.data(), text.size(), 0);
    if (size <= 0) return "another process";
    return "process " + std::string(trim({text.data(), static_cast<std::size_t>(size)}));
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& database_path) {
    const std::string path = database_path + ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kPrivate);
    if (descriptor < 0) return system_error("can not make " + path);
    FileLock lock(descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return system_error("can not lock " + path);
        return fail(ErrorCode::kStoreUnavailable,
                    holder_of(descriptor) + " serves from " + database_path +
                        " already: stop it, use its admin API, or open the file read-only");
    }
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
        return system_error("can not write " + path);
    return lock;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);  // and the lock goes with it
}

Status make_private(const std::string& path) {
    const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kPrivate);
    if (made >= 0) {
        ::close(made);
        return sync_folder_of(path);
    }
    if (errno != EEXIST) return system_error("can not make " + path);
    if (::chmod(path.c_str(), kPrivate) != 0) return system_error("can not protect " + path);
    return {};
}

Status sync_folder_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return system_error("can not open " + folder);
    const bool synced = ::fsync(descriptor) == 0;
    const int reason = errno;
    ::close(descriptor);
    if (synced || reason == EINVAL) return {};  // some file systems have no such thing
    errno = reason;
    return system_error("can not sync " + folder);
}

}  // namespace cambist::store_sqlite
