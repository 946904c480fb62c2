// SPDX-License-Identifier: Apache-2.0
#include "saml/signature.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/digest.h"
#include "saml/names.h"

namespace cambist::saml {
namespace {

using crypto::SignatureAlgorithm;

constexpr std::size_t kMaxKeys = 16;
constexpr std::size_t kMaxPrefixes = 32;

struct AlgorithmRow {
    std::string_view uri;
    SignatureAlgorithm algorithm;
};
constexpr std::array kAlgorithms{
    AlgorithmRow{"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", SignatureAlgorithm::kRs256},
    AlgorithmRow{"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", SignatureAlgorithm::kRs384},
    AlgorithmRow{"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", SignatureAlgorithm::kRs512},
    AlgorithmRow{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", SignatureAlgorithm::kEs256},
    AlgorithmRow{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", SignatureAlgorithm::kEs384},
    AlgorithmRow{"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", SignatureAlgorithm::kEs512},
    AlgorithmRow{"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
                 SignatureAlgorithm::kPs256},
    AlgorithmRow{"http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
                 SignatureAlgorithm::kPs384},
    AlgorithmRow{"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
                 SignatureAlgorithm::kPs512},
    AlgorithmRow{"http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
                 SignatureAlgorithm::kEdDsa},
};

std::optional<crypto::Hash> find_hash(std::string_view uri) {
    if (uri == "http://www.w3.org/2001/04/xmlenc#sha256") return crypto::Hash::kSha256;
    if (uri == "http://www.w3.org/2001/04/xmldsig-more#sha384") return crypto::Hash::kSha384;
    if (uri == "http://www.w3.org/2001/04/xmlenc#sha512") return crypto::Hash::kSha512;
    return std::nullopt;
}

std::unexpected<Error> bad_form(std::string hint) {
    return fail(ErrorCode::kSamlSignatureForm, std::move(hint));
}

// The children of `parent`, which must be exactly these, all of XML Signature, in this order.
Result<std::vector<XmlElement>> expect(const XmlElement& parent,
                                       const std::vector<std::string_view>& names) {
    auto children = parent.children();
    const bool as_expected = std::ranges::equal(
        children, names, [](const auto& child, auto name) { return child.is(kDs, name); });
    if (as_expected) return children;
    std::vector<std::string> wanted(names.begin(), names.end());
    return bad_form(std::string(parent.name()) + " must hold " + join(wanted, ", ") +
                    " and nothing else");
}

Result<std::string> algorithm_of(const XmlElement& element) {
    auto uri = element.attribute("Algorithm");
    if (!uri) return bad_form(std::string(element.name()) + " names no Algorithm");
    return *std::move(uri);
}

// Exclusive canonicalisation and nothing else; its InclusiveNamespaces.
Result<std::vector<std::string>> canonicalisation(const XmlElement& element) {
    CAMBIST_TRY(const auto uri, algorithm_of(element));
    if (uri != kExcC14n)
        return bad_form("canonicalisation must be " + std::string(kExcC14n) + ", got '" +
                        printable(uri, 100) + "'");
    std::vector<std::string> prefixes;
    const auto children = element.children();
    if (children.empty()) return prefixes;
    if (children.size() > 1 || !children[0].is(kExcC14n, "InclusiveNamespaces"))
        return bad_form("canonicalisation may have InclusiveNamespaces and nothing else");
    const auto list = children[0].attribute("PrefixList").value_or("");
    for (const auto prefix : split(list, ' '))
        if (!prefix.empty()) prefixes.emplace_back(prefix);
    if (prefixes.size() > kMaxPrefixes) return bad_form("InclusiveNamespaces names too many");
    return prefixes;
}

struct Form {
    XmlElement signature;
    XmlElement signed_info;
    std::vector<std::string> info_prefixes;
    SignatureAlgorithm algorithm = SignatureAlgorithm::kRs256;
    std::string value;
    std::vector<std::string> prefixes;  // of the reference
    crypto::Hash hash = crypto::Hash::kSha256;
    std::string digest;
};

Result<XmlElement> find_signature(const XmlElement& element) {
    std::vector<XmlElement> found;
    for (const auto& child : element.children())
        if (child.is(kDs, "Signature")) found.push_back(child);
    if (found.empty())
        return fail(ErrorCode::kSamlUnsigned,
                    "the signature must be a child of " + std::string(element.name()));
    if (found.size() > 1)
        return fail(ErrorCode::kSamlWrapped, std::string(element.name()) + " has two signatures");
    return found.front();
}

// SAML Core section 5.4.2: one reference, to the element that holds the signature.
Status read_reference(const XmlElement& reference, const XmlElement& element, Form& form) {
    const auto id = element.attribute("ID").value_or("");
    const auto uri = reference.attribute("URI").value_or("");
    if (id.empty() || uri != "#" + id)
        return bad_form("the reference '" + printable(uri, 80) +
                        "' is not to the ID of the element that holds it, '#" + printable(id, 80) +
                        "'");
    CAMBIST_TRY(const auto parts, expect(reference, {"Transforms", "DigestMethod", "DigestValue"}));
    CAMBIST_TRY(const auto transforms, expect(parts[0], {"Transform", "Transform"}));
    CAMBIST_TRY(const auto first, algorithm_of(transforms[0]));
    if (first != kEnveloped || !transforms[0].children().empty())
        return bad_form("the first transform must be " + std::string(kEnveloped));
    CAMBIST_TRY(form.prefixes, canonicalisation(transforms[1]));
    CAMBIST_TRY(const auto digest_uri, algorithm_of(parts[1]));
    const auto hash = find_hash(digest_uri);
    if (!hash)
        return fail(ErrorCode::kSamlAlgorithm, "digest '" + printable(digest_uri, 100) +
                                                   "'; accepted are SHA-256, SHA-384 and SHA-512");
    const auto digest = decode_base64_binary(parts[2].text());
    if (!digest || !parts[2].children().empty()) return bad_form("DigestValue is no base64");
    form.hash = *hash;
    form.digest = *digest;
    return {};
}

Result<Form> read_form(const XmlElement& element, const Signers& signers) {
    CAMBIST_TRY(const auto signature, find_signature(element));
    const bool has_key_info = signature.children().size() == 3;
    CAMBIST_TRY(const auto parts,
                has_key_info ? expect(signature, {"SignedInfo", "SignatureValue", "KeyInfo"})
                             : expect(signature, {"SignedInfo", "SignatureValue"}));
    CAMBIST_TRY(const auto info,
                expect(parts[0], {"CanonicalizationMethod", "SignatureMethod", "Reference"}));
    Form form{signature, parts[0], {}, {}, {}, {}, {}, {}};
    CAMBIST_TRY(form.info_prefixes, canonicalisation(info[0]));
    CAMBIST_TRY(const auto uri, algorithm_of(info[1]));
    const auto algorithm = find_signature_algorithm(uri);
    if (!algorithm || std::ranges::find(signers.algorithms, *algorithm) == signers.algorithms.end())
        return fail(ErrorCode::kSamlAlgorithm, "got '" + printable(uri, 100) + "'");
    if (!info[1].children().empty()) return bad_form("SignatureMethod must have no parameters");
    form.algorithm = *algorithm;
    CAMBIST_CHECK(read_reference(info[2], element, form));
    auto value = decode_base64_binary(parts[1].text());
    if (!value || !parts[1].children().empty()) return bad_form("SignatureValue is no base64");
    form.value = *std::move(value);
    return form;
}

// KeyInfo is not looked at: a key that came with the document proves nothing.
Status check_value(const std::string& signed_info, const Form& form, const Signers& signers) {
    std::size_t tried = 0;
    for (const auto& key : signers.keys) {
        if (!crypto::fits(form.algorithm, key.kind())) continue;
        if (++tried > kMaxKeys) break;
        if (crypto::verify(key, form.algorithm, signed_info, form.value)) return {};
    }
    return fail(ErrorCode::kSamlSignature,
                tried == 0 ? "its issuer has no key of this kind"
                           : "tried " + std::to_string(tried) + " keys of its issuer");
}

}  // namespace

std::vector<SignatureAlgorithm> Signers::default_algorithms() {
    using enum SignatureAlgorithm;
    return {kRs256, kRs384, kRs512, kEs256, kEs384, kEs512};
}

std::optional<SignatureAlgorithm> find_signature_algorithm(std::string_view uri) {
    const auto* row = std::ranges::find(kAlgorithms, uri, &AlgorithmRow::uri);
    if (row == kAlgorithms.end()) return std::nullopt;
    return row->algorithm;
}

Result<SignedXml> verify_signature(const XmlDocument& document, const XmlElement& element,
                                   const Signers& signers) {
    CAMBIST_TRY(const auto form, read_form(element, signers));
    CAMBIST_TRY(const auto signed_info,
                document.canonical(form.signed_info, nullptr, form.info_prefixes));
    CAMBIST_CHECK(check_value(signed_info, form, signers));
    CAMBIST_TRY(const auto bytes, document.canonical(element, &form.signature, form.prefixes));
    if (crypto::digest(form.hash, bytes) != form.digest)
        return fail(ErrorCode::kSamlDigest, "the digest of what came is another one");
    CAMBIST_TRY(auto read, XmlDocument::parse(bytes, document.limits()));
    return SignedXml(SignedXml::Proof(), std::move(read));
}

}  // namespace cambist::saml
