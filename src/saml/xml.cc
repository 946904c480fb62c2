// SPDX-License-Identifier: Apache-2.0
// The only file that sees libxml2.
#include "saml/xml.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>

#include <algorithm>
#include <new>

#include "base/base64url.h"
#include "base/text.h"

namespace cambist::saml {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

std::string_view view(const xmlChar* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// Errors are values here; the library must not write them to stderr.
void say_nothing(void* /*context*/, xmlErrorPtr /*error*/) {}
void print_nothing(void* /*context*/, const char* /*format*/, ...) {}

void start_library() {
    static const bool started = [] {
        xmlInitParser();
        return true;
    }();
    CAMBIST_ASSERT(started);
    xmlSetStructuredErrorFunc(nullptr, &say_nothing);  // of this thread
}

// Hears in this thread, as long as it lives, whether the library lacked memory. It says so nowhere
// else: it goes on with less of the document, and calls that well-formed.
class MemoryWatch {
  public:
    MemoryWatch() {
        start_library();
        xmlSetStructuredErrorFunc(this, &hear);
        xmlSetGenericErrorFunc(this, &hear_text);
    }
    ~MemoryWatch() {
        xmlSetStructuredErrorFunc(nullptr, &say_nothing);
        xmlSetGenericErrorFunc(nullptr, &print_nothing);
    }
    MemoryWatch(const MemoryWatch&) = delete;
    MemoryWatch& operator=(const MemoryWatch&) = delete;

    // As `new` does it: nobody who sent something is to blame. Not from inside the library.
    void check() const {
        if (lacked_) throw std::bad_alloc();
    }
    void check(const void* made) const {
        check();
        if (made == nullptr) throw std::bad_alloc();
    }

  private:
    static void hear(void* context, xmlErrorPtr error) {
        if (error->code == XML_ERR_NO_MEMORY) static_cast<MemoryWatch*>(context)->lacked_ = true;
    }
    // Nothing else is said in this way while there is the other.
    static void hear_text(void* context, const char* /*format*/, ...) {
        static_cast<MemoryWatch*>(context)->lacked_ = true;
    }

    bool lacked_ = false;
};

// What is counted while a document is read.
struct Reading {
    XmlLimits limits;
    std::size_t elements = 0;
    std::size_t attributes = 0;
    std::size_t namespaces = 0;
    std::optional<ErrorCode> refusal;
    std::string_view hint;  // empty: the limits
};

// Called by the library, through which nothing may be thrown: so the text is made later.
void refuse(xmlParserCtxtPtr parser, ErrorCode code, std::string_view hint = {}) {
    auto& reading = *static_cast<Reading*>(parser->_private);
    if (!reading.refusal) {
        reading.refusal = code;
        reading.hint = hint;
    }
    xmlStopParser(parser);
}

std::unexpected<Error> refusal_of(const Reading& reading) {
    const auto& limits = reading.limits;
    if (!reading.hint.empty()) return fail(*reading.refusal, std::string(reading.hint));
    return fail(*reading.refusal, "at most " + std::to_string(limits.depth) + " levels, " +
                                      std::to_string(limits.elements) + " elements and " +
                                      std::to_string(limits.attributes_of_one) +
                                      " attributes of one element");
}

void on_doctype(void* context, const xmlChar* /*name*/, const xmlChar* /*external*/,
                const xmlChar* /*system*/) {
    refuse(static_cast<xmlParserCtxtPtr>(context), ErrorCode::kSamlDoctype,
           "a document with <!DOCTYPE is refused, whatever it declares");
}

void on_instruction(void* context, const xmlChar* /*target*/, const xmlChar* /*data*/) {
    refuse(static_cast<xmlParserCtxtPtr>(context), ErrorCode::kSamlMalformed,
           "processing instructions are refused");
}

// RFC 3986 section 3.1: a scheme, then a colon.
bool is_absolute(std::string_view uri) {
    const auto colon = uri.find(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    return std::ranges::all_of(uri.substr(0, colon), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '-' || c == '.';
    });
}

// `namespaces` are pairs of prefix and URI. Long ones would be written again for every element when
// the document is canonicalised.
bool are_namespaces_good(const xmlChar** namespaces, int count) {
    constexpr std::size_t kMaxUri = 300;
    for (int i = 0; i < count; ++i) {
        const auto uri = view(namespaces[2 * i + 1]);
        if (!uri.empty() && (!is_absolute(uri) || uri.size() > kMaxUri)) return false;
    }
    return true;
}

// The signature is the library's: 9 parameters.
void on_element(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
                int namespace_count, const xmlChar** namespaces, int attribute_count,
                int defaulted_count, const xmlChar** attributes) {
    auto* parser = static_cast<xmlParserCtxtPtr>(context);
    auto& reading = *static_cast<Reading*>(parser->_private);
    const auto own = static_cast<std::size_t>(attribute_count);
    reading.elements += 1;
    reading.attributes += own;
    reading.namespaces += static_cast<std::size_t>(namespace_count);
    const auto& limits = reading.limits;
    if (parser->nodeNr >= limits.depth || reading.elements > limits.elements ||
        reading.attributes > limits.attributes || own > limits.attributes_of_one ||
        reading.namespaces > limits.namespaces)
        return refuse(parser, ErrorCode::kSamlTooLarge);
    if (!are_namespaces_good(namespaces, namespace_count))
        return refuse(parser, ErrorCode::kSamlMalformed,
                      "a namespace is no absolute URI of at most 300 bytes");
    xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces, attribute_count,
                          defaulted_count, attributes);
}

struct FreeParser {
    void operator()(xmlParserCtxtPtr parser) const { xmlFreeParserCtxt(parser); }
};

std::unexpected<Error> malformed(std::string hint) {
    return fail(ErrorCode::kSamlMalformed, std::move(hint));
}

// An XML declaration may say what is true anyway: version 1.0 and UTF-8. Gives what follows it.
Result<std::string_view> without_declaration(std::string_view bytes) {
    constexpr std::string_view kStart = "<?xml";
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (!bytes.starts_with(kStart) || bytes.size() <= kStart.size() ||
        kSpaces.find(bytes[kStart.size()]) == std::string_view::npos)
        return bytes;
    const auto end = bytes.find("?>");
    if (end == std::string_view::npos) return malformed("the XML declaration does not end");
    auto declaration = to_lower_ascii(bytes.substr(kStart.size(), end - kStart.size()));
    std::ranges::replace(declaration, '\'', '"');
    if (declaration.find("version=\"1.0\"") == std::string::npos)
        return malformed("only XML 1.0 is read");
    if (declaration.find("encoding") != std::string::npos &&
        declaration.find("encoding=\"utf-8\"") == std::string::npos)
        return malformed("only UTF-8 is read");
    return bytes.substr(end + 2);
}

// What is to be canonicalised.
struct Selection {
    const xmlNode* element;
    const xmlNode* without;
};

int is_selected(void* context, xmlNodePtr node, xmlNodePtr parent) {
    const auto& selection = *static_cast<const Selection*>(context);
    const xmlNode* at = node->type == XML_NAMESPACE_DECL ? parent : node;
    for (; at != nullptr; at = at->parent) {
        if (at == selection.without) return 0;
        if (at == selection.element) return 1;
    }
    return 0;
}

// A document of the size that is read at all does not grow so far, unless it was made to.
constexpr std::size_t kMaxCanonical = 2UL * 1024 * 1024;

// What is canonicalised so far.
struct Canonical {
    std::string bytes;
    bool lacked_memory = false;
};

int append_bytes(void* context, const char* bytes, int count) {
    auto& canonical = *static_cast<Canonical*>(context);
    const auto more = static_cast<std::size_t>(count);
    if (canonical.bytes.size() + more > kMaxCanonical) return -1;
    try {
        canonical.bytes.append(bytes, more);
    } catch (const std::bad_alloc&) {  // nothing may be thrown through the library
        canonical.lacked_memory = true;
        return -1;
    }
    return count;
}

std::string content_of(const xmlNode* first) {
    std::string text;
    for (const auto* at = first; at != nullptr; at = at->next)
        if (at->type == XML_TEXT_NODE || at->type == XML_CDATA_SECTION_NODE)
            text += view(at->content);
    return text;
}

}  // namespace

