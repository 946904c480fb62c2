// SPDX-License-Identifier: Apache-2.0
#include "saml/check_assertion.h"

#include <algorithm>

#include "base/text.h"
#include "saml/names.h"

namespace cambist::saml {
namespace {

std::string shown(std::string_view text) { return "'" + printable(text, 120) + "'"; }

std::string list_of(const std::vector<std::string>& texts) {
    return texts.empty() ? "nothing" : shown(join(texts, ", "));
}

Status check_issuer(const WrittenAssertion& written, const Demands& demands) {
    if (!demands.issuer.empty() && written.facts.issuer == demands.issuer) return {};
    return fail(ErrorCode::kSamlIssuer,
                "Issuer is " + shown(written.facts.issuer) + ", expected " + shown(demands.issuer));
}

// SAML Core section 2.2.2: format and qualifiers are part of who it is. There is one format, and no
// qualifier but the issuer's name and ours, so that the value alone tells its subjects apart.
Status check_name_id(const NameId& id, const Demands& demands) {
    if (id.format != demands.name_id_format)
        return fail(ErrorCode::kSamlNameId, "Format of the NameID is " + shown(id.format) +
                                                ", expected " + shown(demands.name_id_format));
    if (!id.name_qualifier.empty() && id.name_qualifier != demands.issuer)
        return fail(ErrorCode::kSamlNameId, "NameQualifier is " + shown(id.name_qualifier) +
                                                ", expected nothing or the issuer");
    const auto& ours = demands.audiences;
    if (!id.sp_name_qualifier.empty() &&
        std::ranges::find(ours, id.sp_name_qualifier) == ours.end())
        return fail(ErrorCode::kSamlNameId, "SPNameQualifier is " + shown(id.sp_name_qualifier) +
                                                ", expected nothing or " + list_of(ours));
    return {};
}

std::unexpected<Error> not_yet(std::string_view what, TimePoint time) {
    return fail(ErrorCode::kSamlNotYetValid, std::string(what) + " is " + to_iso8601(time));
}

Status check_start(const AssertionFacts& facts, const Demands& demands, TimePoint now) {
    if (facts.issued_at > now + demands.skew) return not_yet("IssueInstant", facts.issued_at);
    if (facts.not_before && *facts.not_before > now + demands.skew)
        return not_yet("NotBefore", *facts.not_before);
    if (facts.authentication && facts.authentication->instant > now + demands.skew)
        return not_yet("AuthnInstant", facts.authentication->instant);
    if (now - facts.issued_at > demands.most_age + demands.skew)
        return fail(ErrorCode::kSamlLifetime,
                    "it was issued at " + to_iso8601(facts.issued_at) + "; at most " +
                        std::to_string(demands.most_age.count()) + " s ago is accepted");
    return {};
}

bool has_passed(const std::optional<TimePoint>& end, const Demands& demands, TimePoint now) {
    return end && *end <= now - demands.skew;
}

// SAML Core section 2.5.1.4: every restriction must be met, each by one of its audiences.
Status check_audience(const WrittenAssertion& written, const Demands& demands) {
    const auto& restrictions = written.audience_restrictions;
    const auto names_us = [&](const std::vector<std::string>& audiences) {
        return std::ranges::any_of(audiences, [&](const std::string& one) {
            return std::ranges::find(demands.audiences, one) != demands.audiences.end();
        });
    };
    if (!restrictions.empty() && std::ranges::all_of(restrictions, names_us)) return {};
    return fail(ErrorCode::kSamlAudience, "AudienceRestriction names " +
                                              list_of(written.facts.audiences) + ", expected " +
                                              list_of(demands.audiences));
}

Status check_conditions(const WrittenAssertion& written, const Demands& demands, TimePoint now) {
    if (!written.unknown_conditions.empty())
        return fail(ErrorCode::kSamlCondition, written.unknown_conditions.front());
    if (has_passed(written.not_on_or_after, demands, now))
        return fail(ErrorCode::kSamlExpired,
                    "NotOnOrAfter is " + to_iso8601(*written.not_on_or_after));
    return check_audience(written, demands);
}

// SAML Profiles section 4.1.4.2 and RFC 7522 section 3, item 5. The address is no proof.
Status check_bearer(const WrittenConfirmation& one, const Demands& demands, TimePoint now) {
    if (one.has_not_before)
        return fail(ErrorCode::kSamlConfirmation, "a bearer confirmation must have no NotBefore");
    const auto& recipient = one.data.recipient;
    if (recipient.empty() ||
        std::ranges::find(demands.recipients, recipient) == demands.recipients.end())
        return fail(ErrorCode::kSamlRecipient, "Recipient is " + shown(recipient) + ", expected " +
                                                   list_of(demands.recipients));
    if (has_passed(one.data.not_on_or_after, demands, now))
        return fail(
            ErrorCode::kSamlConfirmationExpired,
            "NotOnOrAfter of SubjectConfirmationData is " + to_iso8601(*one.data.not_on_or_after));
    return {};
}

// One that holds is enough; if none does, the first bearer confirmation says why.
Result<BearerConfirmation> find_confirmation(const WrittenAssertion& written,
                                             const Demands& demands, TimePoint now) {
    std::optional<Error> reason;
    std::vector<std::string> others;
    for (const auto& one : written.confirmations) {
        if (one.method != kBearer) {
            others.push_back(one.method);
            continue;
        }
        auto checked = check_bearer(one, demands, now);
        if (checked) return one.data;
        if (!reason) reason = std::move(checked).error();
    }
    if (reason) return std::unexpected(*std::move(reason));
    return fail(ErrorCode::kSamlConfirmation, "SubjectConfirmation has the methods " +
                                                  list_of(others) + ", expected " +
                                                  std::string(kBearer));
}

// The earliest end; there must be one of the assertion's own (RFC 7522 section 3, item 4).
Status set_end(const WrittenAssertion& written, const Demands& demands, TimePoint now,
               AssertionFacts& facts) {
    const auto& of_conditions = written.not_on_or_after;
    const auto& of_confirmation = facts.confirmation.not_on_or_after;
    if (!of_conditions && !of_confirmation)
        return fail(ErrorCode::kSamlLifetime, "it has no NotOnOrAfter, so that it never ends");
    facts.expires_at = std::min(of_conditions.value_or(TimePoint::max()),
                                of_confirmation.value_or(TimePoint::max()));
    if (facts.expires_at > now + demands.most_life)
        return fail(ErrorCode::kSamlLifetime,
                    "it ends at " + to_iso8601(facts.expires_at) + "; at most " +
                        std::to_string(demands.most_life.count()) + " s ahead is accepted");
    if (!facts.authentication) return {};
    const auto& of_session = facts.authentication->session_not_on_or_after;
    if (has_passed(of_session, demands, now))
        return fail(ErrorCode::kSamlExpired, "SessionNotOnOrAfter is " + to_iso8601(*of_session));
    if (of_session) facts.expires_at = std::min(facts.expires_at, *of_session);
    return {};
}

}  // namespace

Result<AssertionFacts> check_assertion(WrittenAssertion written, const Demands& demands,
                                       TimePoint now) {
    CAMBIST_CHECK(check_issuer(written, demands));
    CAMBIST_CHECK(check_name_id(written.facts.name_id, demands));
    CAMBIST_CHECK(check_start(written.facts, demands, now));
    CAMBIST_CHECK(check_conditions(written, demands, now));
    CAMBIST_TRY(written.facts.confirmation, find_confirmation(written, demands, now));
    CAMBIST_CHECK(set_end(written, demands, now, written.facts));
    if (demands.needs_authn_statement && !written.facts.authentication)
        return fail(ErrorCode::kSamlAuthnStatement, "AuthnStatement is missing");
    return std::move(written.facts);
}

}  // namespace cambist::saml
