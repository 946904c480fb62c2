// SPDX-License-Identifier: Apache-2.0
#include "crypto/distinguished_name.h"

#include <openssl/objects.h>

#include <algorithm>
#include <array>

#include "base/base64url.h"
#include "base/text.h"
#include "crypto/certificate_reading.h"
#include "crypto/openssl.h"

namespace cambist::crypto {
namespace {

std::unexpected<Error> refuse(std::string hint) { return fail(ErrorCode::kParse, std::move(hint)); }

struct TypeName {
    std::string_view name;  // in capitals
    std::string_view oid;
};
// RFC 4514 section 3 and Java's X500Principal; OpenSSL's own names come on top.
constexpr std::array<TypeName, 16> kTypes{{{"CN", "2.5.4.3"},
                                           {"C", "2.5.4.6"},
                                           {"L", "2.5.4.7"},
                                           {"ST", "2.5.4.8"},
                                           {"S", "2.5.4.8"},
                                           {"O", "2.5.4.10"},
                                           {"OU", "2.5.4.11"},
                                           {"STREET", "2.5.4.9"},
                                           {"SERIALNUMBER", "2.5.4.5"},
                                           {"DC", "0.9.2342.19200300.100.1.25"},
                                           {"UID", "0.9.2342.19200300.100.1.1"},
                                           {"EMAILADDRESS", "1.2.840.113549.1.9.1"},
                                           {"EMAIL", "1.2.840.113549.1.9.1"},
                                           {"E", "1.2.840.113549.1.9.1"},
                                           {"DNQ", "2.5.4.46"},
                                           {"T", "2.5.4.12"}}};

std::string dotted(const ASN1_OBJECT* object) {
    std::array<char, 128> text{};
    const int size = OBJ_obj2txt(text.data(), text.size(), object, 1);
    const bool whole = size > 0 && static_cast<std::size_t>(size) < text.size();
    return whole ? std::string(text.data()) : std::string();
}

Result<std::string> oid_of(std::string_view name) {
    std::string text(name);
    auto upper = text;
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    const auto known = std::ranges::find(kTypes, upper, &TypeName::name);
    if (known != kTypes.end()) return std::string(known->oid);
    if (upper.starts_with("OID.")) text.erase(0, 4);
    const std::unique_ptr<ASN1_OBJECT, Free<ASN1_OBJECT_free>> object(OBJ_txt2obj(text.c_str(), 0));
    drain_errors();
    auto oid = object ? dotted(object.get()) : std::string();
    if (oid.empty()) return refuse("unknown attribute type " + printable(name, 40));
    return oid;
}

std::string folded(std::string_view value) {
    std::string out;
    for (const char c : to_lower_ascii(trim(value)))
        if (c != ' ' || out.empty() || out.back() != ' ') out += c;
    return out;
}

// A hexadecimal value is the DER of the value (RFC 4514 section 2.4): of a short string, its text.
Result<std::string> value_of_hex(std::string_view hex) {
    const auto der = hex_decode(hex);
    if (!der || der->empty()) return refuse("a value after # must be hexadecimal digits");
    constexpr std::array<char, 3> kStrings{'\x0c', '\x13', '\x16'};  // UTF8, Printable, IA5
    const bool is_string =
        der->size() >= 2 && std::ranges::find(kStrings, der->front()) != kStrings.end();
    if (is_string && static_cast<unsigned char>((*der)[1]) == der->size() - 2)
        return der->substr(2);
    return "#" + to_lower_ascii(hex);
}

// Reads one text from its beginning; positions only grow.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<DistinguishedName> read() {
        DistinguishedName name;
        for (;;) {
            std::vector<DistinguishedName::Attribute> part;
            do {
                CAMBIST_TRY(auto attribute, attribute_at());
                part.push_back(std::move(attribute));
            } while (take('+'));
            std::ranges::sort(part);
            name.parts.push_back(std::move(part));
            if (at_ == text_.size()) return name;
            if (!take(',')) return refuse("expected a comma, a plus sign or the end");
        }
    }

