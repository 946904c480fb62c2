// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "model/session.h"

namespace cambist::sessions {

// What finds a revocation: a letter for the kind of thing, and the thing. 'i' is for all that a
// token carries as a short id (short_id.h): itself, its ancestors, its family, and the marks of
// log-ins, actors and rules.
struct RevocationKey {
    char letter;
    std::string_view id;
};

// One realm's revocations, by their keys. Made for millions that are added one by one and seldom
// asked for with success: some 100 bytes for each with the id it shows, no copy when one is added.
// One writer at a time; find() from any thread beside him, without a lock.
class RevocationTable {
  public:
    RevocationTable();
    RevocationTable(const RevocationTable&) = delete;
    RevocationTable& operator=(const RevocationTable&) = delete;
    ~RevocationTable();

    // The one under this key that covers what was issued then.
    std::optional<Revocation> find(const RevocationKey& key, std::int64_t issued_at) const;

    // Of two for the same thing the wider one stays. False, and nothing is added, when the table is
    // full: then it goes into grown().
    bool add(const Revocation& revocation);
    // A copy with room for twice as many, which shares what this holds.
    std::shared_ptr<RevocationTable> grown() const;
    // A copy without those that have run out, with memory of its own; null when they are so few
    // that it would not pay.
    std::shared_ptr<RevocationTable> without_over(std::int64_t now) const;
    // How many things are revoked.
    std::size_t size() const { return size_.load(std::memory_order_relaxed); }

  private:
    struct Record;
    class Memory;
    RevocationTable(std::size_t slots, std::shared_ptr<Memory> memory);
    const Record* record_at(std::size_t slot) const;
    std::optional<std::size_t> find_slot(const RevocationKey& key) const;
    void take_slot(std::uint32_t tag, const Record* record);
    void put(const RevocationKey& key, const Record* record);

    std::shared_ptr<Memory> memory_;
    // Of each slot: a part of the key's hash, 0 where it is empty, and what is there. Apart, so
    // that a search that finds nothing reads the tags alone.
    std::unique_ptr<std::atomic<std::uint32_t>[]> tags_;
    std::unique_ptr<std::atomic<const Record*>[]> records_;
    std::size_t mask_;
    std::size_t used_ = 0;
    std::atomic<std::size_t> size_{0};
};

}  // namespace cambist::sessions
