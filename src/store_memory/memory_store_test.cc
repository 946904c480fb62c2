// SPDX-License-Identifier: Apache-2.0
#include "store_memory/memory_store.h"

#include "store/conformance/conformance.h"

namespace cambist::store {
namespace {

class InMemory final : public Backend {
  public:
    Store& store() override { return store_; }
    bool reopen() override { return false; }

  private:
    store_memory::MemoryStore store_;
};

std::unique_ptr<Backend> make_backend() { return std::make_unique<InMemory>(); }
INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, testing::Values(make_backend));

TEST(MemoryStore, FailsCommitsWhileItIsToldTo) {
    store_memory::MemoryStore store("n1");
    store.fail_commits(true);
    const auto failed = store.commit({kRealm, {make_audit("T1")}});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(store.ping());
    store.fail_commits(false);
    EXPECT_TRUE(store.commit({kRealm, {make_audit("T1")}}));
    EXPECT_EQ(store.audit().tail(1)->front().node, "n1");
}

}  // namespace
}  // namespace cambist::store
