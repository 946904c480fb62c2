// SPDX-License-Identifier: Apache-2.0
#include "cli/issuer_discovery.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/parse.h"
#include "trust/discovery.h"
#include "trust/key_sets.h"

namespace cambist::cli {
namespace {

constexpr std::string_view kWellKnown = "/.well-known/";

std::string quoted(std::string_view text) { return "'" + printable(text, 200) + "'"; }

json::Value list_of(const std::vector<std::string>& texts) {
    auto list = json::Value::array();
    for (const auto& text : texts) list.push(text);
    return list;
}

// Whoever copies the address of the document means the issuer.
std::string issuer_of_url(std::string url) {
    if (const auto at = url.find(kWellKnown); at != std::string::npos) url.resize(at);
    return url;
}

std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    auto host = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
    return std::string(host.substr(0, host.find_first_of("/:")));
}

std::string alias_of(std::string_view issuer) {
    std::string alias;
    for (const char c : host_of(issuer)) {
        const bool is_good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
        alias.push_back(is_good ? c : '-');
    }
    if (const auto realm = issuer.rfind("/realms/"); realm != std::string_view::npos)
        alias += "-" + std::string(issuer.substr(realm + 8));
    return alias.substr(0, 64);
}

// The products whose tokens need more than keys and an audience.
struct ProductRow {
    std::string_view host;
    std::string_view preset;
    std::string_view demand;
};
constexpr std::array kProducts{
    ProductRow{"token.actions.githubusercontent.com", "github-actions",
               "require must pin repository_id or repository_owner_id, and ref, environment or a "
               "workflow"},
    ProductRow{"gitlab.com", "gitlab",
               "require must pin project_id or namespace_id, and a ref or an environment"},
    ProductRow{"accounts.google.com", "google", "audience must be your client id at Google"},
    ProductRow{"login.microsoftonline.com", "entra",
               "tenant must be your tenant's id, and audience your application's"},
};

void name_product(const std::string& issuer, DiscoveredIssuer& out) {
    const auto host = host_of(issuer);
    const auto* row = std::ranges::find(kProducts, host, &ProductRow::host);
    if (row != kProducts.end()) {
        out.entry.set("preset", row->preset);
        out.missing.push_back("it is " + std::string(row->preset) + ": " +
                              std::string(row->demand));
        if (row->preset == "entra") {
            const auto path = issuer.substr(issuer.find(host) + host.size());
            const auto tenant = path.empty() ? path : path.substr(1);
            out.entry.set("tenant", tenant.substr(0, tenant.find('/')));
        }
    } else if (issuer.contains("/realms/")) {
        out.entry.set("preset", "keycloak");
        out.found.emplace_back("its address is that of a realm of Keycloak's, or of this server's");
    }
}

struct Metadata {
    std::shared_ptr<const trust::ProviderMetadata> known;
    json::Value document;
    std::string url;
};

Result<Metadata> ask(const outbound::Client& client, const std::string& issuer) {
    Error first{ErrorCode::kOutboundFailed, {}, {}, {}};
    for (const auto& url :
         {trust::openid_configuration_url(issuer), trust::authorization_server_url(issuer)}) {
        const auto answer = client.get(url, "application/json");
        if (!answer) {
            if (first.hint.empty()) first = answer.error();
            continue;
        }
        CAMBIST_TRY(auto known, trust::parse_provider_metadata(issuer, answer->body));
        CAMBIST_TRY(auto document, json::parse(answer->body, {}, json::Positions::kNone));
        return Metadata{std::move(known), std::move(document), url};
    }
    first.hint = "nothing was discovered at " + quoted(issuer) +
                 " (if it publishes its keys only: --jwks URL): " + first.hint;
    return std::unexpected(std::move(first));
}

bool lists(const json::Value& document, std::string_view key, std::string_view word) {
    const auto* list = document.find(key);
    if (list == nullptr || !list->is_array()) return false;
    return std::ranges::any_of(list->as_array(), [&](const json::Value& one) {
        const auto* text = one.if_string();
        return text != nullptr && *text == word;
    });
}

void tell_metadata(const Metadata& metadata, DiscoveredIssuer& out) {
    const auto& known = *metadata.known;
    out.found.push_back("metadata at " + metadata.url);
    for (const auto& [name, url] : {std::pair{"introspection", &known.introspection_endpoint},
                                    std::pair{"userinfo", &known.userinfo_endpoint},
                                    std::pair{"token", &known.token_endpoint}})
        if (!url->empty()) out.found.push_back(std::string(name) + " endpoint " + *url);
    if (known.introspection_endpoint.empty())
        out.missing.emplace_back(
            "it has no introspection endpoint: only its JWTs can be taken, and they live until "
            "they expire");
    for (const auto* word : {"none", "HS256", "HS384", "HS512"})
        if (lists(metadata.document, "id_token_signing_alg_values_supported", word))
            out.risks.push_back("it says that it signs with " + std::string(word) +
                                " too, which is never taken here");
    if (lists(metadata.document, "subject_types_supported", "pairwise"))
        out.risks.emplace_back(
            "its subjects may be pairwise: one person has another sub for each of its clients");
}

std::unexpected<Error> not_had(const std::string& url, Error error) {
    error.hint = "its keys at " + printable(url, 200) + " can not be had: " + error.hint;
    return std::unexpected(std::move(error));
}

Status tell_keys(const outbound::Client& client, const std::string& url, DiscoveredIssuer& out) {
    const auto answer = client.get(url, trust::kKeySetTypes);
    if (!answer) return not_had(url, answer.error());
    const auto parsed = trust::parse_key_set(answer->body);
    if (!parsed) return not_had(url, parsed.error());
    const auto& keys = *parsed;
    const auto& set = keys->verification;
    std::size_t unnamed = 0;
    for (const auto& key : set.keys) {
        out.found.push_back("key " + (key.kid.empty() ? std::string("without a kid") : key.kid) +
                            ": " + key.kty + (key.alg.empty() ? "" : ", " + key.alg));
        unnamed += key.kid.empty() ? 1 : 0;
    }
    for (const auto& note : set.notes) out.risks.push_back("a key is not used: " + note);
    if (set.keys.empty())
        return fail(ErrorCode::kParse, url + " has no key that verifies signatures");
    if (unnamed > 0 && set.keys.size() > 1)
        out.risks.emplace_back("keys have no kid: which one signed a token is tried out");
    return {};
}

void tell_addresses(const std::string& issuer, const std::string& jwks, DiscoveredIssuer& out) {
    if (issuer.starts_with("http://") || jwks.starts_with("http://"))
        out.risks.emplace_back(
            "plain HTTP: whoever stands in between can put other keys there; the server fetches "
            "them only with outbound.allowHttp");
    if (host_of(issuer) != host_of(jwks))
        out.found.push_back("its keys are at another host, " + host_of(jwks));
}

Status add_requirements(const IssuerAddOptions& options, DiscoveredIssuer& out) {
    auto require = json::Value::object();
    for (const auto& one : options.require) {
        const auto equals = one.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(ErrorCode::kConfigInvalid, "--require must be CLAIM=VALUE");
        const auto claim = one.substr(0, equals);
        auto values = json::Value::array();
        if (const auto* known = require.find(claim)) values = *known;
        require.set(claim, values.push(one.substr(equals + 1)));
    }
    if (!options.require.empty()) out.entry.set("require", std::move(require));
    return {};
}

// Everything without which nothing of it is taken, or too much.
void add_terms(const IssuerAddOptions& options, DiscoveredIssuer& out) {
    if (options.audiences.empty()) {
        out.entry.set("audience", "self");
        out.missing.emplace_back(
            "its tokens must name this realm's issuer in aud; if they can not, say which value "
            "they have: --aud VALUE (cambist issuer test shows what a token says)");
    } else {
        out.entry.set("audience", list_of(options.audiences));
    }
    if (options.parties.empty())
        out.risks.emplace_back(
            "tokens that it issued to any of its clients are taken: say which ones, --azp CLIENT");
    else
        out.entry.set("authorizedParties", list_of(options.parties));
    out.entry.set("binding", options.binding);
    if (options.binding == "none")
        out.missing.emplace_back(
            "nobody here stands for its subjects (binding: none): choose link, match, create, "
            "ephemeral or service, --binding KIND");
    if (options.binding == "create")
        out.risks.emplace_back(
            "whoever has an account there becomes a user here: say whom with binding.onlyIf");
    out.missing.push_back("a rule that lets a client exchange its tokens: subject: { issuers: [" +
                          *out.entry.find_string("alias") + "] }");
}

}  // namespace

Result<DiscoveredIssuer> discover_issuer(const outbound::Client& client,
                                         const IssuerAddOptions& options) {
    DiscoveredIssuer out;
    const auto issuer = issuer_of_url(options.url);
    out.entry.set("alias", options.alias.empty() ? alias_of(issuer) : options.alias);
    out.entry.set("issuer", issuer);
    auto jwks = options.jwks;
    if (jwks.empty()) {
        CAMBIST_TRY(const auto metadata, ask(client, issuer));
        tell_metadata(metadata, out);
        jwks = metadata.known->jwks_uri;
        if (jwks.empty())
            return fail(ErrorCode::kParse,
                        "its metadata name no jwks_uri: its tokens can not be "
                        "verified by a signature");
        out.entry.set("keys", json::Value::object().set("discovery", issuer));
        name_product(issuer, out);
    } else {
        out.entry.set("keys", json::Value::object().set("jwksUrl", jwks));
    }
    CAMBIST_CHECK(tell_keys(client, jwks, out));
    tell_addresses(issuer, jwks, out);
    CAMBIST_CHECK(add_requirements(options, out));
    add_terms(options, out);
    return out;
}

}  // namespace cambist::cli
