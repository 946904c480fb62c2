// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "store/store.h"

// What every backend must do. A backend's test links cambist_store_conformance and says
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, testing::Values(make_backend));
namespace cambist::store {

// An empty store in a place of its own, which goes with the object.
class Backend {
  public:
    virtual ~Backend() = default;
    virtual Store& store() = 0;
    // Closes the store and opens it again; false when nothing would be left.
    virtual bool reopen() = 0;
};
using MakeStore = std::function<std::unique_ptr<Backend>()>;

class StoreConformance : public testing::TestWithParam<MakeStore> {
  protected:
    void SetUp() override { backend_ = GetParam()(); }
    Store& store() { return backend_->store(); }
    Backend& backend() { return *backend_; }
    // Commits these operations to `realm` (kRealm unless said).
    Status commit(std::vector<Operation> operations, const std::string& realm = "shop");
    ErrorCode refusal(std::vector<Operation> operations);
    std::size_t audit_rows();

  private:
    std::unique_ptr<Backend> backend_;
};

inline constexpr const char* kRealm = "shop";
inline constexpr const char* kOtherRealm = "bank";

// Values with every member set.
User make_user(const std::string& id, const std::string& username);
Session make_session(const std::string& id, const std::string& user = "u1");
RefreshFamily make_family(const std::string& id, const std::string& session = "s1");
// Ends as to_text() writes them.
Relation make_relation(const std::string& id, const std::string& actor = "user:u1",
                       const std::string& subject = "user:u2");
ApiKey make_api_key(const std::string& id, const std::string& user = "u1");
KeyRow make_key(const std::string& kid);
AppendAudit make_audit(const std::string& trace, std::int64_t at_us = 1'000'000);
// The first ten characters of a ULID of this time, and sixteen of `tail`.
std::string make_trace(std::int64_t unix_ms, char tail);

// Their members in words, to compare and to show.
std::string describe(const User& user);
std::string describe(const Session& session);
std::string describe(const RefreshFamily& family);
std::string describe(const KeyRow& key);

}  // namespace cambist::store
