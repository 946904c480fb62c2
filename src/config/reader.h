// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "json/value.h"

namespace cambist::config {

// One key of a configuration file: how it is read. False: it has the wrong form.
using Setter = std::function<bool(const json::Value&)>;
struct Key {
    std::string_view name;
    std::string_view form;  // "a string", for the message
    Setter set;
};

// What most keys are; `into` must outlive the reading.
Setter text(std::string& into);
Setter secret(Secret& into);
Setter flag(bool& into);
Setter count(std::size_t& into);
Setter texts(std::vector<std::string>& into);

// Reads one configuration file (YAML, or JSON by its name) strictly, and gathers all its faults:
// unknown keys, keys that occur twice, values of the wrong form. Not for several threads.
class Reader {
  public:
    explicit Reader(std::string file_name) : file_(std::move(file_name)) {}

    // kConfigInvalid when it is neither; keys that occur twice become faults.
    Result<json::Value> parse(std::string_view content);
    void read(const json::Value& value, const std::vector<Key>& keys);
    // One more fault.
    void fault(const json::Position& at, const std::string& what);
    // kConfigInvalid with all faults, one a line.
    Status outcome() const;

  private:
    void read_member(const json::Member& member, const std::vector<Key>& keys);

    std::string file_;
    std::vector<std::string> faults_;
};

}  // namespace cambist::config
