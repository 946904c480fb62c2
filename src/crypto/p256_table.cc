// SPDX-License-Identifier: Apache-2.0
// Only the library's older interface makes multiples of a point and keeps them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/p256_table.h"

#include <openssl/obj_mac.h>
#include <unistd.h>

#include <deque>
#include <new>
#include <optional>
#include <system_error>
#include <thread>

#include "base/gather.h"
#include "base/guarded.h"
#include "crypto/openssl.h"
#include "crypto/pkey.h"
#include "crypto/signature.h"

namespace cambist::crypto {
namespace {

using BnContextPtr = std::unique_ptr<BN_CTX, Free<BN_CTX_free>>;
using PointPtr = std::unique_ptr<EC_POINT, Free<EC_POINT_free>>;

// What a check works on, made once a thread.
struct Workplace {
    // Never freed: tables of any thread are checked against it.
    const EC_GROUP* curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BnContextPtr context{BN_CTX_new()};
    PointPtr of_generator, of_key;
    NumberPtr r{BN_new()}, digest{BN_new()}, inverse{BN_new()}, times{BN_new()};

    Workplace() {
        CAMBIST_ASSERT(curve != nullptr && context && r && digest && inverse && times);
        of_generator.reset(EC_POINT_new(curve));
        of_key.reset(EC_POINT_new(curve));
        CAMBIST_ASSERT(of_generator && of_key);
    }
};

bool read(NumberPtr& number, std::span<const unsigned char> bytes) {
    return BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), number.get()) != nullptr;
}

// (digest / s) * generator + (r / s) * key
bool find_point(Workplace& at, const EC_GROUP* with_key) {
    const auto* order = EC_GROUP_get0_order(at.curve);
    const auto multiply = [&](const EC_GROUP* group, const BIGNUM* number, EC_POINT* point) {
        return BN_mod_mul(at.times.get(), number, at.inverse.get(), order, at.context.get()) == 1 &&
               EC_POINT_mul(group, point, at.times.get(), nullptr, nullptr, at.context.get()) == 1;
    };
    return multiply(at.curve, at.digest.get(), at.of_generator.get()) &&
           multiply(with_key, at.r.get(), at.of_key.get()) &&
           EC_POINT_add(at.curve, at.of_generator.get(), at.of_generator.get(), at.of_key.get(),
                        at.context.get()) == 1;
}

}  // namespace

std::unique_ptr<const P256Table> P256Table::make(const EVP_PKEY* key) {
    const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X);
    const auto y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
    const BnContextPtr context(BN_CTX_new());
    GroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    CAMBIST_ASSERT(context && group);
    const PointPtr point(EC_POINT_new(group.get()));
    CAMBIST_ASSERT(point != nullptr);
    const bool is_made =
        x && y &&
        EC_POINT_set_affine_coordinates(group.get(), point.get(), x->get(), y->get(),
                                        context.get()) == 1 &&
        EC_GROUP_set_generator(group.get(), point.get(), EC_GROUP_get0_order(group.get()),
                               BN_value_one()) == 1 &&
        EC_GROUP_precompute_mult(group.get(), context.get()) == 1 &&
        EC_GROUP_have_precompute_mult(group.get()) == 1;
    if (is_made) return std::unique_ptr<const P256Table>(new P256Table(std::move(group)));
    drain_errors();
    return nullptr;
}

