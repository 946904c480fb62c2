// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cambist::bench {

// What cambist_load is told.
struct Options {
    std::uint16_t port = 0;  // of 127.0.0.1
    std::string path;
    std::vector<std::string> headers;
    std::string before;  // the body up to the token; the token ends it
    std::string tokens;  // file, one a line; sent in turn
    std::string bodies;  // instead: file, a line is the status to expect, a space, the whole body
    std::size_t connections = 64;
    double warmup = 0.5;                         // seconds that do not count
    double seconds = 2.0;                        // that count
    double rate = 0.0;                           // open loop: requests a second; 0: closed loop
    std::size_t count = 0;                       // instead of seconds: so many requests, all count
    bool may_be_refused = false;                 // 503 with Retry-After is no failure
    std::string expect = "\"access_token\":\"";  // what each answer 200 must hold
    std::string samples;                         // file for some answers, one a line
    std::size_t sample_every = 1;
};

// Leaves the program when the words are wrong.
Options parse_options(int argc, char** argv);

// A request as it is sent, and the status that is right for it.
struct Request {
    std::string text;
    int expected = 200;
};
// One for each token or body.
std::vector<Request> render_requests(const Options& options);

}  // namespace cambist::bench
