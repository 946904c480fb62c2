// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct _xmlDoc;
struct _xmlNode;

namespace cambist::saml {

struct XmlAttribute {
    std::string_view ns;  // empty: none
    std::string_view name;
    std::string value;
};

// One element: a view, valid as long as its document. Names are compared by namespace and local
// name; prefixes can not be seen.
class XmlElement {
  public:
    explicit XmlElement(const _xmlNode* node) : node_(node) {}

    std::string_view ns() const;
    std::string_view name() const;
    bool is(std::string_view ns, std::string_view name) const;
    std::vector<XmlElement> children() const;
    std::vector<XmlAttribute> attributes() const;
    // An attribute without a namespace; nothing when it is absent.
    std::optional<std::string> attribute(std::string_view name) const;
    // All of its own text, with what stands between comments joined; not that of its children.
    std::string text() const;

    friend bool operator==(const XmlElement& a, const XmlElement& b) = default;

  private:
    friend class XmlDocument;
    const _xmlNode* node_;
};

struct XmlLimits {
    std::size_t bytes = 256UL * 1024;
    int depth = 64;
    std::size_t elements = 4000;
    std::size_t attributes = 8000;
    std::size_t attributes_of_one = 64;
    std::size_t namespaces = 500;  // declarations
};

// A parsed document: immutable, a shared handle, for any thread. What is refused is refused while
// it is read, before anything is built of it: document types and with them all entities, processing
// instructions, other encodings than UTF-8, XML 1.1, undeclared prefixes, relative namespaces, and
// whatever exceeds the limits. Nothing is ever loaded from a file or from the network. What the
// library can not read or write whole for want of memory ends in std::bad_alloc, as by `new`.
class XmlDocument {
  public:
    // kSamlMalformed, kSamlDoctype, kSamlTooLarge.
    static Result<XmlDocument> parse(std::string_view bytes, const XmlLimits& limits = {});

    XmlElement root() const;
    const XmlLimits& limits() const { return limits_; }

    // Exclusive XML Canonicalization 1.0 without comments of the element and all in it, but for
    // `without` (null: all); `prefixes` are those of InclusiveNamespaces. Never empty: what can not
    // be canonicalised is kSamlSignatureForm.
    Result<std::string> canonical(const XmlElement& element, const XmlElement* without,
                                  const std::vector<std::string>& prefixes) const;

  private:
    XmlDocument(std::shared_ptr<_xmlDoc> document, const XmlLimits& limits)
        : document_(std::move(document)), limits_(limits) {}

    std::shared_ptr<_xmlDoc> document_;
    XmlLimits limits_;
};

// XML's own white space, and no other.
std::string_view trim_xml(std::string_view text);
// The bytes of a base64Binary, which may be broken into lines; nothing if it is none.
std::optional<std::string> decode_base64_binary(std::string_view text);

}  // namespace cambist::saml
