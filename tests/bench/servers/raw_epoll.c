// Plain epoll, level-triggered: read, write back at once; what the socket does not take waits in a
// buffer of the connection, which is not read meanwhile.

#include "listen.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>

struct connection {
    char* unsent;  // Null: nothing waits.
    size_t begin, end;
};

static int poller;
static struct connection* connections;  // By descriptor.
static char bytes[READ_SIZE];

static void watch(int operation, int descriptor, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (epoll_ctl(poller, operation, descriptor, &event) != 0) {
        fail("epoll_ctl");
    }
}

static void end(int descriptor)
{
    free(connections[descriptor].unsent);
    connections[descriptor].unsent = NULL;
    close(descriptor);
}

static void keep_unsent(int descriptor, const char* rest, size_t size)
{
    struct connection* connection = &connections[descriptor];
    connection->unsent = malloc(size);
    if (connection->unsent == NULL) {
        fail("malloc");
    }
    memcpy(connection->unsent, rest, size);
    connection->begin = 0;
    connection->end = size;
    watch(EPOLL_CTL_MOD, descriptor, EPOLLOUT);
}

static void echo(int descriptor)
{
    const ssize_t size = read(descriptor, bytes, sizeof bytes);
    if (size <= 0) {
        if (size == 0 || errno != EAGAIN) {
            end(descriptor);
        }
        return;
    }
    ssize_t sent = write(descriptor, bytes, (size_t)size);
    if (sent < 0) {
        if (errno != EAGAIN) {
            end(descriptor);
            return;
        }
        sent = 0;
    }
    if (sent < size) {
        keep_unsent(descriptor, bytes + sent, (size_t)(size - sent));
    }
}

static void send_unsent(int descriptor)
{
    struct connection* connection = &connections[descriptor];
    const ssize_t sent = write(descriptor, connection->unsent + connection->begin,
                               connection->end - connection->begin);
    if (sent < 0) {
        if (errno != EAGAIN) {
            end(descriptor);
        }
        return;
    }
    connection->begin += (size_t)sent;
    if (connection->begin == connection->end) {
        free(connection->unsent);
        connection->unsent = NULL;
        watch(EPOLL_CTL_MOD, descriptor, EPOLLIN);
    }
}

static void accept_all(int listener)
{
    int descriptor;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        watch(EPOLL_CTL_ADD, descriptor, EPOLLIN);
    }
}

int main(int argc, char** argv)
{
    const int listener = listen_on(port_argument(argc, argv), SOCK_NONBLOCK);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    connections = calloc(limit.rlim_cur, sizeof *connections);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0 || connections == NULL) {
        fail("epoll_create1");
    }
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    for (;;) {
        struct epoll_event events[512];
        const int count = epoll_wait(poller, events, 512, -1);
        for (int i = 0; i < count; ++i) {
            const int descriptor = events[i].data.fd;
            if (descriptor == listener) {
                accept_all(listener);
            } else if (connections[descriptor].unsent != NULL) {
                send_unsent(descriptor);
            } else {
                echo(descriptor);
            }
        }
    }
}
