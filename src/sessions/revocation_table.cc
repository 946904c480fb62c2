// SPDX-License-Identifier: Apache-2.0
#include "sessions/revocation_table.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <memory_resource>
#include <new>
#include <string>

#include "sessions/rule_revocation.h"
#include "sessions/short_id.h"

namespace cambist::sessions {
namespace {

constexpr std::size_t kFewestSlots = 64;
constexpr std::size_t kMostKeys = 2;  // that one revocation has
// Below so many, those that have run out are forgotten at once; of more, when they are a part.
constexpr std::size_t kFew = 4096;
constexpr std::size_t kPart = 16;
constexpr std::size_t kBlock = 64UL * 1024;

struct OwnKey {
    char letter = 0;
    std::string id;
};

// The first one is the thing itself; the other is by what tokens in which somebody acts carry the
// marks of him and his log-in among their ancestors.
std::array<OwnKey, kMostKeys> keys_of(RevocationKind kind, std::string_view id) {
    const auto as_given = [id] { return std::string(id); };
    switch (kind) {
        case RevocationKind::kToken: {
            const auto rule = revoked_rule(kind, id);
            return {OwnKey{'i', rule.empty() ? as_given() : rule_mark(rule)}, OwnKey{}};
        }
        case RevocationKind::kFamily:
            return {OwnKey{'i', short_id(id)}, OwnKey{}};
        case RevocationKind::kTree:
            return {OwnKey{'t', as_given()}, OwnKey{}};
        case RevocationKind::kSession:
            return {OwnKey{'s', as_given()}, OwnKey{'i', session_mark(id)}};
        case RevocationKind::kUser:
            return {OwnKey{'u', as_given()}, OwnKey{}};
        case RevocationKind::kClient:
            return {OwnKey{'c', as_given()}, OwnKey{}};
        case RevocationKind::kActor:
            return {OwnKey{'a', as_given()}, OwnKey{'i', actor_mark(id)}};
    }
    return {};
}

std::int64_t or_always(std::int64_t before) {
    return before == 0 ? std::numeric_limits<std::int64_t>::max() : before;
}

std::uint32_t tag_of(const RevocationKey& key) {
    constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
    const auto letter = static_cast<unsigned char>(key.letter);
    const std::uint64_t hash = (std::hash<std::string_view>{}(key.id) ^ letter) * kSpread;
    return std::max(static_cast<std::uint32_t>(hash >> 32U), 1U);  // 0 is for empty slots
}

}  // namespace

// What is shown of a revocation. Its id is in the same memory.
struct RevocationTable::Record {
    std::int64_t before;
    std::int64_t until;
    const char* text;
    std::uint32_t length;
    RevocationKind kind;

    std::string_view id() const { return {text, length}; }
    Revocation shown() const { return {kind, std::string(id()), before, until}; }
    // Only who met the tag of this key asks, so the marks are seldom made.
    bool has(const RevocationKey& key) const {
        const auto keys = keys_of(kind, id());
        return std::ranges::any_of(
            keys, [&](const OwnKey& own) { return own.letter == key.letter && own.id == key.id; });
    }
};

// Records are never changed and go all at once.
class RevocationTable::Memory {
  public:
    const Record* add(const Revocation& revocation) {
        const auto size = revocation.id.size();
        auto* text = static_cast<char*>(memory_.allocate(std::max<std::size_t>(size, 1), 1));
        std::ranges::copy(revocation.id, text);
        return new (memory_.allocate(sizeof(Record), alignof(Record)))
            Record{revocation.before, revocation.until, text, static_cast<std::uint32_t>(size),
                   revocation.kind};
    }

