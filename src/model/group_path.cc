// SPDX-License-Identifier: Apache-2.0
#include "model/group_path.h"

namespace cambist {

namespace {

// Of the last separator; npos when there is none.
std::size_t last_separator(std::string_view path) {
    auto at = path.rfind('/');
    while (at != std::string_view::npos && at > 0 && path[at - 1] == '~')
        at = path.rfind('/', at - 1);
    return at;
}

}  // namespace

std::string child_path(std::string_view parent, std::string_view name) {
    std::string path(parent);
    path += '/';
    for (const char c : name) {
        if (c == '/') path += '~';
        path += c;
    }
    return path;
}

std::string_view parent_path(std::string_view path) {
    const auto at = last_separator(path);
    return at == std::string_view::npos ? std::string_view() : path.substr(0, at);
}

std::string name_of_path(std::string_view path) {
    const auto at = last_separator(path);
    std::string name;
    for (const char c : at == std::string_view::npos ? path : path.substr(at + 1)) {
        if (c == '/' && !name.empty() && name.back() == '~')
            name.back() = '/';
        else
            name += c;
    }
    return name;
}

}  // namespace cambist
