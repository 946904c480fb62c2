// SPDX-License-Identifier: Apache-2.0
#include "keys/rotation.h"

#include <algorithm>
#include <tuple>

#include "keys/repository.h"

namespace cambist::keys::rotation {
namespace {

// What `ensure` looks for is the source: of a key and those that replace it only one has it.
constexpr std::string_view kNext = "next: ";
constexpr std::string_view kReplaced = "replaced: ";
constexpr std::string_view kGenerated = "generated";

bool is_in(const store::KeyRow& row, KeyState state) { return row.state == name_of(state); }

bool is_next(const store::KeyRow& row) {
    return row.activates > 0 && is_in(row, KeyState::kPassive);
}

// As the ring sorts them.
bool is_better(const store::KeyRow& a, const store::KeyRow& b) {
    return std::tie(b.priority, b.created, a.kid) < std::tie(a.priority, a.created, b.kid);
}

// From now on it signs, and who had its place does not.
void activate(const std::vector<store::KeyRow>& rows, store::KeyRow fresh, std::int64_t retires,
              std::vector<store::KeyRow>& write) {
    fresh.state = name_of(KeyState::kActive);
    fresh.activates = 0;
    if (fresh.source.starts_with(kNext)) fresh.source.erase(0, kNext.size());
    write.push_back(fresh);
    for (auto row : rows) {
        if (row.kid == fresh.kid || row.algorithm != fresh.algorithm ||
            row.source != fresh.source || !is_in(row, KeyState::kActive))
            continue;
        row.state = name_of(KeyState::kPassive);
        row.source = std::string(kReplaced) + row.source;
        row.retires = retires;
        write.push_back(std::move(row));
    }
}

}  // namespace

const store::KeyRow* find_signer(const std::vector<store::KeyRow>& rows,
                                 std::string_view algorithm) {
    const store::KeyRow* best = nullptr;
    for (const auto& row : rows) {
        if (row.algorithm != algorithm || !is_in(row, KeyState::kActive)) continue;
        if (best == nullptr || is_better(row, *best)) best = &row;
    }
    return best;
}

bool is_generated(const Realm& realm, const store::KeyRow& row) {
    if (row.source == kGenerated) return true;
    return std::ranges::any_of(realm.wanted_keys, [&](const WantedKey& wanted) {
        return row.source == "realm file: " + wanted.name && row.algorithm == wanted.algorithm;
    });
}

bool has_next(const std::vector<store::KeyRow>& rows, std::string_view algorithm) {
    return std::ranges::any_of(
        rows, [&](const store::KeyRow& row) { return row.algorithm == algorithm && is_next(row); });
}

void make_next(store::KeyRow& fresh, const store::KeyRow* signer, bool is_generated,
               std::int64_t activates) {
    fresh.state = name_of(KeyState::kPassive);
    fresh.activates = activates;
    fresh.source = std::string(kNext) + std::string(kGenerated);
    if (signer == nullptr) return;
    // One that a realm file brings stays: the file would make it active again.
    fresh.priority = signer->priority + (is_generated ? 0 : 1);
    if (is_generated) fresh.source = std::string(kNext) + signer->source;
}

Step due(const std::vector<store::KeyRow>& rows, const RotationPolicy& policy, std::int64_t now) {
    Step step;
    for (const auto& row : rows) {
        if (is_next(row) && row.activates <= now)
            activate(rows, row, now + policy.keep, step.write);
        if (row.retires > 0 && row.retires <= now && is_in(row, KeyState::kPassive))
            step.remove.push_back(row.kid);
    }
    if (!step.write.empty()) return step;
    // Who died between the two writes of an activation left two of one place.
    for (const auto& row : rows) {
        if (!is_in(row, KeyState::kActive)) continue;
        const bool is_outdone = std::ranges::any_of(rows, [&](const store::KeyRow& other) {
            return other.source == row.source && other.algorithm == row.algorithm &&
                   is_in(other, KeyState::kActive) && is_better(other, row);
        });
        if (!is_outdone) continue;
        auto& former = step.write.emplace_back(row);
        former.state = name_of(KeyState::kPassive);
        former.source = std::string(kReplaced) + former.source;
        former.retires = now + policy.keep;
    }
    return step;
}

std::vector<std::string> too_old(const Realm& realm, const std::vector<store::KeyRow>& rows,
                                 const RotationPolicy& policy, std::int64_t now) {
    std::vector<std::string> algorithms;
    if (policy.max_age == 0) return algorithms;
    for (const auto& row : rows) {
        const auto* signer = find_signer(rows, row.algorithm);
        if (signer != &row || !is_generated(realm, row) || has_next(rows, row.algorithm)) continue;
        if (row.created + policy.max_age - policy.publish <= now)
            algorithms.push_back(row.algorithm);
    }
    return algorithms;
}

}  // namespace cambist::keys::rotation
