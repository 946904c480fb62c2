// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "model/flow.h"
#include "model/session.h"
#include "sessions/revocation_table.h"
#include "store/store.h"

namespace cambist::sessions {

// "the session s1, issued up to 2026-…": for hints and the audit trail.
std::string describe(const Revocation& revocation);

// What was revoked, in memory: checked for every token without a look-up. Loaded at start,
// refreshed by number (own changes at once, those of other nodes within the refresh interval).
// While nothing is revoked readers only read an atomic; they never wait for who adds, or forgets.
// Any thread.
class Revocations {
  public:
    // So many are read at once: there may be millions at start, and twice they need not be held.
    static constexpr std::size_t kPage = 10'000;

    // `store` must outlive this. Call load() before the first request.
    explicit Revocations(store::Store& store);
    Revocations(const Revocations&) = delete;
    Revocations& operator=(const Revocations&) = delete;

    Status load() const { return refresh(); }
    // Takes over what the store has beyond the last number seen.
    Status refresh() const;

    // The first revocation that covers the token: itself or an ancestor (short ids of jti and xp),
    // its refresh family (in xp), tree, session, user, client (azp), or one of `actors` (the subs
    // of its act chain). Nothing when it is free.
    std::optional<Revocation> covers(std::string_view realm, const TokenFacts& facts,
                                     std::span<const std::string> actors = {}) const;
    // The same for a refresh family and what it came from.
    std::optional<Revocation> covers(std::string_view realm, const RefreshFamily& family,
                                     std::span<const std::string> actors = {}) const;
    // Is this session revoked?
    std::optional<Revocation> covers_session(std::string_view realm, const SessionId& id) const;

    // Durable first, then effective here. The operations go into the same commit.
    Status add(std::string_view realm, const Revocation& revocation,
               std::vector<store::Operation> with = {}) const;
    // For who has committed an AddRevocation himself: makes it effective here.
    void apply(std::string_view realm, const Revocation& revocation) const;
    // Forgets what has run out, a realm's when it is worth the work; returns how many.
    std::size_t prune(std::int64_t now) const;
    std::size_t size() const { return size_.load(std::memory_order_acquire); }

  private:
    using View = std::map<std::string, std::shared_ptr<RevocationTable>, std::less<>>;
    // What who changes something has to himself.
    struct Turn {
        std::int64_t number = 0;  // the last one taken over
    };
    using Entry = store::RevocationStore::Entry;
    // By what names a revocation can cover a thing; empty ones do not count.
    struct Named {
        std::span<const std::string> ancestors;
        std::string own;  // short id of the jti or of the family
        std::string_view tree;
        std::string_view session;
        std::string_view user;
        std::string_view client;
        std::span<const std::string> actors;
        std::int64_t issued_at = 0;
    };

    std::shared_ptr<const View> view() const;
    std::optional<Revocation> find(std::string_view realm, const Named& named) const;
    void merge(const std::vector<Entry>& entries) const;
    void publish(std::shared_ptr<const View> view) const;

    store::Store& store_;
    Guarded<Turn> turn_;
    Guarded<std::shared_ptr<const View>> view_;
    mutable std::atomic<std::size_t> size_{0};
};

}  // namespace cambist::sessions