  private:
    std::pmr::monotonic_buffer_resource memory_{kBlock};
};

RevocationTable::RevocationTable() : RevocationTable(kFewestSlots, std::make_shared<Memory>()) {}

RevocationTable::RevocationTable(std::size_t slots, std::shared_ptr<Memory> memory)
    : memory_(std::move(memory)),
      tags_(std::make_unique<std::atomic<std::uint32_t>[]>(slots)),
      records_(std::make_unique<std::atomic<const Record*>[]>(slots)),
      mask_(slots - 1) {}

RevocationTable::~RevocationTable() = default;

const RevocationTable::Record* RevocationTable::record_at(std::size_t slot) const {
    return records_[slot].load(std::memory_order_acquire);
}

std::optional<std::size_t> RevocationTable::find_slot(const RevocationKey& key) const {
    const auto wanted = tag_of(key);
    for (std::size_t at = wanted & mask_;; at = (at + 1) & mask_) {
        const auto tag = tags_[at].load(std::memory_order_acquire);
        if (tag == 0) return std::nullopt;
        if (tag == wanted && record_at(at)->has(key)) return at;
    }
}

std::optional<Revocation> RevocationTable::find(const RevocationKey& key,
                                                std::int64_t issued_at) const {
    const auto slot = find_slot(key);
    if (!slot) return std::nullopt;
    const auto* record = record_at(*slot);
    if (issued_at > or_always(record->before)) return std::nullopt;
    return record->shown();
}

// The record first: who sees the tag finds it.
void RevocationTable::take_slot(std::uint32_t tag, const Record* record) {
    std::size_t at = tag & mask_;
    while (tags_[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & mask_;
    records_[at].store(record, std::memory_order_release);
    tags_[at].store(tag, std::memory_order_release);
    ++used_;
}

void RevocationTable::put(const RevocationKey& key, const Record* record) {
    if (const auto slot = find_slot(key))
        records_[*slot].store(record, std::memory_order_release);
    else
        take_slot(tag_of(key), record);
}

bool RevocationTable::add(const Revocation& revocation) {
    // Never more than seven of ten are taken, so that a search soon meets an empty one.
    if ((used_ + kMostKeys) * 10 > (mask_ + 1) * 7) return false;
    const auto keys = keys_of(revocation.kind, revocation.id);
    auto wider = revocation;
    if (const auto known = find_slot({keys[0].letter, keys[0].id})) {
        const auto& old = *record_at(*known);
        if (or_always(old.before) > or_always(wider.before)) wider.before = old.before;
        wider.until = wider.until == 0 || old.until == 0 ? 0 : std::max(wider.until, old.until);
        if (wider.before == old.before && wider.until == old.until) return true;
    } else {
        size_.fetch_add(1, std::memory_order_relaxed);
    }
    const auto* record = memory_->add(wider);
    for (const auto& key : keys)
        if (key.letter != 0) put({key.letter, key.id}, record);
    return true;
}

std::shared_ptr<RevocationTable> RevocationTable::grown() const {
    const std::shared_ptr<RevocationTable> bigger(new RevocationTable((mask_ + 1) * 2, memory_));
    for (std::size_t at = 0; at <= mask_; ++at)
        if (const auto tag = tags_[at].load(std::memory_order_relaxed); tag != 0)
            bigger->take_slot(tag, record_at(at));
    bigger->size_ = size();
    return bigger;
}

std::shared_ptr<RevocationTable> RevocationTable::without_over(std::int64_t now) const {
    const auto is_over = [now](const Record& record) {
        return record.until != 0 && record.until <= now;
    };
    std::size_t over = 0;
    for (std::size_t at = 0; at <= mask_; ++at) {
        const auto* record = record_at(at);
        if (record != nullptr && is_over(*record)) ++over;
    }
    if (over == 0 || (used_ > kFew && over < used_ / kPart)) return nullptr;
    auto kept = std::make_shared<RevocationTable>();
    for (std::size_t at = 0; at <= mask_; ++at) {
        const auto* record = record_at(at);
        if (record == nullptr || is_over(*record)) continue;
        // One with two keys is met twice, and is there already the second time.
        while (!kept->add(record->shown())) kept = kept->grown();
    }
    return kept;
}

}  // namespace cambist::sessions
