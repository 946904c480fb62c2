// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "store_postgresql/open.h"
#include "store_postgresql/postgresql_store.h"

namespace cambist::store_postgresql {

// The database that tests/support/postgresql.py made.
inline std::shared_ptr<const postgresql::Url> test_url() {
    const auto text = environment("CAMBIST_TEST_POSTGRESQL");
    // Without a server no test could fail: run this by ctest, or by tests/support/postgresql.py.
    CAMBIST_ASSERT(text.has_value());
    auto url = postgresql::Url::parse(*text);
    CAMBIST_ASSERT(url.has_value());
    return std::make_shared<const postgresql::Url>(*std::move(url));
}

// A schema of its own for one test, or one that is emptied before each: faster, for those that
// leave its tables as they are. Nothing is dropped: it all goes with the server.
enum class Schema : std::uint8_t { kOwn, kShared };
class Place {
  public:
    explicit Place(Schema schema = Schema::kOwn) {
        settings.url = test_url();
        settings.max_connections = 4;
        settings.schema = "t" + std::to_string(getpid());
        if (schema == Schema::kOwn)
            settings.schema += "_" + std::to_string(next()++);
        else
            empty();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    Result<std::unique_ptr<PostgresqlStore>> open(Mode mode = Mode::kServe) {
        auto chosen = settings;
        chosen.mode = mode;
        return PostgresqlStore::open(chosen, {clock_, random_, log_, metrics_});
    }
    // As the owner of the schema, with it in the path; whether it worked.
    bool run(const std::string& script) {
        auto connection = open_connection(settings);
        return connection && connection->run_script(script);
    }

    PostgresqlSettings settings;

  private:
    // Fails where nothing has been made yet.
    void empty() {
        static_cast<void>(run(
            "BEGIN; ALTER TABLE audit DISABLE TRIGGER USER; DELETE FROM audit; "
            "ALTER TABLE audit ENABLE TRIGGER USER; DELETE FROM audit_head; "
            "UPDATE audit_beginning SET sequence=0; DELETE FROM lease; "
            "DELETE FROM realm; DELETE FROM realm_object; DELETE FROM realm_user; "
            "DELETE FROM user_change; DELETE FROM session; DELETE FROM refresh_family; "
            "DELETE FROM refresh_token; DELETE FROM reference_token; DELETE FROM taken; DELETE "
            "FROM revocation; "
            "DELETE FROM federated_identity; DELETE FROM relation; DELETE FROM api_key; DELETE "
            "FROM use_counter; "
            "DELETE FROM hand_off; DELETE FROM signing_key; DELETE FROM login_failure; COMMIT"));
    }
    static int& next() {
        static int number = 0;
        return number;
    }
    SystemClock clock_;
    SystemRandom random_;
    Log log_{clock_};
    Metrics metrics_;
};

}  // namespace cambist::store_postgresql
