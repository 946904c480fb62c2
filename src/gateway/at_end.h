// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <utility>

namespace cambist::gateway {

// Calls the function when it goes out of scope.
template <class Function>
class AtEnd {
  public:
    explicit AtEnd(Function function) : function_(std::move(function)) {}
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;
    ~AtEnd() { function_(); }

  private:
    Function function_;
};

}  // namespace cambist::gateway
