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
    // The certificate of the client and those it sent with it, as DER: of the handshake, so that
    // the client has its key. Nobody has looked at who made them. Empty: it showed none.
    std::vector<std::string> certificates = {};
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

// Who waits for an answer.
class Asker {
  public:
    virtual ~Asker() = default;
    // Once, on any thread.
    virtual void on_answer(Response response) noexcept = 0;
    virtual void on_no_answer() noexcept = 0;
};

// The right, and the duty, to answer one request once. May be kept after the handler has returned
// and used from any thread; until then the request stays alive. Dropped unused, the client hears
// 500, which is counted.
class Reply {
  public:
    explicit Reply(Asker& asker) : asker_(&asker) {}
    Reply(Reply&& other) noexcept
        : asker_(std::exchange(other.asker_, nullptr)), headers_(std::move(other.headers_)) {}
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;
    Reply& operator=(Reply&&) = delete;
    ~Reply() {
        if (asker_ != nullptr) asker_->on_no_answer();
    }
    // Not answered yet, and not moved away.
    bool is_open() const { return asker_ != nullptr; }
    // Goes with the answer, whatever it will be.
    void add_header(Header header) { headers_.push_back(std::move(header)); }
    void send(Response response);

  private:
    Asker* asker_;
    std::vector<Header> headers_;
};

// Answers requests on the worker pool: blocking is fine. Called from many threads at once. An
// exception is counted, logged and answered with 500 unless the reply was moved away.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual void handle(const Request& request, Reply& reply) const = 0;
};

// One whose answer is complete when its call ends.
class PlainHandler : public Handler {
  public:
    virtual Response answer(const Request& request) const = 0;
    void handle(const Request& request, Reply& reply) const final { reply.send(answer(request)); }
};

}  // namespace cambist::http