// An error in the inverse could not make a forgery pass: the point that comes out is that of
// another s, and who has no key can not make any s that serves.
bool P256Table::accepts(std::span<const unsigned char, kP256Bytes> digest,
                        std::string_view signature) const {
    if (signature.size() != 2 * kP256Bytes) return false;
    const std::span both(bytes_of(signature), signature.size());
    const auto r = both.first<kP256Bytes>();
    const auto s = words_of(both.last<kP256Bytes>());
    if (!is_in_range(words_of(r)) || !is_in_range(s)) return false;

    thread_local Workplace at;
    const auto inverse = bytes_of_words(inverse_of_public(s));
    const bool is_found =
        read(at.r, r) && read(at.digest, digest) && read(at.inverse, inverse) &&
        find_point(at, group_.get()) &&
        EC_POINT_get_affine_coordinates(at.curve, at.of_generator.get(), at.times.get(), nullptr,
                                        at.context.get()) == 1;  // not of infinity
    if (!is_found) {
        drain_errors();
        return false;
    }
    // x is below p, which is less than twice the order.
    const auto* order = EC_GROUP_get0_order(at.curve);
    if (BN_cmp(at.times.get(), order) >= 0 && BN_sub(at.times.get(), at.times.get(), order) != 1)
        return false;
    return BN_cmp(at.times.get(), at.r.get()) == 0;
}

namespace {

std::atomic<std::size_t> most_tables{kMostKeyTables};

}  // namespace

void allow_key_tables(std::size_t most) { most_tables = most; }

// The thread that makes tables, begun when the first is wanted.
class TableWhenOften::Maker {
  public:
    Maker() : thread_([this] { serve(); }) {}
    Maker(const Maker&) = delete;
    Maker& operator=(const Maker&) = delete;
    ~Maker() {
        state_.change([](State& state) { state.is_stopping = true; });
    }

    // Of the process; may throw std::system_error where there can be no more threads.
    static Maker& get() {
        static Maker maker;
        return maker;
    }

    // False when there are as many as there may be.
    bool order(const TableWhenOften& whose, const EVP_PKEY* key) {
        bool is_taken = false;
        state_.change([&](State& state) {
            is_taken = state.places < most_tables;
            if (!is_taken) return;
            ++state.places;
            state.orders.push_back({&whose, key});
        });
        return is_taken;
    }

    // Returns when nobody works for `whose` any more, nor will.
    void give_up(const TableWhenOften& whose) {
        state_.wait([&](const State& state) { return state.now != &whose; },
                    [&](State& state) {
                        std::erase_if(state.orders,
                                      [&](const Order& order) { return order.whose == &whose; });
                        --state.places;
                    });
    }

  private:
    struct Order {
        const TableWhenOften* whose;
        const EVP_PKEY* key;
    };
    struct State {
        std::deque<Order> orders;
        const TableWhenOften* now = nullptr;  // whose is being made
        std::size_t places = 0;               // tables and orders
        bool is_stopping = false;
    };

    void serve() {
        // Of this thread: it takes a quarter of a busy core. It holds the lock for moments only.
        constexpr int kNicer = 5;
        gather_always();
        [[maybe_unused]] const int now = ::nice(kNicer);
        while (const auto order = next()) {
            try {
                order->whose->table_.store(P256Table::make(order->key).release(),
                                           std::memory_order_release);
            } catch (const std::bad_alloc&) {  // then it goes on without
                drain_errors();
            }
            state_.change([](State& state) { state.now = nullptr; });
        }
    }

    std::optional<Order> next() {
        return state_.wait(
            [](const State& state) { return state.is_stopping || !state.orders.empty(); },
            [](State& state) -> std::optional<Order> {
                if (state.is_stopping) return std::nullopt;
                const auto order = state.orders.front();
                state.orders.pop_front();
                state.now = order.whose;
                return order;
            });
    }

    Guarded<State> state_;
    std::jthread thread_;  // last: it ends before what it uses
};

TableWhenOften::~TableWhenOften() {
    if (!has_place_) return;
    Maker::get().give_up(*this);
    delete table_.load();
}

const P256Table* TableWhenOften::find(const EVP_PKEY* key) const {
    const auto* table = table_.load(std::memory_order_acquire);
    if (table != nullptr || uses_.load(std::memory_order_relaxed) >= kOften ||
        uses_.fetch_add(1, std::memory_order_relaxed) + 1 != kOften)
        return table;
    try {
        has_place_ = Maker::get().order(*this, key);
    } catch (const std::system_error&) {  // there can be no more threads
        return nullptr;
    }
    if (!has_place_) uses_ = 0;
    return nullptr;
}

}  // namespace cambist::crypto
