// SPDX-License-Identifier: Apache-2.0
#include "bench/options.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <fstream>

namespace cambist::bench {

Options parse_options(int argc, char** argv) {
    Options options;
    CLI::App app("Asks a token endpoint for exchanges, and says how fast they came.");
    app.add_option("--port", options.port)->required();
    app.add_option("--path", options.path)->required();
    app.add_option("--header", options.headers);
    app.add_option("--before", options.before, "body up to the token");
    app.add_option("--tokens", options.tokens, "file, one token a line")->required();
    app.add_option("--connections", options.connections);
    app.add_option("--warmup", options.warmup, "seconds that do not count");
    app.add_option("--seconds", options.seconds, "seconds that count");
    app.add_option("--count", options.count, "so many requests instead");
    app.add_option("--rate", options.rate, "a second, open loop; absent: closed loop");
    app.add_option("--expect", options.expect, "text that every answer holds");
    app.add_option("--samples", options.samples, "file for answers");
    app.add_option("--sample-every", options.sample_every)->check(CLI::PositiveNumber);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    return options;
}

std::vector<std::string> render_requests(const Options& options) {
    std::string headers;
    for (const auto& header : options.headers) headers += header + "\r\n";
    std::vector<std::string> requests;
    std::ifstream file(options.tokens);
    for (std::string token; std::getline(file, token);) {
        requests.push_back(fmt::format(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}{}",
            options.path, options.port, headers, options.before.size() + token.size(),
            options.before, token));
    }
    return requests;
}

}  // namespace cambist::bench
