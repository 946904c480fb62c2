// SPDX-License-Identifier: Apache-2.0
#include "store/conformance/conformance.h"

#include <array>
#include <atomic>

#include "store_postgresql/test_place.h"

namespace cambist::store {
namespace {

using store_postgresql::Place;
using store_postgresql::PostgresqlStore;

class InDatabase final : public Backend {
  public:
    InDatabase() { reopen(); }
    Store& store() override { return *store_; }
    bool reopen() override {
        store_.reset();
        auto opened = place_.open();
        EXPECT_TRUE(opened) << opened.error().describe();
        store_ = *std::move(opened);
        return true;
    }

  private:
    Place place_{store_postgresql::Schema::kShared};
    std::unique_ptr<PostgresqlStore> store_;
};

std::unique_ptr<Backend> make_backend() { return std::make_unique<InDatabase>(); }
INSTANTIATE_TEST_SUITE_P(Postgresql, StoreConformance, testing::Values(make_backend));

// Two nodes on one database: the test itself asks the first, and of the threads that it starts each
// asks the other one than the thread before.
class TwoNodes final : public Backend {
  public:
    TwoNodes() { reopen(); }
    Store& store() override {
        thread_local const std::size_t thread = threads()++;
        return *nodes_[thread % 2];
    }
    bool reopen() override {
        for (auto& node : nodes_) {
            node.reset();
            auto opened = place_.open();
            EXPECT_TRUE(opened) << opened.error().describe();
            node = *std::move(opened);
        }
        return true;
    }

  private:
    static std::atomic<std::size_t>& threads() {
        static std::atomic<std::size_t> number = 0;
        return number;
    }

    Place place_{store_postgresql::Schema::kShared};
    std::array<std::unique_ptr<PostgresqlStore>, 2> nodes_;
};

std::unique_ptr<Backend> make_two_nodes() { return std::make_unique<TwoNodes>(); }
INSTANTIATE_TEST_SUITE_P(TwoNodes, StoreConformance, testing::Values(make_two_nodes));

}  // namespace
}  // namespace cambist::store