std::string_view XmlElement::ns() const {
    return node_->ns == nullptr ? std::string_view() : view(node_->ns->href);
}

std::string_view XmlElement::name() const { return view(node_->name); }

bool XmlElement::is(std::string_view ns, std::string_view name) const {
    return this->name() == name && this->ns() == ns;
}

std::vector<XmlElement> XmlElement::children() const {
    std::vector<XmlElement> found;
    for (const auto* at = node_->children; at != nullptr; at = at->next)
        if (at->type == XML_ELEMENT_NODE) found.emplace_back(at);
    return found;
}

std::vector<XmlAttribute> XmlElement::attributes() const {
    std::vector<XmlAttribute> found;
    for (const auto* at = node_->properties; at != nullptr; at = at->next)
        found.push_back({at->ns == nullptr ? std::string_view() : view(at->ns->href),
                         view(at->name), content_of(at->children)});
    return found;
}

std::optional<std::string> XmlElement::attribute(std::string_view name) const {
    for (const auto* at = node_->properties; at != nullptr; at = at->next)
        if (at->ns == nullptr && view(at->name) == name) return content_of(at->children);
    return std::nullopt;
}

std::string XmlElement::text() const { return content_of(node_->children); }

Result<XmlDocument> XmlDocument::parse(std::string_view bytes, const XmlLimits& limits) {
    if (bytes.size() > limits.bytes)
        return fail(ErrorCode::kSamlTooLarge, "at most " + std::to_string(limits.bytes) + " bytes");
    if (!is_valid_utf8(bytes) || bytes.find('\0') != std::string_view::npos)
        return malformed("only UTF-8 is read");
    CAMBIST_TRY(const auto content, without_declaration(bytes));
    const MemoryWatch memory;
    const std::unique_ptr<xmlParserCtxt, FreeParser> parser(xmlNewParserCtxt());
    memory.check(parser.get());
    Reading reading{limits, 0, 0, 0, {}, {}};
    parser->_private = &reading;
    parser->sax->internalSubset = &on_doctype;
    parser->sax->processingInstruction = &on_instruction;
    parser->sax->startElementNs = &on_element;
    // No NOENT, DTDLOAD, DTDATTR, XINCLUDE or HUGE: nothing is expanded, nothing is loaded.
    constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
                             XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    std::shared_ptr<xmlDoc> document(
        xmlCtxtReadMemory(parser.get(), content.data(), static_cast<int>(content.size()), nullptr,
                          "UTF-8", kOptions),
        [](xmlDoc* one) {
            if (one != nullptr) xmlFreeDoc(one);
        });
    memory.check();
    if (reading.refusal) return refusal_of(reading);
    if (document == nullptr || parser->wellFormed == 0 || parser->nsWellFormed == 0 ||
        document->intSubset != nullptr || document->extSubset != nullptr ||
        xmlDocGetRootElement(document.get()) == nullptr)
        return malformed("this is no well-formed XML with namespaces");
    return XmlDocument(std::move(document), limits);
}

