// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/guarded.h"

namespace cambist::identity {

// A bounded map from (realm, id) to an immutable value that holds for one version of the realm.
// Sharded by key; of a shard leaves first what was not used for a whole round (second chance: a hit
// touches nothing but its own entry). A hit takes no allocation. Any thread.
template <class T>
class ShardedCache {
  public:
    explicit ShardedCache(std::size_t capacity)
        : capacity_(std::max<std::size_t>(1, (capacity + kShards - 1) / kShards)) {}

    struct Key {
        std::string_view realm;
        std::string_view id;
        friend bool operator==(const Key&, const Key&) = default;
    };

    // Null when it is not here for this version.
    std::shared_ptr<const T> find(const Key& key, std::int64_t version) const {
        return shard_of(key).with([&](Shard& shard) -> std::shared_ptr<const T> {
            const auto found = shard.index.find(key);
            if (found == shard.index.end() || found->second->version != version) return nullptr;
            found->second->used = true;
            return found->second->value;
        });
    }

    // Taken before the value is read from the store; put() drops a value that was invalidated
    // between, so that a slow reader can not bring back what somebody changed.
    std::uint64_t ticket(const Key& key) const {
        return shard_of(key).with([](Shard& shard) { return shard.changes; });
    }

    void put(const Key& key, std::int64_t version, std::shared_ptr<const T> value,
             std::uint64_t ticket) const {
        std::list<Entry> dead;  // dies outside the lock
        std::list<Entry> fresh;
        fresh.push_front(
            Entry{std::string(key.realm), std::string(key.id), version, std::move(value)});
        shard_of(key).with([&](Shard& shard) {
            if (shard.changes != ticket) return;
            if (const auto found = shard.index.find(key); found != shard.index.end()) {
                if (found->second->version > version) return;
                shard.remove(found, dead);
            }
            shard.entries.splice(shard.entries.begin(), fresh);
            const auto entry = shard.entries.begin();
            shard.index.emplace(entry->key(), entry);
            shard.shrink(capacity_, dead);
        });
    }

    void erase(const Key& key) const {
        std::list<Entry> dead;
        shard_of(key).with([&](Shard& shard) {
            ++shard.changes;
            if (const auto found = shard.index.find(key); found != shard.index.end())
                shard.remove(found, dead);
        });
    }

    void erase_realm(std::string_view realm) const {
        for (const auto& guarded : shards_) {
            std::list<Entry> dead;
            guarded.with([&](Shard& shard) {
                ++shard.changes;
                for (auto entry = shard.index.begin(); entry != shard.index.end();) {
                    const auto next = std::next(entry);
                    if (entry->first.realm == realm) shard.remove(entry, dead);
                    entry = next;
                }
            });
        }
    }

    std::size_t size() const {
        std::size_t total = 0;
        for (const auto& guarded : shards_)
            total += guarded.with([](Shard& shard) { return shard.entries.size(); });
        return total;
    }

  private:
    struct Entry {
        std::string realm;
        std::string id;
        std::int64_t version = 0;
        std::shared_ptr<const T> value;
        bool used = false;  // since it was last at the end of the list
        Key key() const { return {realm, id}; }
    };
    struct Hash {
        std::size_t operator()(const Key& key) const noexcept {
            const std::hash<std::string_view> hash;
            return hash(key.id) ^ (hash(key.realm) * 0x9E3779B97F4A7C15U);
        }
    };
    using Entries = std::list<Entry>;  // newest first; the index's keys view into its nodes
    struct Shard {
        Entries entries;
        std::unordered_map<Key, typename Entries::iterator, Hash> index;
        std::uint64_t changes = 0;

        void remove(typename decltype(index)::iterator at, Entries& dead) {
            const auto entry = at->second;
            index.erase(at);
            dead.splice(dead.begin(), entries, entry);
        }
        void shrink(std::size_t capacity, Entries& dead) {
            while (entries.size() > capacity) {
                const auto last = std::prev(entries.end());
                if (std::exchange(last->used, false)) {
                    entries.splice(entries.begin(), entries, last);
                } else {
                    remove(index.find(last->key()), dead);
                }
            }
        }
    };
    static constexpr std::size_t kShards = 16;

    const Guarded<Shard>& shard_of(const Key& key) const {
        // The map uses the low bits, the shards the high ones.
        return shards_[(Hash{}(key) >> 48U) % kShards];
    }

    const std::size_t capacity_;
    std::array<Guarded<Shard>, kShards> shards_;
};

}  // namespace cambist::identity
