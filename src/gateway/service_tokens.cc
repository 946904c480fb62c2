// SPDX-License-Identifier: Apache-2.0
#include "gateway/service_tokens.h"

#include <optional>
#include <utility>

namespace cambist::gateway {
namespace {

// How long a refusal is believed without asking again.
constexpr std::int64_t kRefusedFor = 5;

std::unexpected<Error> over() {
    return fail(ErrorCode::kSubjectSessionEnded, "the session has ended");
}

// What is known already; nothing when the server has to be asked.
std::optional<Result<Held>> kept(const Holdings& holdings, const Service& service,
                                 std::int64_t now) {
    if (holdings.is_over) return over();
    const auto found = holdings.of_services.find(service.audience);
    if (found == holdings.of_services.end()) return std::nullopt;
    const auto& own = found->second;
    if (own.token.text != nullptr && own.token.until > now) return Result<Held>(own.token.text);
    if (own.refused && own.refused_until > now) return std::unexpected(*own.refused);
    return std::nullopt;
}

// Who has the tokens of a session that is over can use them no more.
void end(Holdings& holdings) {
    holdings.is_over = true;
    holdings.access = {};
    holdings.refresh = nullptr;
    holdings.of_services.clear();
}

}  // namespace

Result<ServiceTokens::Found> ServiceTokens::find(const Session& session,
                                                 const Service& service) const {
    const auto look = [&] {
        return session.holdings().with([&](const Holdings& holdings) {
            return kept(holdings, service, to_unix(clock_.now()));
        });
    };
    if (auto known = look()) {
        CAMBIST_TRY(auto text, *std::move(known));
        return Found{std::move(text), Freshness::kKept};
    }
    const auto turn = session.take_turn();
    if (!turn) return fail(ErrorCode::kOverloaded, "requests of the session wait for the server");
    // Whoever had the turn before may have fetched it.
    if (auto known = look()) {
        CAMBIST_TRY(auto text, *std::move(known));
        return Found{std::move(text), Freshness::kKept};
    }
    auto token = fetch(session, service);
    session.holdings().change([&](Holdings& holdings) {
        if (!token && token.error().code == ErrorCode::kSubjectSessionEnded) return end(holdings);
        auto& own = holdings.of_services[service.audience];
        own = token ? ServiceToken{*token, std::nullopt, 0}
                    : ServiceToken{{}, token.error(), to_unix(clock_.now()) + kRefusedFor};
    });
    if (!token) return std::unexpected(std::move(token.error()));
    return Found{std::move(token->text), Freshness::kFetched};
}

// In the session's turn. The access token may have been revoked before its end: then the refresh
// token knows better.
Result<Token> ServiceTokens::fetch(const Session& session, const Service& service) const {
    CAMBIST_TRY(const auto access, access_token(session, /*must_be_fresh=*/false));
    auto token = tokens_.exchange(*access, service, clock_.now());
    if (token || token.error().code != ErrorCode::kSubjectTokenUnusable) return token;
    CAMBIST_TRY(const auto fresh, access_token(session, /*must_be_fresh=*/true));
    token = tokens_.exchange(*fresh, service, clock_.now());
    if (!token && token.error().code == ErrorCode::kSubjectTokenUnusable) return over();
    return token;
}

Result<Held> ServiceTokens::access_token(const Session& session, bool must_be_fresh) const {
    const auto [access, refresh] = session.holdings().with(
        [](const Holdings& holdings) { return std::pair(holdings.access, holdings.refresh); });
    if (!must_be_fresh && access.text != nullptr && access.until > to_unix(clock_.now()))
        return access.text;
    if (refresh == nullptr) return over();
    auto refreshed = tokens_.refresh(*refresh, clock_.now());
    if (!refreshed && refreshed.error().code == ErrorCode::kSubjectTokenUnusable) return over();
    if (!refreshed) return std::unexpected(std::move(refreshed.error()));
    session.holdings().change([&](Holdings& holdings) {
        holdings.access = refreshed->access;
        if (refreshed->refresh != nullptr) holdings.refresh = refreshed->refresh;
    });
    return refreshed->access.text;
}

void ServiceTokens::forget(const Session& session, const Service& service,
                           const Held& token) const {
    session.holdings().change([&](Holdings& holdings) {
        const auto found = holdings.of_services.find(service.audience);
        if (found != holdings.of_services.end() && found->second.token.text == token)
            holdings.of_services.erase(found);
    });
}

Status ServiceTokens::log_out(const Session& session) const {
    const auto turn = session.take_turn();  // a refresh under way would give a new refresh token
    Held access;
    Held refresh;
    session.holdings().change([&](Holdings& holdings) {
        access = holdings.access.text;
        refresh = holdings.refresh;
        end(holdings);
    });
    if (refresh != nullptr) return tokens_.log_out(*refresh);
    return access != nullptr ? tokens_.revoke(*access) : Status();
}

Status ServiceTokens::drop(const Session& session) const {
    const auto turn = session.take_turn();
    Held last;
    session.holdings().change([&](Holdings& holdings) {
        last = holdings.refresh != nullptr ? holdings.refresh : holdings.access.text;
        end(holdings);
    });
    return last != nullptr ? tokens_.revoke(*last) : Status();
}

}  // namespace cambist::gateway
