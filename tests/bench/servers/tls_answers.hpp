// What the TLS servers in C++ answer, like nginx beside them: something short, or 16 MiB in pieces.
#pragma once

#include "listen.h"

#include <cstddef>
#include <string>
#include <string_view>

inline constexpr std::string_view short_answer =
    "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nboard\n";
inline constexpr std::string_view long_answer =
    "HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n";
inline constexpr std::size_t piece_bytes = 64 * 1024;
inline constexpr std::size_t pieces = 256;

inline bool wants_much(std::string_view request) { return request.starts_with("GET /stream "); }

class TlsArguments {
public:
    TlsArguments(int argc, char** argv)
    {
        if (argc != 4) {
            std::fprintf(stderr, "usage: %s CERTIFICATE KEY PORT\n", argv[0]);
            std::exit(2);
        }
        certificate = argv[1];
        key = argv[2];
        port = std::atoi(argv[3]);
    }

    std::string certificate;
    std::string key;
    int port = 0;
};
