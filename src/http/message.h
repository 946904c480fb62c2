// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cambist::http {

// Who sent a request, as far as the transport knows. Behind a trusted proxy it is what that proxy
// says; from anybody else, forwarding headers are not looked at.
struct Peer {
    std::string address;     // IPv4 or IPv6 text, without port
    bool secure = false;     // the client spoke HTTPS (to us, or to the trusted proxy)
    bool via_proxy = false;  // came through a trusted proxy
};

using Header = std::pair<std::string, std::string>;

// Where the parts of a request stand in its head; written by the parser only.
struct HeadSpan {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
};
struct HeadLayout {
    HeadSpan method, path, query;
    bool has_query = false;
    std::vector<std::pair<HeadSpan, HeadSpan>> fields;
};

// One complete request, already found well-formed. A value type; const use from any thread.
// Views stay valid as long as the request.
class Request {
  public:
    Request() = default;
    // For tests and tools: `target` is "/path?query".
    static Request make(std::string_view method, std::string_view target,
                        const std::vector<Header>& headers = {}, std::string body = {},
                        Peer peer = {"127.0.0.1", true, false});

    std::string_view method() const { return view(layout_.method); }
    // Raw: percent-encoding and ';' are as the client wrote them.
    std::string_view path() const { return view(layout_.path); }
    // Without the '?'; nothing when there was none.
    std::optional<std::string_view> query() const;
    // The names are compared without regard to case (RFC 9110 section 5.1). header() gives the
    // first value; use headers() or count() where a repeated field matters.
    std::optional<std::string_view> header(std::string_view name) const;
    std::vector<std::string_view> headers(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    std::size_t header_count() const { return layout_.fields.size(); }
    std::pair<std::string_view, std::string_view> header_at(std::size_t index) const;

    const std::string& body() const { return body_; }
    const Peer& peer() const { return peer_; }
    // "https" or "http", as the client saw it.
    std::string_view scheme() const { return peer_.secure ? "https" : "http"; }

  private:
    friend class RequestParser;
    friend class Connection;
    std::string_view view(HeadSpan span) const {
        return std::string_view(head_).substr(span.begin, span.size);
    }

    std::string head_;
    HeadLayout layout_;
    std::string body_;
    Peer peer_;
};

// What a handler answers. Content-Length, Connection and Date are the server's to write: a
// handler's are dropped. A header with CR, LF or NUL turns the whole answer into a 500.
struct Response {
    int status = 200;
    std::vector<Header> headers;
    std::string body;
};

// Answers requests on the worker pool: blocking is fine, and each call runs to its end. Called
// from many threads at once. An exception is counted, logged and answered with 500.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual Response handle(const Request& request) const = 0;
};

}  // namespace cambist::http
