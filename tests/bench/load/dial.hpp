#pragma once

#include "ring.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace load {

inline sockaddr_in server_address(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A socket that is not connected yet.
inline int open_socket()
{
    const int descriptor = check_errno(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

/// A connection to the server.
inline int dial(int port)
{
    const int descriptor = open_socket();
    const sockaddr_in address = server_address(port);
    check_errno(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address),
                "connect");
    return descriptor;
}

}  // namespace load
