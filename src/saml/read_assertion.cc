// SPDX-License-Identifier: Apache-2.0
#include "saml/read_assertion.h"

#include <algorithm>

#include "base/text.h"
#include "saml/date_time.h"
#include "saml/names.h"
#include "saml/structure.h"

namespace cambist::saml {
namespace {

constexpr std::size_t kMaxAttributes = 500;
constexpr std::size_t kMaxNameBytes = 1024;

std::unexpected<Error> wrong(std::string hint) {
    return fail(ErrorCode::kSamlStructure, std::move(hint));
}

std::optional<XmlElement> find_child(const XmlElement& parent, std::string_view name) {
    for (const auto& child : parent.children())
        if (child.is(kSaml, name)) return child;
    return std::nullopt;
}

// White space around a URI is not part of it (xs:anyURI collapses it).
std::string uri_text(const XmlElement& element) { return std::string(trim_xml(element.text())); }

Result<std::optional<TimePoint>> time_of(const XmlElement& element, std::string_view name) {
    const auto text = element.attribute(name);
    if (!text) return std::optional<TimePoint>();
    const auto time = parse_date_time(*text);
    if (!time)
        return wrong(std::string(name) + " of " + std::string(element.name()) +
                     " is no time in UTC: '" + printable(*text, 40) + "'");
    return std::optional(*time);
}

Result<TimePoint> needed_time(const XmlElement& element, std::string_view name) {
    CAMBIST_TRY(const auto time, time_of(element, name));
    if (!time) return wrong(std::string(element.name()) + " has no " + std::string(name));
    return *time;
}

// A name is compared byte by byte: what a reader might trim, or can not see, may not be in it.
bool is_clean_name(std::string_view text) {
    if (text.empty() || text.size() > kMaxNameBytes || trim_xml(text).size() != text.size())
        return false;
    return std::ranges::none_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Result<NameId> read_name_id(const XmlElement& element) {
    NameId id;
    id.value = element.text();
    if (!is_clean_name(id.value))
        return fail(ErrorCode::kSamlNameId,
                    "NameID is '" + printable(id.value, 80) +
                        "': empty, too long, or with white space around it");
    id.format = element.attribute("Format").value_or(std::string(kUnspecifiedFormat));
    id.name_qualifier = element.attribute("NameQualifier").value_or("");
    id.sp_name_qualifier = element.attribute("SPNameQualifier").value_or("");
    id.sp_provided_id = element.attribute("SPProvidedID").value_or("");
    return id;
}

Result<NameId> read_encrypted_id(const XmlElement& element, const DecryptionKeys& keys) {
    CAMBIST_TRY(const auto decrypted, decrypt_element(element, keys));
    const auto root = decrypted.document.root();
    if (!root.is(kSaml, "NameID"))
        return fail(ErrorCode::kSamlNameId, "EncryptedID does not hold a NameID");
    CAMBIST_CHECK(check_structure(root));
    return read_name_id(root);
}

WrittenConfirmation read_method(const XmlElement& element) {
    WrittenConfirmation confirmation;
    confirmation.method = std::string(trim_xml(element.attribute("Method").value_or("")));
    return confirmation;
}

Result<WrittenConfirmation> read_confirmation(const XmlElement& element) {
    auto confirmation = read_method(element);
    if (confirmation.method.empty()) return wrong("SubjectConfirmation has no Method");
    const auto data = find_child(element, "SubjectConfirmationData");
    if (!data) return confirmation;
    confirmation.has_not_before = data->attribute("NotBefore").has_value();
    CAMBIST_TRY(confirmation.data.not_on_or_after, time_of(*data, "NotOnOrAfter"));
    confirmation.data.recipient = data->attribute("Recipient").value_or("");
    confirmation.data.in_response_to = data->attribute("InResponseTo").value_or("");
    confirmation.data.address = data->attribute("Address").value_or("");
    return confirmation;
}

Status read_subject(const XmlElement& assertion, const DecryptionKeys& keys,
                    WrittenAssertion& written) {
    const auto subject = find_child(assertion, "Subject");
    if (!subject) return fail(ErrorCode::kSamlNameId, "the assertion has no Subject");
    bool is_named = false;
    for (const auto& child : subject->children()) {
        if (child.is(kSaml, "SubjectConfirmation")) {
            CAMBIST_TRY(auto confirmation, read_confirmation(child));
            written.confirmations.push_back(std::move(confirmation));
            continue;
        }
        if (is_named) return fail(ErrorCode::kSamlNameId, "the subject is named more than once");
        is_named = true;
        if (child.is(kSaml, "NameID")) {
            CAMBIST_TRY(written.facts.name_id, read_name_id(child));
        } else if (child.is(kSaml, "EncryptedID")) {
            CAMBIST_TRY(written.facts.name_id, read_encrypted_id(child, keys));
        } else {
            return fail(ErrorCode::kSamlFeature, "BaseID is not read: send a NameID");
        }
    }
    if (!is_named) return fail(ErrorCode::kSamlNameId, "the subject has no NameID");
    return {};
}

// SAML Core section 2.5.1.6.
Status read_proxy_restriction(const XmlElement& element, WrittenAssertion& written) {
    const auto count = element.attribute("Count");
    const bool is_number = count && !count->empty() && count->size() < 6 &&
                           count->find_first_not_of("0123456789") == std::string::npos;
    if (count && !is_number) return wrong("Count of ProxyRestriction is no number");
    // Neither how far it was passed on nor to whom is known: any restriction forbids it.
    written.facts.may_be_passed_on = false;
    return {};
}

Status read_conditions(const XmlElement& assertion, WrittenAssertion& written) {
    const auto conditions = find_child(assertion, "Conditions");
    if (!conditions) return {};
    written.has_conditions = true;
    CAMBIST_TRY(written.facts.not_before, time_of(*conditions, "NotBefore"));
    CAMBIST_TRY(written.not_on_or_after, time_of(*conditions, "NotOnOrAfter"));
    for (const auto& child : conditions->children()) {
        if (child.is(kSaml, "AudienceRestriction")) {
            std::vector<std::string> audiences;
            for (const auto& audience : child.children()) audiences.push_back(uri_text(audience));
            written.facts.audiences.insert(written.facts.audiences.end(), audiences.begin(),
                                           audiences.end());
            written.audience_restrictions.push_back(std::move(audiences));
        } else if (child.is(kSaml, "OneTimeUse")) {
            written.facts.one_time_use = true;
        } else if (child.is(kSaml, "ProxyRestriction")) {
            CAMBIST_CHECK(read_proxy_restriction(child, written));
        } else {
            std::string type;
            for (const auto& attribute : child.attributes())
                if (attribute.ns == kXsi && attribute.name == "type") type = attribute.value;
            written.unknown_conditions.push_back("Condition of type '" + printable(type, 80) + "'");
        }
    }
    return {};
}

Result<Authentication> read_authentication(const XmlElement& statement) {
    Authentication authentication;
    CAMBIST_TRY(authentication.instant, needed_time(statement, "AuthnInstant"));
    CAMBIST_TRY(authentication.session_not_on_or_after, time_of(statement, "SessionNotOnOrAfter"));
    authentication.session_index = statement.attribute("SessionIndex").value_or("");
    const auto context = find_child(statement, "AuthnContext");
    if (!context) return authentication;
    if (const auto reference = find_child(*context, "AuthnContextClassRef"))
        authentication.context_class = uri_text(*reference);
    for (const auto& child : context->children())
        if (child.is(kSaml, "AuthenticatingAuthority"))
            authentication.authorities.push_back(uri_text(child));
    return authentication;
}

Attribute read_attribute(const XmlElement& element) {
    Attribute attribute;
    attribute.name = element.attribute("Name").value_or("");
    attribute.name_format = element.attribute("NameFormat").value_or("");
    attribute.friendly_name = element.attribute("FriendlyName").value_or("");
    for (const auto& value : element.children()) {
        const auto parts = value.children();
        if (parts.empty()) {
            attribute.values.push_back(value.text());
        } else if (parts.size() == 1 && parts[0].is(kSaml, "NameID")) {
            attribute.values.push_back(parts[0].text());
        } else {
            attribute.has_structure = true;
        }
    }
    return attribute;
}

// An attribute that comes twice would read differently to whoever takes the first and whoever takes
// the last.
Status add_attributes(const XmlElement& statement, std::vector<Attribute>& attributes) {
    for (const auto& child : statement.children()) {
        if (child.is(kSaml, "EncryptedAttribute"))
            return fail(ErrorCode::kSamlFeature, "EncryptedAttribute is not read");
        auto attribute = read_attribute(child);
        if (attribute.name.empty()) return wrong("an Attribute has no Name");
        const bool is_twice = std::ranges::any_of(
            attributes, [&](const Attribute& one) { return one.name == attribute.name; });
        if (is_twice)
            return wrong("the attribute '" + printable(attribute.name, 80) + "' occurs twice");
        attributes.push_back(std::move(attribute));
        if (attributes.size() > kMaxAttributes)
            return fail(ErrorCode::kSamlTooLarge,
                        "at most " + std::to_string(kMaxAttributes) + " attributes");
    }
    return {};
}

Status read_statements(const XmlElement& assertion, WrittenAssertion& written) {
    auto& facts = written.facts;
    for (const auto& child : assertion.children()) {
        if (child.is(kSaml, "AuthnStatement")) {
            if (facts.authentication) return wrong("there are two AuthnStatements");
            CAMBIST_TRY(facts.authentication, read_authentication(child));
        } else if (child.is(kSaml, "AttributeStatement")) {
            CAMBIST_CHECK(add_attributes(child, facts.attributes));
        } else if (child.is(kSaml, "AuthzDecisionStatement")) {
            return fail(ErrorCode::kSamlFeature, "AuthzDecisionStatement is not read");
        }
    }
    return {};
}

}  // namespace

std::string issuer_of(const XmlElement& element) {
    const auto issuer = find_child(element, "Issuer");
    if (!issuer ||
        issuer->attribute("Format").value_or(std::string(kEntityFormat)) != kEntityFormat)
        return {};
    auto text = issuer->text();
    return is_clean_name(text) ? text : std::string();
}

Result<WrittenAssertion> read_assertion(const XmlElement& assertion, const DecryptionKeys& keys) {
    if (!assertion.is(kSaml, "Assertion")) return wrong("this is no Assertion of SAML 2.0");
    CAMBIST_CHECK(check_structure(assertion));
    if (assertion.attribute("Version") != "2.0")
        return wrong("Version of the Assertion is not 2.0");
    WrittenAssertion written;
    written.facts.id = assertion.attribute("ID").value_or("");
    if (!is_clean_name(written.facts.id)) return wrong("the Assertion has no ID");
    CAMBIST_TRY(written.facts.issued_at, needed_time(assertion, "IssueInstant"));
    written.facts.issuer = issuer_of(assertion);
    CAMBIST_CHECK(read_subject(assertion, keys, written));
    CAMBIST_CHECK(read_conditions(assertion, written));
    CAMBIST_CHECK(read_statements(assertion, written));
    return written;
}

}  // namespace cambist::saml
