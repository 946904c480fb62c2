// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cambist::http {

enum class ListenerKind { kPublic, kManagement };

// One address to listen on.
struct Listener {
    std::string host = "127.0.0.1";  // numeric IPv4 or IPv6 address
    std::uint16_t port = 0;          // 0: any free port; Server::ports() tells which
    ListenerKind kind = ListenerKind::kPublic;
    std::string certificate_file;    // PEM chain, leaf first; empty: plain HTTP
    std::string key_file;            // PEM private key of the leaf
    bool asks_certificates = false;  // clients are asked for a certificate; without one is fine
};

// Which header the trusted proxies set. The other one is never read, since a proxy that does not
// know it passes on what the client wrote.
enum class ForwardingHeader { kXForwarded, kForwarded };

struct Settings {
    std::vector<Listener> listeners;             // every address to listen on
    std::size_t io_threads = 1;                  // network loops
    std::size_t workers = 0;                     // request threads; 0: max(64, 16 x cores)
    std::size_t queue_length = 1024;             // requests waiting for a worker; beyond it 503
    std::size_t max_connections = 10'000;        // open at once; beyond it 503
    std::size_t max_header_bytes = 16UL * 1024;  // request line and headers; beyond it 431
    std::size_t max_header_count = 64;           // header lines; beyond it 431
    std::size_t max_body_bytes = 64UL * 1024;    // beyond it 413
    std::size_t max_requests_per_connection = 100'000;  // then the connection is closed
    std::chrono::milliseconds header_timeout{10'000};   // first byte (or accept) to end of headers
    std::chrono::milliseconds body_timeout{20'000};     // end of headers to end of body
    std::chrono::milliseconds idle_timeout{75'000};     // between two requests
    std::chrono::milliseconds write_timeout{20'000};    // an answer the client does not take
    std::chrono::milliseconds stop_grace{10'000};       // requests in flight may end within this
    std::vector<std::string> trusted_proxies;  // addresses or CIDR blocks whose headers we believe
    ForwardingHeader forwarding_header = ForwardingHeader::kXForwarded;  // what they set
    // In which header they pass the client's certificate on; empty: in none.
    std::string certificate_header;
};

}  // namespace cambist::http
