// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace cambist::postgresql {

// Where a database is and how to log in there, as libpq's URL says it:
// postgresql://user:password@host:port/database?sslmode=verify-full&…  Every parameter of libpq may
// stand in the query; what is missing comes from libpq's environment (PGPASSWORD, PGPASSFILE, …).
class Url {
  public:
    // kConfigInvalid; the message never repeats any part of the text, since where a password was
    // not percent-encoded any part may be of it.
    static Result<Url> parse(std::string_view text);
    Url clone() const;

    // For messages: user, host, port and database, and nothing else.
    const std::string& shown() const { return shown_; }
    // host1,host2: whichever suits is connected to.
    bool has_several_hosts() const;

  private:
    friend class Connection;
    // All values are kept as secrets: which of them are is libpq's business.
    struct Parameter {
        std::string keyword;
        Secret value;
    };
    const Secret* find(std::string_view keyword) const;

    std::vector<Parameter> parameters_;
    std::string shown_;
};

// Does the text begin as such a URL does?
bool is_url(std::string_view text);

}  // namespace cambist::postgresql
