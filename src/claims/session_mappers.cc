// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include "claims/mapper.h"

// Mappers that read the log-in: its notes, its level, its session.
namespace cambist::claims {

namespace {

using Note = std::string (*)(const Context& context);

// Keycloak keeps these of a service account's log-in; nobody else has them.
template <Note kRead>
std::string of_service_account(const Context& context) {
    return context.subject.is_service_account() ? kRead(context) : std::string();
}
std::string read_auth_time(const Context& context) {
    return context.auth_time == 0 ? std::string() : std::to_string(context.auth_time);
}
std::string read_client(const Context& context) {
    return context.subject.user->service_account_of.text();
}
std::string read_address(const Context& context) { return std::string(context.client_address); }

// Keycloak's notes of an impersonation, and two of ours.
std::string read_impersonator_id(const Context& context) {
    return context.impersonator == nullptr ? std::string() : context.impersonator->user->id.text();
}
std::string read_impersonator_name(const Context& context) {
    return context.impersonator == nullptr ? std::string() : context.impersonator->user->username;
}
std::string read_reason(const Context& context) { return std::string(context.reason); }
std::string read_ticket(const Context& context) { return std::string(context.ticket); }

Note find_note(std::string_view name) {
    if (name == "IMPERSONATOR_ID") return read_impersonator_id;
    if (name == "IMPERSONATOR_USERNAME") return read_impersonator_name;
    if (name == "IMPERSONATION_REASON") return read_reason;
    if (name == "IMPERSONATION_TICKET") return read_ticket;
    if (name == "AUTH_TIME") return read_auth_time;
    if (name == "clientId" || name == "client_id") return of_service_account<read_client>;
    // No reverse look-up: the host is the address, as where Keycloak finds no name.
    if (name == "clientHost" || name == "clientAddress") return of_service_account<read_address>;
    return nullptr;
}

class SessionNoteMapper final : public Mapper {
  public:
    SessionNoteMapper(ClaimShape shape, Note note) : shape_(std::move(shape)), note_(note) {}

    void write(const Context& context, ClaimTree& claims) const override {
        const auto value = note_(context);
        if (!value.empty()) shape_.write(claims, value);
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    ClaimShape shape_;
    Note note_;
};

// What mappers of a trusted issuer noted of the log-in there.
class ForeignNoteMapper final : public Mapper {
  public:
    ForeignNoteMapper(ClaimShape shape, std::string note)
        : shape_(std::move(shape)), note_(std::move(note)) {}

    void write(const Context& context, ClaimTree& claims) const override {
        const auto& notes = context.subject.notes;
        const auto found = notes.find(note_);
        if (found != notes.end()) shape_.write(claims, found->second);
    }
    std::string_view root() const override { return shape_.path.root(); }

  private:
    ClaimShape shape_;
    std::string note_;
};

// Keycloak writes "1" for every log-in that was not single sign-on, service accounts included.
class AcrMapper final : public Mapper {
  public:
    void write(const Context& context, ClaimTree& claims) const override {
        static constexpr std::array<std::string_view, 1> kPath{"acr"};
        claims.set_string(kPath, context.acr.empty() ? "1" : context.acr);
    }
    std::string_view root() const override { return "acr"; }
};

// RFC 8176.
class AmrMapper final : public Mapper {
  public:
    void write(const Context& context, ClaimTree& claims) const override {
        if (context.session == nullptr || context.session->auth_method != "password") return;
        static constexpr std::array<std::string_view, 1> kPath{"amr"};
        claims.list(kPath).add({}, "pwd");
    }
    std::string_view root() const override { return "amr"; }
};

class SessionStateMapper final : public Mapper {
  public:
    void write(const Context& context, ClaimTree& claims) const override {
        if (context.session == nullptr) return;
        static constexpr std::array<std::string_view, 1> kPath{"session_state"};
        claims.set_string(kPath, context.session->id.text());
    }
    std::string_view root() const override { return "session_state"; }
};

}  // namespace

namespace {

// Tokens are refused whose auth_time is no whole number (OpenID Connect Core section 2).
Status as_auth_time(ClaimShape& shape) {
    if (shape.path.root() != "auth_time") return {};
    if (shape.path.view().size() != 1)
        return fail(ErrorCode::kConfigInvalid, "the claim \"auth_time\" is a number without parts");
    shape.type = JsonType::kLong;
    shape.multivalued = false;
    return {};
}

}  // namespace

bool is_own_note(std::string_view name) { return find_note(name) != nullptr; }

MadeMapper make_session_note_mapper(const MapperConfig& config) {
    const auto name = setting(config, "user.session.note");
    const auto claim = setting(config, "claim.name");
    // The minter writes client_id: it is the holder, whoever the subject is.
    if (claim == "client_id" && (name == "client_id" || name == "clientId")) return nullptr;
    if (name.empty()) return fail(ErrorCode::kConfigInvalid, "it names no note");
    CAMBIST_TRY(auto shape, name == "AUTH_TIME" ? ClaimShape::parse(config, {"auth_time"})
                                                : ClaimShape::parse(config));
    CAMBIST_CHECK(as_auth_time(shape));
    const auto note = find_note(name);
    if (note == nullptr)
        return std::make_unique<const ForeignNoteMapper>(std::move(shape), std::string(name));
    return std::make_unique<const SessionNoteMapper>(std::move(shape), note);
}

MadeMapper make_acr_mapper(const MapperConfig&) { return std::make_unique<const AcrMapper>(); }
MadeMapper make_amr_mapper(const MapperConfig&) { return std::make_unique<const AmrMapper>(); }
MadeMapper make_session_state_mapper(const MapperConfig&) {
    return std::make_unique<const SessionStateMapper>();
}

}  // namespace cambist::claims
