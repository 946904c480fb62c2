// SPDX-License-Identifier: Apache-2.0
// The only file that includes Beast: it costs seconds to compile.
#include "http/parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include "http/head_rules.h"
#include "http/text.h"

namespace cambist::http {

namespace {

namespace beast = boost::beast;
using BeastView = beast::string_view;
using BeastError = beast::error_code;

// Beast's parser, made to note where the parts stand instead of copying them. It is given a whole
// head at once and never the body.
class HeadReader final : public beast::http::basic_parser<true> {
  public:
    HeadReader(std::string_view head, HeadLayout& layout, std::size_t max_fields)
        : head_(head), layout_(layout), max_fields_(max_fields) {
        header_limit(static_cast<std::uint32_t>(head.size() + 1));
        body_limit(boost::none);
    }

    Refusal read() {
        BeastError error;
        put(boost::asio::const_buffer(head_.data(), head_.size()), error);
        if (refusal_) return refusal_;
        if (error == beast::http::error::bad_version) return bad_version();
        if (error || !is_header_done()) return {400, "The request is malformed."};
        return split_target(head_, target_, layout_);
    }
    bool http11() const { return http11_; }
    HeadSpan target() const { return target_; }

  private:
    HeadSpan span(BeastView part) const {
        return {static_cast<std::uint32_t>(part.data() - head_.data()),
                static_cast<std::uint32_t>(part.size())};
    }

    Refusal bad_version() const {
        const auto line = head_.substr(0, head_.find('\r'));
        const auto space = line.rfind(' ');
        const auto version = space == std::string_view::npos ? line : line.substr(space + 1);
        if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.')
            return {505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
        return {400, "The request is malformed."};
    }

    void on_request_impl(beast::http::verb, BeastView method, BeastView target, int version,
                         BeastError&) override {
        layout_.method = span(method);
        target_ = span(target);
        http11_ = version == 11;
    }
    void on_field_impl(beast::http::field, BeastView name, BeastView value,
                       BeastError& error) override {
        if (layout_.fields.size() >= max_fields_) {
            refusal_ = {431, "There are too many headers."};
            error = beast::http::error::header_limit;
            return;
        }
        layout_.fields.emplace_back(span(name), value.empty() ? HeadSpan{} : span(value));
    }
    void on_header_impl(BeastError&) override { header_done_ = true; }
    bool is_header_done() const { return header_done_; }

    // None of these is reached: a request has no status, and the body is not put() into it.
    void on_response_impl(int, BeastView, int, BeastError&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, BeastError&) override {}
    std::size_t on_body_impl(BeastView body, BeastError&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, BeastView, BeastError&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, BeastError&) override {
        return body.size();
    }
    void on_finish_impl(BeastError&) override {}

    std::string_view head_;
    HeadLayout& layout_;
    std::size_t max_fields_;
    HeadSpan target_;
    Refusal refusal_;
    bool http11_ = false;
    bool header_done_ = false;
};

constexpr auto kNone = std::string::npos;

}  // namespace

std::size_t RequestParser::feed(std::string_view bytes) {
    std::size_t used = 0;
    if (state_ == ParseState::kHead) used = feed_head(bytes);
    if (state_ == ParseState::kBody) used += feed_body(bytes.substr(used));
    return used;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
    auto& head = request_.head_;
    const auto before = head.size();
    const auto taken = std::min(bytes.size(), limits_.header_bytes - before);
    head.append(bytes.substr(0, taken));
    const auto end = find_head_end();
    if (state_ == ParseState::kRefused) return taken;
    if (end == kNone) {
        if (head.size() >= limits_.header_bytes) {
            refuse(lines_ == 0 ? Refusal{414, "The request target is too long."}
                               : Refusal{431, "The headers are too large."});
        }
        return taken;
    }
    // An empty line before the request was cut out of `head`, so count from the back.
    const auto unused = head.size() - end;
    head.resize(end);
    read_head();
    return taken - unused;
}

// Looks at the bytes that are new: where the empty line ends, or none yet.
std::size_t RequestParser::find_head_end() {
    auto& head = request_.head_;
    while (scanned_ < head.size()) {
        // Spots another protocol (a TLS hello, say) at its first byte.
        if (!is_token_char(head.front()) && head.front() != '\r') {
            refuse({400, "The request is malformed."});
            return kNone;
        }
        const auto at = head.find('\n', scanned_);
        if (at == std::string::npos) {
            scanned_ = head.size();
            return kNone;
        }
        scanned_ = at + 1;
        if (end_line(at)) return at + 1;
        if (state_ == ParseState::kRefused) return kNone;
    }
    return kNone;
}

// One line of the head ends at `line_feed`. True: it was the empty one that ends the head.
bool RequestParser::end_line(std::size_t line_feed) {
    auto& head = request_.head_;
    // RFC 9112 section 2.2 lets us take a bare LF as a line end; whoever stands before us might
    // not.
    if (line_feed == line_start_ || head[line_feed - 1] != '\r') {
        refuse({400, "A line ends without CR LF."});
        return false;
    }
    const bool empty = line_feed == line_start_ + 1;
    if (empty && lines_ == 0) {
        // RFC 9112 section 2.2: one empty line before the request line is ignored.
        if (skipped_empty_line_) {
            refuse({400, "The request is malformed."});
            return false;
        }
        skipped_empty_line_ = true;
        head.erase(0, line_feed + 1);
        scanned_ = 0;
        return false;
    }
    // RFC 9112 section 5.2: a folded header may be refused.
    if (lines_ > 0 && (head[line_start_] == ' ' || head[line_start_] == '\t')) {
        refuse({400, "A header is folded over two lines."});
        return false;
    }
    ++lines_;
    line_start_ = line_feed + 1;
    return empty;
}

void RequestParser::read_head() {
    HeadReader reader(request_.head_, request_.layout_, limits_.header_count);
    if (const auto refusal = reader.read()) return refuse(refusal);
    // RFC 9112 section 3.2.2: an absolute target overrules Host; two that differ are a trick.
    const auto authority = target_authority(request_.head_, reader.target());
    if (!authority.empty() && !same_name(authority, request_.header("Host").value_or("")))
        return refuse({400, "The request target and Host name different hosts."});
    const auto facts = check_head(request_, reader.http11(), limits_);
    if (facts.refusal) return refuse(facts.refusal);
    body_size_ = facts.body_size;
    keeps_alive_ = facts.keeps_alive;
    expects_continue_ = facts.expects_continue && body_size_ > 0;
    // Not more than most requests need: a length is only a promise.
    constexpr std::size_t kUsualBody = 8192;
    request_.body_.reserve(std::min(body_size_, kUsualBody));
    state_ = body_size_ > 0 ? ParseState::kBody : ParseState::kComplete;
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
    const auto taken = std::min(bytes.size(), body_size_ - request_.body_.size());
    request_.body_.append(bytes.substr(0, taken));
    if (request_.body_.size() == body_size_) state_ = ParseState::kComplete;
    return taken;
}

void RequestParser::refuse(Refusal why) {
    state_ = ParseState::kRefused;
    refusal_ = why;
    keeps_alive_ = false;
}

void RequestParser::reset() {
    request_.head_.clear();
    request_.body_.clear();
    request_.layout_.fields.clear();
    state_ = ParseState::kHead;
    refusal_ = {};
    scanned_ = line_start_ = lines_ = body_size_ = 0;
    skipped_empty_line_ = expects_continue_ = keeps_alive_ = false;
}

}  // namespace cambist::http
