// SPDX-License-Identifier: Apache-2.0
#include "issuers/binder.h"

#include <algorithm>

#include "base/text.h"
#include "identity/origin.h"
#include "issuers/claims.h"
#include "issuers/mappers.h"

namespace cambist::issuers {
namespace {

constexpr std::size_t kLongestUsername = 255;
constexpr std::int64_t kMilliseconds = 1000;

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

std::string name_of_subject(const CheckedForeign& token) {
    return "subject " + quoted(token.foreign.subject) + " of issuer " + quoted(token.issuer->alias);
}

bool has_verified_email(const CheckedForeign& token) {
    return token.issuer->binding.trust_email || text_of(token.claims, "email_verified") == "true";
}

// email_verified speaks of the claim email; the same address may stand in another one.
bool is_verified_email(const CheckedForeign& token, const std::string& value) {
    return token.issuer->binding.trust_email ||
           (has_verified_email(token) &&
            to_lower_ascii(text_of(token.claims, "email")) == to_lower_ascii(value));
}

Status check_admitted(const CheckedForeign& token) {
    for (const auto& test : token.issuer->binding.only_if)
        if (!passes(test, token.claims))
            return fail(ErrorCode::kBindingNotAdmitted,
                        name_of_subject(token) + ": " + explain(test, token.claims));
    return {};
}

// As Keycloak's broker: what the provider calls him, else his address, else who he is there.
std::string name_as_keycloak(const CheckedForeign& token) {
    for (const auto* claim : {"preferred_username", "email"})
        if (auto name = text_of(token.claims, claim); !name.empty()) return name;
    return token.issuer->alias + "." + token.foreign.subject;
}

// What the issuer's entry says of everybody who is new here.
User make_plain_user(const Realm& realm, const CheckedForeign& token, TimePoint now) {
    const auto& binding = token.issuer->binding;
    User user;
    user.id = identity::id_of_origin(realm, token.issuer->alias, token.foreign.subject);
    user.username = to_lower_ascii(
        binding.username.empty() ? name_as_keycloak(token)
                                 : fill_in(binding.username, token.claims, token.issuer->alias));
    user.email = to_lower_ascii(text_of(token.claims, "email"));
    user.email_verified = !user.email.empty() && has_verified_email(token);
    user.first_name = text_of(token.claims, "given_name");
    user.last_name = text_of(token.claims, "family_name");
    user.created_ms = to_unix(now) * kMilliseconds;
    for (const auto& [attribute, claim] : binding.attributes) {
        auto texts = texts_of(find_claim(token.claims, claim));
        if (!texts.empty()) user.attributes[attribute] = std::move(texts);
    }
    user.roles = binding.roles;
    user.groups = binding.groups;
    return user;
}

struct NewUser {
    User user;
    std::map<std::string, std::string> notes;
};

// A new user, an ephemeral one or a workload: the same for the same identity, wherever it is made.
Result<NewUser> make_user(const Realm& realm, const CheckedForeign& token, TimePoint now) {
    NewUser made{make_plain_user(realm, token, now), {}};
    auto& user = made.user;
    auto mapped = map_claims(token, *identity::resolve_user(realm, user), Known::kNew);
    apply(mapped.change, user);
    made.notes = std::move(mapped.notes);
    if (user.username.empty() || user.username.size() > kLongestUsername)
        return fail(ErrorCode::kBindingNotAdmitted,
                    name_of_subject(token) + " has no claims for a user name by " +
                        quoted(token.issuer->binding.username) + " or its mapper");
    return made;
}

FederatedIdentity make_link(const CheckedForeign& token, const UserId& user, TimePoint now) {
    return {.issuer = token.issuer->alias,
            .subject = token.foreign.subject,
            .user = user,
            .username = token.username.empty() ? text_of(token.claims, "preferred_username")
                                               : token.username,
            .created_ms = to_unix(now) * kMilliseconds};
}

// Who leaves no user here goes whole with the tokens that come of him.
Result<std::shared_ptr<const Identity>> make_origin(const Realm& realm, const CheckedForeign& token,
                                                    TimePoint now) {
    CAMBIST_CHECK(check_admitted(token));
    CAMBIST_TRY(auto made, make_user(realm, token, now));
    auto who = identity::with_notes(
        identity::make_origin(realm, *token.issuer, token.foreign.subject, std::move(made.user)),
        made.notes);
    const auto size = identity::details_of(*who).size();
    if (size <= identity::kMostDetailBytes) return who;
    return fail(ErrorCode::kBindingNotAdmitted,
                name_of_subject(token) + " brings " + std::to_string(size) +
                    " bytes of attributes, roles and groups along, at most " +
                    std::to_string(identity::kMostDetailBytes) +
                    ": let the issuer's entry take fewer, or create users");
}

// The same in every answer: what a stranger's token says must not tell who exists here.
Status check_enabled(const realms::Snapshot& realm, const CheckedForeign& token,
                     const Identity& who) {
    const auto& user = *who.user;
    if (!user.enabled)
        return fail(ErrorCode::kSubjectDisabled, "user " + quoted(user.username) + " is disabled");
    if (token.facts.issued_at < user.not_before)
        return fail(ErrorCode::kSubjectTokenRevoked,
                    "it was issued before the not-before of user " + quoted(user.username));
    const auto& organization = token.issuer->organization;
    const bool is_member =
        organization.empty() ||
        std::ranges::find(who.organizations, organization) != who.organizations.end();
    if (!is_member)
        return fail(ErrorCode::kBindingNotAdmitted, "user " + quoted(user.username) +
                                                        " is no member of organization " +
                                                        quoted(organization));
    if (token.facts.issued_at < realm.realm->not_before)
        return fail(ErrorCode::kSubjectTokenRevoked,
                    "it was issued before the not-before of the realm");
    return {};
}

}  // namespace

Result<Bound> Binder::bind(const realms::Snapshot& realm, const CheckedForeign& token,
                           TimePoint now) const {
    const auto& binding = token.issuer->binding;
    if (binding.kind == BindingKind::kNone)
        return fail(ErrorCode::kBindingNone,
                    "issuer " + quoted(token.issuer->alias) +
                        " has no binding: write link, match, create, ephemeral or service");
    Bound bound;
    if (binding.kind == BindingKind::kEphemeral || binding.kind == BindingKind::kService) {
        CAMBIST_TRY(bound.who, make_origin(*realm.realm, token, now));
        // Rules select users by name: nobody from elsewhere bears that of somebody here.
        const auto& name = bound.who->user->username;
        CAMBIST_TRY(const auto same, identities_.find_by_username(*realm.realm, name));
        if (same != nullptr)
            return fail(ErrorCode::kBindingUserExists,
                        name_of_subject(token) + " would be called " + quoted(name) +
                            ", and a user here is; let binding.username begin with ${ALIAS}");
    } else {
        CAMBIST_TRY(bound.who, find_linked(realm, token));
        if (bound.who == nullptr && !binding.match.empty()) {
            CAMBIST_TRY(bound.who, find_match(realm, token));
            if (bound.who != nullptr && binding.auto_link)
                bound.new_link = make_link(token, bound.who->user->id, now);
        }
        if (bound.who == nullptr && binding.kind == BindingKind::kCreate) {
            CAMBIST_TRY(bound, create(realm, token, now));
        }
        if (bound.who != nullptr && !bound.new_user) CAMBIST_CHECK(map(realm, token, bound));
    }
    if (bound.who == nullptr)
        return fail(binding.kind == BindingKind::kLink ? ErrorCode::kBindingNotLinked
                                                       : ErrorCode::kBindingNoMatch,
                    "no user is linked to " + name_of_subject(token) +
                        (binding.kind == BindingKind::kLink
                             ? "; link one, or let the issuer's binding match or create"
                             : ", and none matches its claims"));
    CAMBIST_CHECK(check_enabled(realm, token, *bound.who));
    return bound;
}

Status Binder::map(const realms::Snapshot& realm, const CheckedForeign& token, Bound& bound) const {
    if (token.issuer->mappers.empty()) return {};
    auto mapped = map_claims(token, *bound.who, Known::kBefore);
    CAMBIST_CHECK(drop_taken(realm, *bound.who->user, mapped.change));
    if (mapped.change != UserChange()) {
        auto user = *bound.who->user;
        apply(mapped.change, user);
        bound.who = identity::resolve_user(*realm.realm, std::move(user));
        bound.change = std::move(mapped.change);
    }
    bound.who = identity::with_notes(std::move(bound.who), mapped.notes);
    return {};
}

// A name or an address that somebody else has stays his.
Status Binder::drop_taken(const realms::Snapshot& realm, const User& user,
                          UserChange& change) const {
    if (change.username) {
        CAMBIST_TRY(const auto same, identities_.find_by_username(*realm.realm, *change.username));
        const bool is_taken = same != nullptr && same->user->id != user.id;
        if (is_taken || change.username->size() > kLongestUsername) change.username.reset();
    }
    if (change.email && !realm.realm->duplicate_emails) {
        CAMBIST_TRY(const auto same, identities_.find_by_email(*realm.realm, *change.email));
        const bool is_taken =
            std::ranges::any_of(same, [&](const auto& one) { return one->user->id != user.id; });
        if (is_taken) change.email.reset();
    }
    // Without an address nothing is said of it.
    if (!change.email) change.email_verified = false;
    return {};
}

Binder::Found Binder::find_linked(const realms::Snapshot& realm,
                                  const CheckedForeign& token) const {
    CAMBIST_TRY(const auto link,
                links_.find(realm.realm->name.text(), token.issuer->alias, token.foreign.subject));
    if (!link) return nullptr;
    return identities_.find(*realm.realm, realm.version, link->user);
}

Result<std::vector<std::shared_ptr<const Identity>>> Binder::find_by(
    const realms::Snapshot& realm, const CheckedForeign& token, const ClaimMatch& match,
    const std::string& value) const {
    std::vector<std::shared_ptr<const Identity>> found;
    const auto add = [&](std::shared_ptr<const Identity> one) {
        if (one != nullptr) found.push_back(std::move(one));
    };
    // Whoever may write any address at the issuer would become anybody here, whatever holds the
    // addresses here: user names often are some.
    const bool is_address = match.attribute == "email" || match.claim == "email" ||
                            (match.claim != "sub" && value.contains('@'));
    if (is_address && !is_verified_email(token, value)) return found;
    if (match.attribute == "email") {
        // An address that nobody verified here may be written into a user by whoever wants to be
        // found by it, before its owner comes.
        CAMBIST_TRY(found, identities_.find_by_email(*realm.realm, value));
        if (!token.issuer->binding.trust_email)
            std::erase_if(found, [](const auto& one) { return !one->user->email_verified; });
        return found;
    }
    if (match.attribute == "username") {
        CAMBIST_TRY(auto one, identities_.find_by_username(*realm.realm, value));
        add(std::move(one));
    } else if (match.attribute == "id") {
        CAMBIST_TRY(auto one, identities_.find(*realm.realm, realm.version, UserId(value)));
        add(std::move(one));
    } else {
        return identities_.find_by_attribute(*realm.realm, match.attribute, value);
    }
    return found;
}

Binder::Found Binder::find_match(const realms::Snapshot& realm, const CheckedForeign& token) const {
    for (const auto& match : token.issuer->binding.match) {
        const auto value = text_of(token.claims, match.claim);
        if (value.empty()) continue;
        CAMBIST_TRY(auto found, find_by(realm, token, match, value));
        // A client's account is nobody who logs in elsewhere.
        std::erase_if(found, [](const auto& one) { return one->is_service_account(); });
        if (found.size() > 1)
            return fail(ErrorCode::kBindingAmbiguous,
                        std::to_string(found.size()) + " users have " + match.attribute + " " +
                            quoted(value) + " (claim " + match.claim + ")");
        if (!found.empty()) return std::move(found.front());
    }
    return nullptr;
}

Result<Bound> Binder::create(const realms::Snapshot& realm, const CheckedForeign& token,
                             TimePoint now) const {
    CAMBIST_CHECK(check_admitted(token));
    CAMBIST_TRY(auto made, make_user(*realm.realm, token, now));
    auto& user = made.user;
    if (!token.issuer->organization.empty())
        user.memberships.push_back({.organization = token.issuer->organization, .managed = true});
    Bound bound;
    if (auto is_free = check_free(realm, token, user); !is_free) {
        // Another exchange of the same token may have made him since we looked.
        CAMBIST_TRY(bound.who, find_linked(realm, token));
        if (bound.who != nullptr) return bound;
        return std::unexpected(std::move(is_free).error());
    }
    bound.who = identity::with_notes(identity::resolve_user(*realm.realm, user), made.notes);
    bound.new_link = make_link(token, user.id, now);
    bound.new_user = std::move(user);
    return bound;
}

// E18: who it is must be decided by somebody, not by a name that is the same.
Status Binder::check_free(const realms::Snapshot& realm, const CheckedForeign& token,
                          const User& user) const {
    const auto taken = [&](const std::string& by) {
        return fail(ErrorCode::kBindingUserExists,
                    name_of_subject(token) +
                        " would be a new user, but there is one with the same " + by +
                        "; let the issuer's binding match by a verified address, or link them");
    };
    CAMBIST_TRY(const auto same_id, identities_.find(*realm.realm, realm.version, user.id));
    if (same_id != nullptr) return taken("identity, whose link was removed");
    CAMBIST_TRY(const auto same_name, identities_.find_by_username(*realm.realm, user.username));
    if (same_name != nullptr) return taken("user name, " + quoted(user.username));
    // People are also found by the other of both: nobody from elsewhere is to stand in between.
    CAMBIST_TRY(const auto named_so, identities_.find_by_email(*realm.realm, user.username));
    if (!named_so.empty())
        return taken("e-mail address as it has for a user name, " + quoted(user.username));
    if (user.email.empty()) return {};
    CAMBIST_TRY(const auto same_text, identities_.find_by_username(*realm.realm, user.email));
    if (same_text != nullptr)
        return taken("user name as it has for an e-mail address, " + quoted(user.email));
    if (realm.realm->duplicate_emails) return {};
    CAMBIST_TRY(const auto same_email, identities_.find_by_email(*realm.realm, user.email));
    if (!same_email.empty()) return taken("e-mail address, " + quoted(user.email));
    return {};
}

}  // namespace cambist::issuers