  private:
    Result<DistinguishedName::Attribute> attribute_at() {
        const auto equals = text_.find('=', at_);
        if (equals == std::string_view::npos) return refuse("a part has no equals sign");
        CAMBIST_TRY(auto type, oid_of(trim(text_.substr(at_, equals - at_))));
        at_ = equals + 1;
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        if (at_ < text_.size() && text_[at_] == '#') {
            const auto end = std::min(text_.find_first_of(",+", at_), text_.size());
            CAMBIST_TRY(auto value, value_of_hex(trim(text_.substr(at_ + 1, end - at_ - 1))));
            at_ = end;
            return DistinguishedName::Attribute(std::move(type), std::move(value));
        }
        CAMBIST_TRY(auto value, string_at());
        return DistinguishedName::Attribute(std::move(type), std::move(value));
    }

    Result<std::string> string_at() {
        std::string value;
        std::size_t kept = 0;  // what trailing blanks may not be cut off of
        while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '+') {
            const char c = text_[at_++];
            if (c == '"' || c == ';' || c == '<' || c == '>' || c == '\0')
                return refuse("a special character must be escaped with a backslash");
            if (c != '\\') {
                value += c;
                continue;
            }
            CAMBIST_TRY(const auto escaped, escaped_at());
            value += escaped;
            kept = value.size();
        }
        while (value.size() > kept && value.back() == ' ') value.pop_back();
        return value;
    }

    Result<char> escaped_at() {
        constexpr std::string_view kSpecial = "\"+,;<>\\ #=";
        if (at_ < text_.size() && kSpecial.find(text_[at_]) != std::string_view::npos)
            return text_[at_++];
        const auto byte = hex_decode(text_.substr(std::min(at_, text_.size()), 2));
        if (!byte || byte->size() != 1 || byte->front() == '\0')
            return refuse("a backslash must escape a special character or two hexadecimal digits");
        at_ += 2;
        return byte->front();
    }

    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string utf8_of(const ASN1_STRING* value) {
    unsigned char* bytes = nullptr;
    const int size = ASN1_STRING_to_UTF8(&bytes, value);
    if (size < 0) {
        drain_errors();
        return {};
    }
    std::string text(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return text;
}

}  // namespace

bool operator==(const DistinguishedName& a, const DistinguishedName& b) {
    return std::ranges::equal(a.parts, b.parts, [](const auto& one, const auto& other) {
        return std::ranges::equal(one, other, [](const auto& x, const auto& y) {
            return x.first == y.first && folded(x.second) == folded(y.second);
        });
    });
}

Result<DistinguishedName> parse_distinguished_name(std::string_view text) {
    constexpr std::size_t kMaxName = 4096;
    if (text.empty() || text.size() > kMaxName) return refuse("it is empty or too long");
    return Reader(text).read();
}

Result<DistinguishedName> subject_of_certificate(std::string_view der) {
    CAMBIST_TRY(const auto certificate, read_certificate(der));
    const auto* subject = X509_get_subject_name(certificate.get());
    DistinguishedName name;
    int set = -1;
    for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
        const auto* entry = X509_NAME_get_entry(subject, i);
        if (name.parts.empty() || X509_NAME_ENTRY_set(entry) != set) name.parts.emplace_back();
        set = X509_NAME_ENTRY_set(entry);
        name.parts.back().emplace_back(dotted(X509_NAME_ENTRY_get_object(entry)),
                                       utf8_of(X509_NAME_ENTRY_get_data(entry)));
    }
    for (auto& part : name.parts) std::ranges::sort(part);
    std::ranges::reverse(name.parts);
    return name;
}

Result<std::string> subject_text(std::string_view der, std::string_view separator) {
    CAMBIST_TRY(const auto certificate, read_certificate(der));
    const BioPtr out(BIO_new(BIO_s_mem()));
    unsigned long flags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
    if (separator.size() > 1)
        flags = (flags & ~static_cast<unsigned long>(XN_FLAG_SEP_MASK)) | XN_FLAG_SEP_CPLUS_SPC;
    if (!out ||
        X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate.get()), 0, flags) < 0)
        return fail_crypto("the name in the certificate can not be read");
    char* data = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace cambist::crypto