XmlElement XmlDocument::root() const { return XmlElement(xmlDocGetRootElement(document_.get())); }

Result<std::string> XmlDocument::canonical(const XmlElement& element, const XmlElement* without,
                                           const std::vector<std::string>& prefixes) const {
    const MemoryWatch memory;
    std::vector<std::string> names(prefixes);
    std::vector<xmlChar*> list;
    for (auto& name : names) list.push_back(reinterpret_cast<xmlChar*>(name.data()));
    list.push_back(nullptr);
    Selection selection{element.node_, without == nullptr ? nullptr : without->node_};
    Canonical canonical;
    auto* output = xmlOutputBufferCreateIO(&append_bytes, nullptr, &canonical, nullptr);
    memory.check(output);
    const int outcome = xmlC14NExecute(document_.get(), &is_selected, &selection,
                                       XML_C14N_EXCLUSIVE_1_0, list.data(), 0, output);
    const int closed = xmlOutputBufferClose(output);
    memory.check();
    if (canonical.lacked_memory) throw std::bad_alloc();
    // The digest of nothing is a digest, too: an empty form proves nothing (CVE-2025-66568).
    if (outcome < 0 || closed < 0 || canonical.bytes.empty())
        return fail(ErrorCode::kSamlSignatureForm, "the signed element can not be canonicalised");
    return std::move(canonical.bytes);
}

std::string_view trim_xml(std::string_view text) {
    const auto start = text.find_first_not_of(kSpaces);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(kSpaces) - start + 1);
}

std::optional<std::string> decode_base64_binary(std::string_view text) {
    std::string dense;
    dense.reserve(text.size());
    for (const char c : text)
        if (kSpaces.find(c) == std::string_view::npos) dense.push_back(c);
    return base64_decode(dense);
}

}  // namespace cambist::saml
