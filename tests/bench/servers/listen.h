// What the servers in C and C++ share: the listening socket and the size of a read. Every server
// takes a port, listens on 127.0.0.1, runs one thread and sends back what it reads.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { READ_SIZE = 16 * 1024, BACKLOG = 4096 };

static inline void fail(const char* what)
{
    perror(what);
    exit(1);
}

static inline void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static inline int port_argument(int argc, char** argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        exit(2);
    }
    return atoi(argv[1]);
}

// `type` is SOCK_NONBLOCK or 0. Accepted sockets inherit TCP_NODELAY from this one.
static inline int listen_on(int port, int type)
{
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | type, 0);
    if (descriptor < 0) {
        fail("socket");
    }
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(descriptor, (struct sockaddr*)&address, sizeof address) != 0) {
        fail("bind");
    }
    if (listen(descriptor, BACKLOG) != 0) {
        fail("listen");
    }
    return descriptor;
}
