// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "clients/alternative_name.h"
#include "clients/method.h"
#include "clients/subject_pattern.h"
#include "crypto/certificate.h"
#include "crypto/distinguished_name.h"

namespace cambist::clients {
namespace {

std::unexpected<Error> refuse(const Client& client, const std::string& why) {
    return fail(ErrorCode::kClientCertificateWrong,
                "client '" + client.client_id.text() + "': " + why);
}

Status check_shown(const Presented& presented, const Client& client) {
    if (!presented.certificates.empty()) return {};
    return fail(ErrorCode::kClientCertificateMissing,
                "client '" + client.client_id.text() +
                    "' is registered for a TLS certificate; connect with it, at a listener that "
                    "asks for one");
}

// RFC 8705 section 2.1: by a certificate of an authority we trust, and its subject's name
// (Keycloak's attributes x509.subjectdn and x509.allow.regex.pattern.comparison) or one of its
// alternative names.
class TlsClientAuth final : public Method {
  public:
    explicit TlsClientAuth(const TrustedCertificates& trusted) : trusted_(trusted) {}
    ClientAuthMethod method() const override { return ClientAuthMethod::kTlsClientAuth; }

    Status check(const Presented& presented, const Client& client, const realms::Snapshot&,
                 TimePoint now) const override {
        CAMBIST_CHECK(check_shown(presented, client));
        const auto authorities = trusted_.current();
        if (authorities == nullptr)
            return refuse(client, "this server trusts no authority (clientTrust is empty)");
        if (const auto verified = authorities->verify(presented.certificates, now); !verified)
            return refuse(client, "the certificate is not trusted: " + verified.error().hint);
        const auto& leaf = presented.certificates.front();
        const auto name = find_registered_name(client);
        return name ? check_alternative(leaf, client, *name) : check_subject(leaf, client);
    }

  private:
    static Status check_alternative(const std::string& der, const Client& client,
                                    const RegisteredName& registered) {
        const std::string attribute(registered.attribute);
        const auto wanted = crypto::make_alternative_name(registered.kind, *registered.text);
        if (!wanted) return refuse(client, attribute + " " + wanted.error().hint);
        const auto names = crypto::alternative_names_of(der);
        if (!names) return refuse(client, names.error().hint);
        if (std::ranges::find(*names, *wanted) != names->end()) return {};
        return refuse(client, "the certificate has not the name of " + attribute + ", '" +
                                  *registered.text + "'");
    }

    static Status check_subject(const std::string& der, const Client& client) {
        CAMBIST_TRY(const auto text, crypto::subject_text(der, ","));
        const auto& expected = client.x509_subject_dn;
        if (client.x509_subject_dn_is_pattern) {
            // Keycloak's patterns are written for Java's text of a name, with blanks.
            CAMBIST_TRY(const auto spaced, crypto::subject_text(der, ", "));
            if (subject_matches(expected, text) || subject_matches(expected, spaced)) return {};
            return refuse(client, "the subject '" + text + "' does not match x509.subjectdn '" +
                                      expected + "'");
        }
        const auto wanted = crypto::parse_distinguished_name(expected);
        if (!wanted)
            return refuse(client, "x509.subjectdn is no RFC 4514 name: " + wanted.error().hint);
        CAMBIST_TRY(const auto subject, crypto::subject_of_certificate(der));
        if (subject == *wanted) return {};
        return refuse(client, "the subject is '" + text + "', not '" + expected + "'");
    }

    const TrustedCertificates& trusted_;
};

// RFC 8705 section 2.2: by one of the certificates it has registered, whoever made them. They stand
// in the realm, or in the key set that the client publishes.
class SelfSignedTls final : public Method {
  public:
    explicit SelfSignedTls(const trust::ClientKeys& keys) : keys_(keys) {}
    ClientAuthMethod method() const override { return ClientAuthMethod::kSelfSignedTlsClientAuth; }

    Status check(const Presented& presented, const Client& client, const realms::Snapshot&,
                 TimePoint now) const override {
        CAMBIST_CHECK(check_shown(presented, client));
        const auto& der = presented.certificates.front();
        const auto thumbprint = crypto::x5t_s256(der);
        CAMBIST_TRY(const bool is_registered, knows(thumbprint, client));
        if (!is_registered)
            return refuse(client, "the certificate with x5t#S256 " + thumbprint +
                                      " is not registered (x5c in jwks.string or at jwks.url, or "
                                      "jwt.credential.certificate)");
        if (const auto valid = crypto::check_validity(der, now); !valid)
            return refuse(client, valid.error().hint + "; register a new one");
        return {};
    }

  private:
    Result<bool> knows(const std::string& thumbprint, const Client& client) const {
        const auto holds = [&](const std::vector<std::string>& thumbprints) {
            return std::ranges::find(thumbprints, thumbprint) != thumbprints.end();
        };
        if (client.jwks_url.empty() || holds(client.x509_thumbprints))
            return holds(client.x509_thumbprints);
        const auto published = keys_.of(client);
        if (!published)
            return fail(ErrorCode::kClientKeysUnavailable,
                        "the key set of client '" + client.client_id.text() +
                            "' can not be fetched: " + published.error().hint,
                        published.error().detail);
        if (holds((*published)->certificates)) return true;
        // The client may have renewed its certificate since they were fetched.
        return holds(keys_.newer(client, *published)->certificates);
    }

    const trust::ClientKeys& keys_;
};

}  // namespace

std::unique_ptr<Method> make_tls_client_auth(const TrustedCertificates& trusted) {
    return std::make_unique<TlsClientAuth>(trusted);
}
std::unique_ptr<Method> make_self_signed_tls(const trust::ClientKeys& keys) {
    return std::make_unique<SelfSignedTls>(keys);
}

}  // namespace cambist::clients
