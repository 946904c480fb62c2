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
    app.add_option("--tokens", options.tokens, "file, one token a line");
    app.add_option("--bodies", options.bodies, "file, one 'STATUS BODY' a line, instead");
    app.add_flag("--may-be-refused", options.may_be_refused, "503 with Retry-After is counted");
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

std::vector<Request> render_requests(const Options& options) {
    std::string headers;
    for (const auto& header : options.headers) headers += header + "\r\n";
    const auto render = [&](std::string_view body) {
        return fmt::format(
            "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
            options.path, options.port, headers, body.size(), body);
    };
    std::vector<Request> requests;
    const bool are_bodies = !options.bodies.empty();
    std::ifstream file(are_bodies ? options.bodies : options.tokens);
    for (std::string line; std::getline(file, line);) {
        if (!are_bodies) {
            requests.push_back({render(options.before + line), 200});
            continue;
        }
        const auto space = line.find(' ');
        if (space == std::string::npos) continue;
        requests.push_back({render(line.substr(space + 1)), std::atoi(line.c_str())});
    }
    return requests;
}

}  // namespace cambist::bench
