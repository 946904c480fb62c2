// SPDX-License-Identifier: Apache-2.0
#include "saml/structure.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>

#include "base/text.h"
#include "saml/names.h"

namespace cambist::saml {
namespace {

constexpr std::size_t kMany = 1'000'000;

// One child that an element may have. Children of a lower step come before those of a higher one;
// those of one step come in any order.
struct Child {
    std::string_view ns;
    std::string_view name;
    int step;
    std::size_t least;
    std::size_t most;
};

enum class Content : std::uint8_t { kElements, kText, kAny };

struct Rule {
    std::string_view ns;
    std::string_view name;
    Content content;
    std::span<const std::string_view> attributes;
    std::span<const Child> children;
    bool foreign_attributes = false;  // of other namespaces, as xs:anyAttribute allows
};

using Names = std::string_view;
constexpr std::array<Names, 4> kNameIdAttributes{"Format", "NameQualifier", "SPNameQualifier",
                                                 "SPProvidedID"};
constexpr std::array<Names, 3> kAssertionAttributes{"Version", "ID", "IssueInstant"};
constexpr std::array<Names, 6> kResponseAttributes{"Version",      "ID",          "IssueInstant",
                                                   "InResponseTo", "Destination", "Consent"};
constexpr std::array<Names, 1> kMethod{"Method"};
constexpr std::array<Names, 5> kConfirmationData{"NotBefore", "NotOnOrAfter", "Recipient",
                                                 "InResponseTo", "Address"};
constexpr std::array<Names, 2> kConditionTimes{"NotBefore", "NotOnOrAfter"};
constexpr std::array<Names, 1> kCount{"Count"};
constexpr std::array<Names, 3> kAuthnAttributes{"AuthnInstant", "SessionIndex",
                                                "SessionNotOnOrAfter"};
constexpr std::array<Names, 2> kLocality{"Address", "DNSName"};
constexpr std::array<Names, 3> kAttributeAttributes{"Name", "NameFormat", "FriendlyName"};
constexpr std::array<Names, 2> kDecision{"Resource", "Decision"};
constexpr std::array<Names, 1> kValue{"Value"};
constexpr std::array<Names, 1> kId{"Id"};

constexpr std::array kAssertionChildren{
    Child{kSaml, "Issuer", 0, 1, 1},
    Child{kDs, "Signature", 1, 0, 1},
    Child{kSaml, "Subject", 2, 0, 1},
    Child{kSaml, "Conditions", 3, 0, 1},
    Child{kSaml, "Advice", 4, 0, 1},
    Child{kSaml, "AuthnStatement", 5, 0, kMany},
    Child{kSaml, "AttributeStatement", 5, 0, kMany},
    Child{kSaml, "AuthzDecisionStatement", 5, 0, kMany},
};
constexpr std::array kResponseChildren{
    Child{kSaml, "Issuer", 0, 0, 1},      Child{kDs, "Signature", 1, 0, 1},
    Child{kSamlp, "Extensions", 2, 0, 1}, Child{kSamlp, "Status", 3, 1, 1},
    Child{kSaml, "Assertion", 4, 0, 1},   Child{kSaml, "EncryptedAssertion", 4, 0, 1},
};
constexpr std::array kStatusChildren{
    Child{kSamlp, "StatusCode", 0, 1, 1},
    Child{kSamlp, "StatusMessage", 1, 0, 1},
    Child{kSamlp, "StatusDetail", 2, 0, 1},
};
constexpr std::array kStatusCodeChildren{Child{kSamlp, "StatusCode", 0, 0, 1}};
constexpr std::array kSubjectChildren{
    Child{kSaml, "NameID", 0, 0, 1},
    Child{kSaml, "EncryptedID", 0, 0, 1},
    Child{kSaml, "BaseID", 0, 0, 1},
    Child{kSaml, "SubjectConfirmation", 1, 0, 16},
};
constexpr std::array kConfirmationChildren{
    Child{kSaml, "NameID", 0, 0, 1},
    Child{kSaml, "EncryptedID", 0, 0, 1},
    Child{kSaml, "BaseID", 0, 0, 1},
    Child{kSaml, "SubjectConfirmationData", 1, 0, 1},
};
constexpr std::array kConditionsChildren{
    Child{kSaml, "Condition", 0, 0, kMany},
    Child{kSaml, "AudienceRestriction", 0, 0, 16},
    Child{kSaml, "OneTimeUse", 0, 0, 1},
    Child{kSaml, "ProxyRestriction", 0, 0, 1},
};
constexpr std::array kAudienceChildren{Child{kSaml, "Audience", 0, 1, 64}};
constexpr std::array kProxyChildren{Child{kSaml, "Audience", 0, 0, 64}};
constexpr std::array kAuthnChildren{
    Child{kSaml, "SubjectLocality", 0, 0, 1},
    Child{kSaml, "AuthnContext", 1, 1, 1},
};
constexpr std::array kContextChildren{
    Child{kSaml, "AuthnContextClassRef", 0, 0, 1},
    Child{kSaml, "AuthnContextDecl", 1, 0, 1},
    Child{kSaml, "AuthnContextDeclRef", 1, 0, 1},
    Child{kSaml, "AuthenticatingAuthority", 2, 0, 16},
};
constexpr std::array kAttributesChildren{
    Child{kSaml, "Attribute", 0, 0, kMany},
    Child{kSaml, "EncryptedAttribute", 0, 0, kMany},
};
constexpr std::array kAttributeChildren{Child{kSaml, "AttributeValue", 0, 0, kMany}};

using enum Content;
const std::array kRules{
    Rule{kSaml, "Assertion", kElements, kAssertionAttributes, kAssertionChildren},
    Rule{kSamlp, "Response", kElements, kResponseAttributes, kResponseChildren},
    Rule{kSamlp, "Status", kElements, {}, kStatusChildren},
    Rule{kSamlp, "StatusCode", kElements, kValue, kStatusCodeChildren},
    Rule{kSamlp, "StatusMessage", kText, {}, {}},
    Rule{kSamlp, "StatusDetail", kAny, {}, {}},
    Rule{kSamlp, "Extensions", kAny, {}, {}},
    Rule{kSaml, "Issuer", kText, kNameIdAttributes, {}},
    Rule{kDs, "Signature", kAny, kId, {}},
    Rule{kSaml, "EncryptedAssertion", kAny, {}, {}},
    Rule{kSaml, "EncryptedID", kAny, {}, {}},
    Rule{kSaml, "EncryptedAttribute", kAny, {}, {}},
    Rule{kSaml, "BaseID", kAny, {}, {}, true},
    Rule{kSaml, "Subject", kElements, {}, kSubjectChildren},
    Rule{kSaml, "NameID", kText, kNameIdAttributes, {}},
    Rule{kSaml, "SubjectConfirmation", kElements, kMethod, kConfirmationChildren},
    Rule{kSaml, "SubjectConfirmationData", kAny, kConfirmationData, {}, true},
    Rule{kSaml, "Conditions", kElements, kConditionTimes, kConditionsChildren},
    Rule{kSaml, "Condition", kAny, {}, {}, true},
    Rule{kSaml, "AudienceRestriction", kElements, {}, kAudienceChildren},
    Rule{kSaml, "Audience", kText, {}, {}},
    Rule{kSaml, "OneTimeUse", kElements, {}, {}},
    Rule{kSaml, "ProxyRestriction", kElements, kCount, kProxyChildren},
    Rule{kSaml, "Advice", kAny, {}, {}},
    Rule{kSaml, "AuthnStatement", kElements, kAuthnAttributes, kAuthnChildren},
    Rule{kSaml, "SubjectLocality", kElements, kLocality, {}},
    Rule{kSaml, "AuthnContext", kElements, {}, kContextChildren},
    Rule{kSaml, "AuthnContextClassRef", kText, {}, {}},
    Rule{kSaml, "AuthnContextDecl", kAny, {}, {}, true},
    Rule{kSaml, "AuthnContextDeclRef", kText, {}, {}},
    Rule{kSaml, "AuthenticatingAuthority", kText, {}, {}},
    Rule{kSaml, "AttributeStatement", kElements, {}, kAttributesChildren},
    Rule{kSaml, "Attribute", kElements, kAttributeAttributes, kAttributeChildren, true},
    Rule{kSaml, "AttributeValue", kAny, {}, {}, true},
    Rule{kSaml, "AuthzDecisionStatement", kAny, kDecision, {}},
};

std::unexpected<Error> wrong(const XmlElement& element, std::string_view what) {
    return fail(ErrorCode::kSamlStructure,
                "element " + printable(element.name(), 60) + " " + std::string(what));
}

const Rule* find_rule(const XmlElement& element) {
    const auto* rule =
        std::ranges::find_if(kRules, [&](const Rule& one) { return element.is(one.ns, one.name); });
    return rule == kRules.end() ? nullptr : rule;
}

Status check_attributes(const XmlElement& element, const Rule& rule) {
    for (const auto& attribute : element.attributes()) {
        const bool known =
            attribute.ns.empty()
                ? std::ranges::find(rule.attributes, attribute.name) != rule.attributes.end()
                : rule.foreign_attributes;
        if (!known)
            return wrong(element, "must not have the attribute " + printable(attribute.name, 60));
    }
    return {};
}

Status check_children(const XmlElement& element, const Rule& rule) {
    int step = 0;
    const auto children = element.children();
    for (const auto& child : children) {
        const auto found = std::ranges::find_if(
            rule.children, [&](const Child& one) { return child.is(one.ns, one.name); });
        if (found == rule.children.end())
            return wrong(element, "must not hold " + printable(child.name(), 60));
        if (found->step < step)
            return wrong(element, "holds " + printable(child.name(), 60) + " in the wrong place");
        step = found->step;
    }
    for (const auto& one : rule.children) {
        const auto count = static_cast<std::size_t>(std::ranges::count_if(
            children, [&](const XmlElement& child) { return child.is(one.ns, one.name); }));
        if (count < one.least) return wrong(element, "lacks " + std::string(one.name));
        if (count > one.most) return wrong(element, "has too many of " + std::string(one.name));
    }
    return {};
}

// What is found on a walk through the whole document.
struct Walk {
    std::unordered_set<std::string> ids;
    XmlElement root;
    std::size_t assertions = 0;
};

Status check_ids(const XmlElement& element, Walk& walk) {
    for (const auto& attribute : element.attributes()) {
        const bool is_id = (attribute.ns.empty() || attribute.ns == kXml) &&
                           to_lower_ascii(attribute.name) == "id";
        if (is_id && !walk.ids.insert(attribute.value).second)
            return fail(ErrorCode::kSamlIdRepeated,
                        "the ID '" + printable(attribute.value, 80) + "' occurs twice");
    }
    return {};
}

std::unexpected<Error> wrapped(const XmlElement& element, std::string_view where) {
    return fail(ErrorCode::kSamlWrapped,
                "element " + printable(element.name(), 60) + " " + std::string(where));
}

bool is_assertion(const XmlElement& element) {
    return element.is(kSaml, "Assertion") || element.is(kSaml, "EncryptedAssertion");
}

// `parent` is null at the root.
Status walk_element(const XmlElement& element, const XmlElement* parent, Walk& walk) {
    CAMBIST_CHECK(check_ids(element, walk));
    const bool in_response =
        parent != nullptr && *parent == walk.root && walk.root.is(kSamlp, "Response");
    if (is_assertion(element)) {
        if (parent != nullptr && !in_response) return wrapped(element, "stands in another element");
        if (++walk.assertions > 1) return wrapped(element, "is not the only one");
    }
    if (element.is(kSamlp, "Response") && parent != nullptr)
        return wrapped(element, "stands in another element");
    if (element.is(kDs, "Signature")) {
        const bool has_place = parent != nullptr && (*parent == walk.root || is_assertion(*parent));
        if (!has_place) return wrapped(element, "is not a child of what it signs");
    }
    if (element.is(kDs, "Object") || element.is(kDs, "Manifest"))
        return wrapped(element, "is never accepted in a signature");
    for (const auto& child : element.children()) CAMBIST_CHECK(walk_element(child, &element, walk));
    return {};
}

}  // namespace

Status check_document(const XmlDocument& document) {
    Walk walk{{}, document.root(), 0};
    return walk_element(document.root(), nullptr, walk);
}

Status check_structure(const XmlElement& element) {
    const auto* rule = find_rule(element);
    if (rule == nullptr) return wrong(element, "is not known");
    CAMBIST_CHECK(check_attributes(element, *rule));
    if (rule->content == Content::kAny) return {};
    const bool is_text = rule->content == Content::kText;
    if (!is_text && !trim_xml(element.text()).empty()) return wrong(element, "must not hold text");
    CAMBIST_CHECK(check_children(element, *rule));
    for (const auto& child : element.children()) CAMBIST_CHECK(check_structure(child));
    return {};
}

}  // namespace cambist::saml
