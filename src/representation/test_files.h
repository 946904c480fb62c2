// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "representation/realm_file.h"

// For tests of this module only.
namespace cambist::representation {

inline std::string read_repository_file(const std::string& path) {
    std::ifstream in(std::string(CAMBIST_SOURCE_DIR) + "/" + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline std::string all_of(const std::vector<Fault>& faults) {
    std::string text;
    for (const auto& fault : faults) text += describe(fault) + "\n";
    return text;
}

}  // namespace cambist::representation
