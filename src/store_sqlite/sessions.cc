// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/nouns.h"
#include "store_sqlite/rows.h"

namespace cambist::store_sqlite {
namespace {

// All rows of body, expires, uses.
Result<std::vector<RefreshFamily>> read_families(sql::Statement& select) {
    std::vector<RefreshFamily> families;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return families;
        CAMBIST_TRY(auto family, read_family(select, 0));
        families.push_back(std::move(family));
    }
}

}  // namespace

Result<std::optional<Session>> Sessions::find(std::string_view realm, const SessionId& id) const {
    static const std::string sql =
        "SELECT " + std::string(kSessionColumns) + " FROM session WHERE realm=?1 AND id=?2";
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare(sql));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).bind(2, id.text()).step());
    return is_row ? std::optional(read_session(select)) : std::nullopt;
}

Result<std::vector<Session>> Sessions::of_user(std::string_view realm, const UserId& user) const {
    static const std::string sql = "SELECT " + std::string(kSessionColumns) +
                                   " FROM session WHERE realm=?1 AND user=?2 ORDER BY id";
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare(sql));
    select.bind(1, realm).bind(2, user.text());
    std::vector<Session> sessions;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return sessions;
        sessions.push_back(read_session(select));
    }
}

Result<std::optional<store::RefreshToken>> Refresh::find(std::string_view realm,
                                                         std::string_view hash) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(
        auto select,
        reader->prepare("SELECT t.state,t.uses,f.body,f.expires,f.uses FROM refresh_token t "
                        "JOIN refresh_family f ON f.realm=t.realm AND f.id=t.family "
                        "WHERE t.realm=?1 AND t.hash=?2"));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).bind(2, hash).step());
    if (!is_row) return std::optional<store::RefreshToken>();
    store::RefreshToken token;
    token.state = select.int64(0) == 0 ? store::RefreshState::kActive : store::RefreshState::kUsed;
    token.uses = select.int64(1);
    CAMBIST_TRY(token.family, read_family(select, 2));
    return std::optional(std::move(token));
}

Result<std::vector<RefreshFamily>> Refresh::of_session(std::string_view realm,
                                                       const SessionId& session) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT body,expires,uses FROM refresh_family WHERE realm=?1 "
                                "AND session=?2 AND session<>'' ORDER BY id"));
    select.bind(1, realm).bind(2, session.text());
    return read_families(select);
}

Result<std::vector<RefreshFamily>> Refresh::without_session(std::string_view realm,
                                                            const UserId& user) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT body,expires,uses FROM refresh_family WHERE realm=?1 "
                                "AND user=?2 AND session='' ORDER BY id"));
    select.bind(1, realm).bind(2, user.text());
    return read_families(select);
}

Result<std::optional<ReferenceToken>> ReferenceTokens::find(std::string_view realm,
                                                            std::string_view hash) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select, reader->prepare("SELECT claims,expires FROM reference_token "
                                             "WHERE realm=?1 AND hash=?2"));
    CAMBIST_TRY(const bool is_row, select.bind(1, realm).bind(2, hash).step());
    if (!is_row) return std::optional<ReferenceToken>();
    return std::optional(ReferenceToken{.hash = std::string(hash),
                                        .claims = std::string(select.text(0)),
                                        .expires = select.int64(1)});
}

Result<std::vector<store::RevocationStore::Entry>> Revocations::since(std::int64_t number,
                                                                      std::size_t limit) const {
    CAMBIST_TRY(auto reader, access_.readers.borrow());
    CAMBIST_TRY(auto select,
                reader->prepare("SELECT number,realm,kind,id,issued_before,until FROM "
                                "revocation WHERE number>?1 ORDER BY number LIMIT ?2"));
    select.bind(1, number).bind(2, limit);
    std::vector<Entry> entries;
    while (true) {
        CAMBIST_TRY(const bool is_row, select.step());
        if (!is_row) return entries;
        const Revocation revocation{static_cast<RevocationKind>(select.int64(2)),
                                    std::string(select.text(3)), select.int64(4), select.int64(5)};
        entries.push_back({select.int64(0), std::string(select.text(1)), revocation});
    }
}

}  // namespace cambist::store_sqlite
