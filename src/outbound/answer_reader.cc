// SPDX-License-Identifier: Apache-2.0
// The only file of the module that includes Beast: it costs seconds to compile.
#include "outbound/answer_reader.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <limits>
#include <optional>

#include "base/text.h"

namespace cambist::outbound {

namespace {

namespace beast = boost::beast;
using Parser = beast::http::response_parser<beast::http::string_body>;

constexpr std::uint32_t kMaxHead = 16U * 1024;
constexpr unsigned kSwitching = 101;
constexpr std::size_t kMostInterim = 16;
constexpr std::int64_t kLongestAge = 366LL * 24 * 3600;

std::unexpected<Error> failed(std::string hint, std::string detail = {}) {
    return fail(ErrorCode::kOutboundFailed, std::move(hint), std::move(detail));
}

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }

std::optional<std::chrono::seconds> max_age_of(std::string_view header) {
    std::optional<std::chrono::seconds> age;
    for (const auto item : split(header, ',')) {
        const auto directive = to_lower_ascii(trim(item));
        if (directive == "no-store" || directive == "no-cache") return std::chrono::seconds(0);
        constexpr std::string_view kName = "max-age=";
        if (!directive.starts_with(kName)) continue;
        std::int64_t seconds = 0;
        const auto* end = directive.data() + directive.size();
        const auto [stop, error] = std::from_chars(directive.data() + kName.size(), end, seconds);
        if (error == std::errc::result_out_of_range) seconds = kLongestAge;
        const bool good = error != std::errc::invalid_argument && stop == end && seconds >= 0;
        age = std::chrono::seconds(good ? std::min(seconds, kLongestAge) : 0);
    }
    return age;
}

}  // namespace

struct AnswerReader::State {
    State(std::size_t most, AnswerBody of) : max_bytes(most), body(of) {}

    const std::size_t max_bytes;
    const AnswerBody body;
    std::optional<Parser> parser;
    std::string rest;  // what Beast wants to see again together with what follows
    std::size_t interim = 0;

    void begin() {
        parser.emplace();
        parser->skip(body == AnswerBody::kNone);
        parser->header_limit(kMaxHead);
        parser->body_limit(max_bytes);
        parser->eager(true);
    }
    // RFC 9110 section 15.2: an answer of 1xx is none yet. Taken for one it would leave the real
    // answer on the connection, for whoever asks there next.
    Status skip_interim() {
        const auto status = parser->get().result_int();
        if (status == kSwitching) return failed("the answer switches protocols, unasked");
        if (++interim > kMostInterim) return failed("the answer never comes to an end");
        begin();
        return {};
    }
    bool is_interim() const {
        return parser->is_header_done() && parser->get().result_int() / 100 == 1;
    }
};

AnswerReader::AnswerReader(std::size_t max_bytes, AnswerBody body)
    : state_(std::make_unique<State>(max_bytes, body)) {
    state_->begin();
}
AnswerReader::~AnswerReader() = default;

Result<bool> AnswerReader::feed(std::string_view bytes) {
    state_->rest.append(bytes);
    std::size_t used = 0;
    while (!state_->parser->is_done() && used < state_->rest.size()) {
        beast::error_code error;
        const auto taken = state_->parser->put(
            boost::asio::const_buffer(state_->rest.data() + used, state_->rest.size() - used),
            error);
        used += taken;
        if (error == beast::http::error::need_more) break;
        if (error == beast::http::error::body_limit) return failed("the answer is too large");
        if (error) return failed("the answer is no HTTP that we read", error.message());
        if (state_->is_interim()) {
            CAMBIST_CHECK(state_->skip_interim());
        } else if (taken == 0) {
            break;
        }
    }
    state_->rest.erase(0, used);
    const auto& parser = *state_->parser;
    if (!parser.is_header_done()) return false;
    const auto& head = parser.get();
    const auto coding = view_of(head[beast::http::field::transfer_encoding]);
    if (!coding.empty() && to_lower_ascii(coding) != "chunked")
        return failed("the answer comes in a transfer coding that we do not read");
    const auto content = to_lower_ascii(view_of(head[beast::http::field::content_encoding]));
    if (!content.empty() && content != "identity")
        return failed("the answer is compressed, which was not asked for");
    return parser.is_done();
}

Status AnswerReader::end() {
    beast::error_code error;
    // Without a single byte there is nothing that Beast could end: it would abort.
    if (!state_->parser->got_some()) return failed("the server hung up without an answer");
    if (!state_->parser->is_done()) state_->parser->put_eof(error);
    if (error || !state_->parser->is_done()) return failed("the answer was cut off");
    return {};
}

bool AnswerReader::leaves_connection() const {
    // Nobody knows whether a body follows the answer to HEAD all the same.
    return state_->body == AnswerBody::kAsSaid && state_->parser->is_done() &&
           state_->parser->keep_alive() && state_->rest.empty();
}

Answer AnswerReader::take() {
    auto message = state_->parser->release();
    Answer answer;
    answer.status = static_cast<int>(message.result_int());
    const auto type = view_of(message[beast::http::field::content_type]);
    answer.content_type = to_lower_ascii(trim(type.substr(0, type.find(';'))));
    answer.max_age = max_age_of(view_of(message[beast::http::field::cache_control]));
    for (const auto& field : message)
        answer.headers.emplace_back(view_of(field.name_string()), view_of(field.value()));
    answer.body = std::move(message.body());
    return answer;
}

}  // namespace cambist::outbound
