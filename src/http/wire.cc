// SPDX-License-Identifier: Apache-2.0
#include "http/wire.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/text.h"

namespace cambist::http {

namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

bool is_ours(std::string_view name) {
    return same_name(name, "Content-Length") || same_name(name, "Connection") ||
           same_name(name, "Date") || same_name(name, "Transfer-Encoding");
}

bool is_safe(const Header& header) {
    constexpr std::string_view kBreakers("\r\n\0", 3);
    return is_token(header.first) && header.second.find_first_of(kBreakers) == std::string::npos;
}

// RFC 9110 section 8.6: neither of them carries a body or its length.
bool has_length(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

// NOLINTNEXTLINE(readability-function-size): one line a status
std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

bool render_response(const Response& response, const Framing& framing, std::string& out) {
    out.clear();
    constexpr int kLeast = 200;
    constexpr int kMost = 599;
    if (response.status < kLeast || response.status > kMost) return false;
    if (!std::all_of(response.headers.begin(), response.headers.end(), is_safe)) return false;
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(response.status));
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\nDate: ";
    append_date(out, framing.now);
    out += "\r\n";
    for (const auto& [name, value] : response.headers)
        if (!is_ours(name)) append_header(out, name, value);
    if (framing.close) append_header(out, "Connection", "close");
    if (has_length(response.status)) {
        out += "Content-Length: ";
        append_number(out, response.body.size());
        out += "\r\n";
    }
    out += "\r\n";
    if (!framing.head_request && has_length(response.status)) out += response.body;
    return true;
}

void render_refusal(const Refusal& refusal, const Framing& framing, std::string& out) {
    Response response{
        refusal.status,
        // Any script may read it: nothing is in it, and who asked is not known yet.
        {{"Content-Type", "application/json"},
         {"Cache-Control", "no-store"},
         {"Access-Control-Allow-Origin", "*"}},
        R"({"error":")" +
            std::string(refusal.status >= 500 ? "temporarily_unavailable" : "invalid_request") +
            R"(","error_description":")" + std::string(refusal.reason) + R"("})"};
    if (refusal.status == 503) response.headers.emplace_back("Retry-After", "1");
    render_response(response, framing, out);
}

}  // namespace cambist::http
