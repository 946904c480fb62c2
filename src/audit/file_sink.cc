// SPDX-License-Identifier: Apache-2.0
#include "audit/file_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace cambist::audit {
namespace {

Result<int> open_file(const std::string& path) {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor >= 0) return descriptor;
    return fail(ErrorCode::kConfigInvalid, "can not open the audit file " + path + ": " +
                                               std::generic_category().message(errno));
}

Status write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0)
            return fail(ErrorCode::kStoreUnavailable, "can not write the audit file",
                        std::generic_category().message(errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<FileSink>> FileSink::open(std::string path) {
    CAMBIST_TRY(const int descriptor, open_file(path));
    return std::unique_ptr<FileSink>(new FileSink(std::move(path), descriptor));
}

FileSink::~FileSink() {
    descriptor_.with([](int descriptor) { ::close(descriptor); });
}

Status FileSink::append(std::string_view line) const {
    std::string whole(line);
    whole += '\n';
    return descriptor_.with([&](int descriptor) { return write_all(descriptor, whole); });
}

Status FileSink::reopen() const {
    CAMBIST_TRY(const int fresh, open_file(path_));
    const int old =
        descriptor_.with([&](int& descriptor) { return std::exchange(descriptor, fresh); });
    ::close(old);
    return {};
}

}  // namespace cambist::audit
