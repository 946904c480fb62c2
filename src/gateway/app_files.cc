// SPDX-License-Identifier: Apache-2.0
#include "gateway/app_files.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "gateway/refusal.h"

namespace cambist::gateway {
namespace {

constexpr std::size_t kLongestFile = 16UL * 1024 * 1024;

// What is none of these is not served: nobody has to guess what it is.
std::string_view media_type_of(std::string_view path) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kTypes{
        {{".html", "text/html; charset=utf-8"},
         {".js", "text/javascript; charset=utf-8"},
         {".mjs", "text/javascript; charset=utf-8"},
         {".css", "text/css; charset=utf-8"},
         {".json", "application/json"},
         {".webmanifest", "application/manifest+json"},
         {".wasm", "application/wasm"},
         {".txt", "text/plain; charset=utf-8"},
         {".svg", "image/svg+xml"},
         {".png", "image/png"},
         {".jpg", "image/jpeg"},
         {".gif", "image/gif"},
         {".webp", "image/webp"},
         {".ico", "image/x-icon"},
         {".woff", "font/woff"},
         {".woff2", "font/woff2"}}};
    const auto found =
        std::ranges::find_if(kTypes, [&](const auto& type) { return path.ends_with(type.first); });
    return found == kTypes.end() ? std::string_view() : found->second;
}

// Letters, digits, '-', '_' and single dots that begin no name: nothing leads out of the folder,
// and nothing hidden is shown.
bool is_file_path(std::string_view path) {
    return path.starts_with('/') && !path.contains("..") && !path.contains("/.") &&
           !path.contains("//") && std::ranges::all_of(path, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("/._-").contains(c);
           });
}

bool has_ending(std::string_view path) { return path.substr(path.rfind('/')).contains('.'); }

}  // namespace

http::Response AppFiles::answer(const http::Request& request) const {
    const auto path = request.path();
    if (request.method() != "GET" && request.method() != "HEAD") return render(Refusal::kMethod);
    if (folder_.empty() || !is_file_path(path)) return render(Refusal::kNotFound);
    const bool is_page = !has_ending(path);
    const auto file = is_page ? std::string("/index.html") : std::string(path);
    const auto type = media_type_of(file);
    if (type.empty()) return render(Refusal::kNotFound);
    auto content = read_file(folder_ + file, kLongestFile);
    if (!content) return render(Refusal::kNotFound);
    return {200,
            {{"Content-Type", std::string(type)},
             {"Content-Security-Policy", policy_},
             {"Referrer-Policy", "no-referrer"},
             {"X-Content-Type-Options", "nosniff"},
             {"X-Frame-Options", "DENY"},
             {"Cross-Origin-Opener-Policy", "same-origin"},
             {"Cross-Origin-Resource-Policy", "same-origin"},
             {"Cache-Control", "no-cache"}},
            *std::move(content)};
}

}  // namespace cambist::gateway
