// SPDX-License-Identifier: Apache-2.0
#include "model/issuer.h"

#include <algorithm>
#include <cstdlib>

namespace cambist {

namespace {

// What a `*` never stands for: a pattern that is meant for one repository, name space or mailbox
// must not reach into another one.
bool is_separator(char c) { return c == '/' || c == ':' || c == '@'; }

}  // namespace

bool TrustedIssuer::takes(TokenType type) const {
    return std::ranges::find(token_types, type) != token_types.end();
}

bool TrustedIssuer::serves_client(std::string_view client_id) const {
    return clients.empty() || std::ranges::find(clients, client_id) != clients.end();
}

std::string_view name_of(IssuerKind kind) {
    switch (kind) {
        case IssuerKind::kJwt:
            return "jwt";
        case IssuerKind::kOidc:
            return "oidc";
        case IssuerKind::kIntrospection:
            return "introspection";
        case IssuerKind::kHook:
            return "hook";
        case IssuerKind::kLegacyRefresh:
            return "legacy-refresh";
        case IssuerKind::kSaml2:
            return "saml2";
        case IssuerKind::kKeycloakV1:
            return "keycloak-v1";
    }
    std::abort();
}

std::string_view name_of(BindingKind binding) {
    switch (binding) {
        case BindingKind::kNone:
            return "none";
        case BindingKind::kLink:
            return "link";
        case BindingKind::kMatch:
            return "match";
        case BindingKind::kCreate:
            return "create";
        case BindingKind::kEphemeral:
            return "ephemeral";
        case BindingKind::kService:
            return "service";
    }
    std::abort();
}

std::string_view name_of(IssuerPreset preset) {
    switch (preset) {
        case IssuerPreset::kNone:
            return "";
        case IssuerPreset::kGoogle:
            return "google";
        case IssuerPreset::kEntra:
            return "entra";
        case IssuerPreset::kGithubActions:
            return "github-actions";
        case IssuerPreset::kGitlab:
            return "gitlab";
        case IssuerPreset::kKubernetes:
            return "kubernetes";
        case IssuerPreset::kKeycloak:
            return "keycloak";
        case IssuerPreset::kSpiffe:
            return "spiffe";
    }
    std::abort();
}

// Linear in the text for each star: one place to come back to is enough, because a star that has
// been passed never needs to be looked at again.
bool matches_pattern(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;  // where the text goes on if the last star takes one more
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            if (is_separator(text[t])) return false;
            star = p++;
            resume = ++t;  // a star takes one character at least
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos && !is_separator(text[resume])) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return p == pattern.size();
}

}  // namespace cambist
