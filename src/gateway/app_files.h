// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>

#include "http/message.h"

namespace cambist::gateway {

// The files of the app, out of one folder. A page that is no file is the app's own to route: it
// gets index.html. Any thread.
class AppFiles {
  public:
    // `policy` is the Content-Security-Policy of every file.
    AppFiles(std::string folder, std::string policy)
        : folder_(std::move(folder)), policy_(std::move(policy)) {}
    http::Response answer(const http::Request& request) const;

  private:
    std::string folder_;  // empty: there are none
    std::string policy_;
};

}  // namespace cambist::gateway
