// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cambist::http {

// The certificate (DER) in the header by which a proxy that ends TLS passes it on: RFC 9440
// (":base64:"), or PEM with percent-encoding (nginx's $ssl_client_escaped_cert), or the bare base64
// of the DER. Nothing when it is none of them.
std::optional<std::string> read_certificate_header(std::string_view value);

}  // namespace cambist::http
