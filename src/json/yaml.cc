// SPDX-License-Identifier: Apache-2.0
#include "json/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <unordered_map>

#include "base/text.h"
#include "json/yaml_scalar.h"

namespace cambist::json {

namespace {

// What aliases may add to a document, all together: a billion laughs end early.
constexpr std::size_t kMaxAliasedNodes = 100'000;

Position position_of(const YAML::Mark& mark) {
    if (mark.line < 0) return {};
    return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

// Leaves yaml-cpp's parser, whose events can not fail otherwise; caught below.
struct Refusal {
    Position position;
    std::string what;
};

struct Size {
    std::size_t nodes = 1;
    std::size_t depth = 0;
};

Size size_of(const Value& value) {
    Size size;
    const auto add = [&](const Value& child) {
        const auto inner = size_of(child);
        size.nodes += inner.nodes;
        size.depth = std::max(size.depth, inner.depth + 1);
    };
    if (const auto* array = value.if_array()) {
        size.depth = 1;
        for (const auto& item : *array) add(item);
    } else if (const auto* object = value.if_object()) {
        size.depth = 1;
        for (const auto& member : *object) add(member.value);
    }
    return size;
}

// Builds a Value from yaml-cpp's events. One use each.
class Builder final : public YAML::EventHandler {
  public:
    Builder(const Limits& limits, std::vector<Fault>& faults) : limits_(limits), faults_(faults) {}
    Value take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        scalar(Value(), "", position_of(mark), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override;
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(Value::array(), tag, "tag:yaml.org,2002:seq", position_of(mark), anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(Value::object(), tag, "tag:yaml.org,2002:map", position_of(mark), anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    // A collection whose end has not come yet.
    struct Open {
        Value value;
        YAML::anchor_t anchor = YAML::NullAnchor;
        std::unordered_map<std::string, Position> keys = {};  // of a map
        bool has_key = false;
        bool drop_value = false;  // of a key that is at fault
        std::string key = {};
        Position key_position = {};
    };
    bool expects_key() const {
        return !open_.empty() && open_.back().value.is_object() && !open_.back().has_key;
    }
    void scalar(Value value, const std::string& text, Position position, YAML::anchor_t anchor);
    void take_key(const std::string& text, bool usable, Position position);
    void open(Value value, const std::string& tag, std::string_view own_tag, Position position,
              YAML::anchor_t anchor);
    void close();
    void add(Value value, YAML::anchor_t anchor);

    const Limits& limits_;
    std::vector<Fault>& faults_;
    std::vector<Open> open_;
    std::unordered_map<YAML::anchor_t, Value> anchors_;
    std::size_t aliased_nodes_ = 0;
    Value root_;
};

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
    const auto position = position_of(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refusal{position, "an alias inside its own anchor"};
    const auto size = size_of(found->second);
    aliased_nodes_ += size.nodes;
    if (aliased_nodes_ > kMaxAliasedNodes) throw Refusal{position, "the aliases grow too large"};
    if (open_.size() + size.depth > limits_.max_depth)
        throw Refusal{position, "the nesting is too deep"};
    Value copy = found->second;
    copy.set_position(position);
    const auto* text = copy.if_string();
    if (expects_key()) return take_key(text == nullptr ? "" : *text, text != nullptr, position);
    add(std::move(copy), YAML::NullAnchor);
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& text) {
    const auto position = position_of(mark);
    auto value = resolve_yaml_scalar(text, tag);
    if (!value) throw Refusal{position, value.error().hint};
    scalar(*std::move(value), text, position, anchor);
}

void Builder::scalar(Value value, const std::string& text, Position position,
                     YAML::anchor_t anchor) {
    // A key is its text, whatever it would be as a value: `on:`, `1:`.
    if (expects_key()) {
        if (anchor != YAML::NullAnchor) anchors_.insert_or_assign(anchor, Value(text));
        return take_key(text, !value.is_null() || !text.empty(), position);
    }
    value.set_position(position);
    add(std::move(value), anchor);
}

void Builder::take_key(const std::string& text, bool usable, Position position) {
    if (text == "<<") throw Refusal{position, "merge keys (<<) are not supported"};
    auto& map = open_.back();
    map.has_key = true;
    map.key = text;
    map.key_position = position;
    map.drop_value = !usable;
    if (!usable) {
        faults_.push_back(Fault{position, "", "a key must be a text"});
        return;
    }
    const auto [first, fresh] = map.keys.emplace(text, position);
    if (fresh) return;
    map.drop_value = true;
    faults_.push_back(Fault{position, text,
                            "the key \"" + printable(text, 80) + "\" occurs twice (first at " +
                                describe(first->second) + ")"});
}

void Builder::open(Value value, const std::string& tag, std::string_view own_tag, Position position,
                   YAML::anchor_t anchor) {
    if (!tag.empty() && tag != "?" && tag != "!" && tag != own_tag)
        throw Refusal{position, "the tag " + printable(tag, 80) + " is not supported"};
    if (open_.size() >= limits_.max_depth) throw Refusal{position, "the nesting is too deep"};
    value.set_position(position);
    open_.push_back(Open{std::move(value), anchor});
}

void Builder::close() {
    auto closed = std::move(open_.back());
    open_.pop_back();
    if (expects_key()) return take_key("", false, closed.value.position());
    add(std::move(closed.value), closed.anchor);
}

void Builder::add(Value value, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_.insert_or_assign(anchor, value);
    if (open_.empty()) {
        root_ = std::move(value);
        return;
    }
    auto& parent = open_.back();
    if (parent.value.is_array()) {
        parent.value.as_array().push_back(std::move(value));
        return;
    }
    parent.has_key = false;
    if (parent.drop_value) return;
    parent.value.as_object().push_back(
        Member{std::move(parent.key), std::move(value), parent.key_position});
}

std::unexpected<Error> refuse(Position position, const std::string& what) {
    return fail(ErrorCode::kParse, describe(position) + ": " + what);
}

// Nothing but blanks and comments.
bool is_empty(std::string_view text) {
    return std::ranges::all_of(split(text, '\n'), [](std::string_view line) {
        const auto first = line.find_first_not_of(" \t\r");
        return first == std::string_view::npos || line[first] == '#';
    });
}

// With the mark of a document's end. Without it yaml-cpp lets a quote that is never closed run to
// the end of the file, and what it swallowed would be missed by nobody. A last line that ends in no
// line break stays as it is: there yaml-cpp sees it, and a block of text has no break at its end.
std::string with_end(std::string_view text) {
    const auto last_line = text.substr(text.rfind('\n') + 1);
    if (last_line.find_first_not_of(" \t\r") != std::string_view::npos) return std::string(text);
    return std::string(text) + (last_line.empty() ? "...\n" : "\n...\n");
}

}  // namespace

Result<Value> parse_yaml(std::string_view text, const Limits& limits, std::vector<Fault>& faults) {
    if (text.size() > limits.max_bytes)
        return fail(ErrorCode::kParse,
                    "the text has more than " + std::to_string(limits.max_bytes) + " bytes");
    if (!is_valid_utf8(text)) return fail(ErrorCode::kParse, "the text is not valid UTF-8");
    if (text.find('\0') != std::string_view::npos)
        return fail(ErrorCode::kParse, "the text holds a zero byte");
    if (is_empty(text)) return fail(ErrorCode::kParse, "the text is empty");
    try {
        std::istringstream stream{with_end(text)};
        YAML::Parser parser(stream);
        Builder builder(limits, faults);
        if (!parser.HandleNextDocument(builder))
            return fail(ErrorCode::kParse, "the text is empty");
        auto root = builder.take_root();
        Builder rest(limits, faults);
        if (parser.HandleNextDocument(rest))
            return fail(ErrorCode::kParse, "there is a second document in the file");
        return root;
    } catch (const Refusal& refusal) {
        return refuse(refusal.position, refusal.what);
    } catch (const YAML::Exception& exception) {
        return refuse(position_of(exception.mark), printable(exception.msg));  // quotes the text
    } catch (const std::exception& exception) {
        return fail(ErrorCode::kParse, "the text can not be read as YAML", exception.what());
    }
}

}  // namespace cambist::json
