// SPDX-License-Identifier: Apache-2.0
// What only trusted issuers of kind saml2 have.
#include <array>

#include "crypto/key.h"
#include "representation/issuer_keys.h"
#include "representation/objects.h"
#include "representation/read_issuers.h"
#include "representation/read_parts.h"

namespace cambist::representation {

namespace {

struct FormatRow {
    std::string_view name;
    std::string_view urn;
};
constexpr std::array kFormats{
    FormatRow{"persistent", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"},
    FormatRow{"transient", "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
    FormatRow{"email", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"},
    FormatRow{"unspecified", "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"},
};

void read_format(const Node& saml, SamlTerms& terms) {
    const auto text = saml.text("nameIdFormat");
    if (text.empty()) return;
    for (const auto& row : kFormats)
        if (text == row.name) {
            terms.name_id_format = row.urn;
            return;
        }
    if (!text.starts_with("urn:"))
        saml.at("nameIdFormat")
            .fault("unknown format " + quoted(text),
                   "it may be persistent, transient, email, unspecified or a URN");
    terms.name_id_format = text;
}

void read_decryption(const Node& saml, SamlTerms& terms) {
    terms.allows_cbc = saml.flag("allowCbc", false);
    auto pem = saml.text("decryptionKey");
    if (pem.empty()) {
        if (terms.allows_cbc)
            saml.at("allowCbc").fault("has no effect without decryptionKey", "remove it");
        return;
    }
    if (pem == kMaskedSecret) return;  // whoever applies the file knows the stored one
    const auto key = crypto::PrivateKey::from_pem(pem);
    if (!key || key->kind() != crypto::KeyKind::kRsa)
        saml.at("decryptionKey").fault("is no private RSA key in PEM", "it decrypts assertions");
    terms.decryption_key = std::make_shared<const Secret>(std::move(pem));
    if (terms.allows_cbc)
        saml.at("allowCbc").note("AES-CBC does not notice when an encrypted text was changed");
}

}  // namespace

void read_saml(const Node& node, TrustedIssuer& issuer) {
    const auto saml = node.at("saml");
    if (!saml.present() || !saml.value().is_object()) return;
    if (issuer.kind != IssuerKind::kSaml2)
        saml.fault("is about kind saml2", "remove it, or write kind: saml2");
    auto& terms = issuer.saml;
    terms.metadata = saml.text("metadata");
    const auto recipients = saml.at("recipients");
    if (recipients.present() && recipients.value().is_string())
        terms.recipients = {recipients.value().as_string()};
    else
        terms.recipients = saml.texts("recipients");
    read_format(saml, terms);
    terms.accepts_responses = saml.flag("responses", false);
    static constexpr Word<SamlSigned> kSigned[] = {{"assertion", SamlSigned::kAssertion},
                                                   {"response", SamlSigned::kResponse},
                                                   {"both", SamlSigned::kBoth}};
    terms.signed_part = read_word(saml, "signed", kSigned, SamlSigned::kAssertion);
    if (saml.has("signed") && !terms.accepts_responses)
        saml.at("signed").fault("has no effect: an assertion that comes alone is signed itself",
                                "remove it, or write responses: true");
    terms.needs_login = saml.flag("requireLogin", false);
    read_decryption(saml, terms);
}

void check_saml_keys(const Node& node, const TrustedIssuer& issuer) {
    // A file that is not read yet (lint) is a place as well.
    const bool is_in_keys = !issuer.keys.jwks.empty() || node.at("keys").has("file");
    const int places =
        is_in_keys + !issuer.saml.metadata.empty() + !issuer.endpoints.saml_metadata.empty();
    if (!issuer.keys.discovery.empty() || !issuer.keys.jwks_url.empty())
        node.at("keys").fault("an identity provider of SAML publishes no JWK set",
                              "write endpoints: { samlMetadata: https://... }");
    else if (places != 1)
        node.fault("says " + std::to_string(places) + " places where its keys are",
                   "write one: keys (pem, file or jwks), saml.metadata or endpoints.samlMetadata");
}

}  // namespace cambist::representation
