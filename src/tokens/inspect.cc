// SPDX-License-Identifier: Apache-2.0
#include "tokens/inspect.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/base64url.h"
#include "base/text.h"
#include "jose/jws.h"
#include "json/parse.h"
#include "sessions/families.h"
#include "tokens/jti.h"
#include "tokens/opaque.h"

namespace cambist::tokens {
namespace {

constexpr std::size_t kMaxShown = 300;
constexpr std::int64_t kLongLife = 86'400;

struct Shape {
    std::string_view start;
    std::string_view words;
};
// How things begin that people take for a JWT. SAML in base64 begins with "<?xml", "<saml" or
// "<Assertion".
constexpr std::array<Shape, 12> kShapes{
    {{"Bearer ", "the value of an Authorization header: leave out 'Bearer '"},
     {"<", "XML, perhaps a SAML assertion"},
     {"PD94bWw", "a SAML assertion in base64"},
     {"PHNhbWw", "a SAML assertion in base64"},
     {"PEFzc2VydGlvb", "a SAML assertion in base64"},
     {"ya29.", "an opaque access token of Google"},
     {"gho_", "an opaque token of GitHub"},
     {"ghp_", "an opaque token of GitHub"},
     {"ghs_", "an opaque token of GitHub"},
     {"{", "a JSON text: send one of its members"},
     {"-----BEGIN", "a key or a certificate in PEM"},
     {"urn:", "a token type, not a token"}}};

std::string length_of(std::string_view text) {
    return std::to_string(text.size()) + (text.size() == 1 ? " character" : " characters");
}

// Of input, so that it can be shown on a terminal.
std::string shown(std::string_view text) { return "'" + printable(text, kMaxShown) + "'"; }

std::string shown_value(const json::Value& value) {
    if (const auto* text = value.if_string()) return shown(*text);
    std::string text;
    if (const auto* items = value.if_array()) {
        for (const auto& item : *items) text += (text.empty() ? "" : ", ") + shown_value(item);
        return text.empty() ? "[]" : text.substr(0, kMaxShown);
    }
    text = value.to_text();
    std::ranges::replace(text, '"', '\'');
    return printable(text, kMaxShown);
}

std::string span_of(std::int64_t seconds) {
    constexpr std::int64_t kMinute = 60, kHour = 3600;
    if (seconds < 2 * kMinute) return std::to_string(seconds) + " s";
    if (seconds < 2 * kHour) return std::to_string(seconds / kMinute) + " min";
    if (seconds < 2 * kLongLife) return std::to_string(seconds / kHour) + " h";
    return std::to_string(seconds / kLongLife) + " days";
}

// Past the years that a time stamp can be shown for there is nothing to explain.
std::optional<std::int64_t> date_of(const json::Value& claims, std::string_view name) {
    constexpr std::int64_t kEndOfYear9999 = 253'402'300'799;
    const auto* value = claims.find(name);
    if (value == nullptr) return std::nullopt;
    const auto seconds = value->if_int64();
    if (!seconds || *seconds < 0 || *seconds > kEndOfYear9999) return std::nullopt;
    return seconds;
}

std::string kind_of(const jose::Header& header, const json::Value& claims) {
    const auto* typ = claims.find_string("typ");
    const std::string_view kind = typ == nullptr ? std::string_view() : *typ;
    if (jose::typ_is(header, "at+jwt")) return "access token (RFC 9068)";
    if (jose::typ_is(header, "dpop+jwt")) return "DPoP proof";
    if (jose::typ_is(header, "logout+jwt") || kind == "Logout") return "logout token";
    if (jose::typ_is(header, "oauth-id-jag+jwt")) return "identity assertion (ID-JAG)";
    if (kind == "Bearer" || kind == "DPoP") return "access token";
    if (kind == "ID") return "ID token";
    if (kind == "Refresh" || kind == "Offline") return "refresh token of Keycloak";
    if (claims.find("nonce") != nullptr || claims.find("at_hash") != nullptr) return "ID token";
    if (claims.find("scope") != nullptr || claims.find("scp") != nullptr) return "access token";
    const auto* iss = claims.find_string("iss");
    const auto* sub = claims.find_string("sub");
    if (iss != nullptr && sub != nullptr && *iss == *sub) return "client assertion";
    return "JWT of no known kind";
}

void explain_times(const json::Value& claims, std::int64_t now, std::vector<std::string>& lines) {
    const auto iat = date_of(claims, "iat");
    const auto exp = date_of(claims, "exp");
    const auto nbf = date_of(claims, "nbf");
    if (iat) {
        const auto age = now - *iat;
        lines.push_back("issued at " + to_iso8601(from_unix(*iat)) +
                        (age >= 0 ? ", " + span_of(age) + " ago" : ", which is in the future"));
    }
    if (nbf && *nbf > now) lines.push_back("not valid before " + to_iso8601(from_unix(*nbf)));
    if (!exp) {
        lines.push_back(claims.find("exp") == nullptr ? "never expires: there is no exp"
                                                      : "exp is no time: nobody should accept it");
        return;
    }
    const auto left = *exp - now;
    lines.push_back(
        (left > 0 ? "expires in " + span_of(left) : "expired " + span_of(-left) + " ago") +
        ", at " + to_iso8601(from_unix(*exp)));
    if (iat && *exp - *iat > kLongLife) lines.push_back("lives long: " + span_of(*exp - *iat));
}

void explain_claim(const json::Value& claims, std::string_view name, std::string_view words,
                   std::vector<std::string>& lines) {
    const auto* value = claims.find(name);
    if (value != nullptr) lines.push_back(std::string(words) + " " + shown_value(*value));
}

void explain_chain(const json::Value& claims, std::vector<std::string>& lines) {
    std::string_view whom = "the subject";
    for (const auto* link = claims.find("act"); link != nullptr; link = link->find("act")) {
        const auto* sub = link->find("sub");
        lines.push_back(
            "actor: " + (sub == nullptr ? std::string("somebody without sub") : shown_value(*sub)) +
            " acts for " + std::string(whom));
        whom = "the same, after the actor before";
    }
}

void explain_parties(const json::Value& claims, std::vector<std::string>& lines) {
    explain_claim(claims, "iss", "issued by", lines);
    explain_claim(claims, "sub", "about", lines);
    explain_claim(claims, "preferred_username", "known as", lines);
    explain_claim(claims, "azp", "held by client", lines);
    explain_claim(claims, "aud", "meant for", lines);
    if (claims.find("aud") == nullptr) lines.emplace_back("meant for nobody: there is no aud");
    explain_claim(claims, "scope", "scope", lines);
    explain_claim(claims, "sid", "session", lines);
    explain_claim(claims, "xid", "exchange tree", lines);
    explain_chain(claims, lines);
    explain_claim(claims, "may_act", "may be acted for by", lines);
    if (claims.find("cnf") != nullptr) lines.emplace_back("bound to a key: useless without it");
    const auto* jti = claims.find_string("jti");
    const auto origin = jti == nullptr ? std::string() : explain_jti(*jti);
    if (!origin.empty()) lines.push_back("came from: " + origin);
}

void explain_header(const jose::Header& header, std::vector<std::string>& lines) {
    if (header.algorithm) {
        lines.push_back("signed with " + header.alg + " by key " + shown(header.kid));
        return;
    }
    lines.push_back("alg is " + shown(header.alg) + ": this server never accepts that");
}

// The header as it stands; what peek_compact() keeps of it is not all.
json::Value whole_header(std::string_view text) {
    const auto compact = jose::split_compact(text);
    if (!compact) return {};
    const auto bytes = base64url_decode(compact->header_b64);
    if (!bytes) return {};
    auto header = json::parse(*bytes, {}, json::Positions::kNone);
    return header ? *std::move(header) : json::Value();
}

}  // namespace

std::string describe_shape(std::string_view text) {
    if (text.empty()) return "nothing: it is empty";
    if (looks_like_opaque_token(text)) return "an opaque access token of this server";
    if (sessions::looks_like_refresh_token(text)) return "a refresh token of this server";
    for (const auto& shape : kShapes) {
        if (text.starts_with(shape.start)) return std::string(shape.words);
    }
    const auto dots = std::ranges::count(text, '.');
    constexpr std::ptrdiff_t kDotsOfJwe = 4, kDotsOfJws = 2;
    if (text.starts_with("ey") && dots == kDotsOfJwe) return "an encrypted JWT (JWE)";
    if (text.starts_with("ey")) return "a part of a JWT (" + length_of(text) + ")";
    constexpr std::size_t kThreeUuids = 110;
    if (dots == kDotsOfJws && text.size() == kThreeUuids)
        return "an authorization code of Keycloak";
    return "opaque text of " + length_of(text);
}

Inspection inspect(std::string_view text, TimePoint now) {
    Inspection result;
    const auto trimmed = trim(text);
    if (trimmed.size() != text.size()) {
        result.lines.emplace_back("there is white space around it, which servers refuse");
    }
    auto peeked = jose::peek_compact(trimmed);
    if (!peeked) {
        const bool is_compact = jose::split_compact(trimmed).has_value();
        result.kind = is_compact ? "broken JWT" : describe_shape(trimmed);
        if (is_compact) result.lines.push_back("can not be read: " + peeked.error().describe());
        if (is_compact) result.header = whole_header(trimmed);
        return result;
    }
    result.kind = kind_of(peeked->header, peeked->claims);
    result.header = whole_header(trimmed);
    explain_header(peeked->header, result.lines);
    explain_times(peeked->claims, to_unix(now), result.lines);
    explain_parties(peeked->claims, result.lines);
    result.claims = std::move(peeked->claims);
    return result;
}

std::string to_text(const Inspection& inspection) {
    std::string text = "Nothing here was verified.\nIt looks like: " + inspection.kind + "\n";
    for (const auto& line : inspection.lines) text += "  - " + line + "\n";
    if (!inspection.header.is_null()) {
        text += "header: " + inspection.header.to_pretty_text() + "\n";
    }
    if (!inspection.claims.is_null()) {
        text += "claims: " + inspection.claims.to_pretty_text() + "\n";
    }
    return text;
}

json::Value to_json(const Inspection& inspection) {
    json::Value document = json::Value::object();
    document.set("verified", false);
    document.set("kind", inspection.kind);
    document.set("header", inspection.header);
    document.set("claims", inspection.claims);
    json::Value lines = json::Value::array();
    for (const auto& line : inspection.lines) lines.push(line);
    document.set("notes", std::move(lines));
    return document;
}

}  // namespace cambist::tokens
