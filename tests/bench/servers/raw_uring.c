// Plain io_uring, the straightforward way: accept, and for each connection receive, send, receive
// ... with a buffer of its own.

#include "ring.h"

#include <stdbool.h>
#include <unistd.h>

struct connection {
    int descriptor;
    bool sending;
    unsigned begin, end;
    char bytes[READ_SIZE];
};

static void start_accept(int listener)
{
    struct io_uring_sqe* sqe = next_sqe();
    io_uring_prep_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
    io_uring_sqe_set_data(sqe, NULL);
}

static void start_receive(struct connection* connection)
{
    struct io_uring_sqe* sqe = next_sqe();
    connection->sending = false;
    io_uring_prep_recv(sqe, connection->descriptor, connection->bytes, READ_SIZE, 0);
    io_uring_sqe_set_data(sqe, connection);
}

static void start_send(struct connection* connection)
{
    struct io_uring_sqe* sqe = next_sqe();
    connection->sending = true;
    io_uring_prep_send(sqe, connection->descriptor, connection->bytes + connection->begin,
                       connection->end - connection->begin, MSG_NOSIGNAL);
    io_uring_sqe_set_data(sqe, connection);
}

static void accepted(int descriptor)
{
    struct connection* connection = malloc(sizeof *connection);
    if (connection == NULL) {
        fail("malloc");
    }
    connection->descriptor = descriptor;
    start_receive(connection);
}

static void completed(struct connection* connection, int result)
{
    if (result <= 0) {
        close(connection->descriptor);
        free(connection);
    } else if (!connection->sending) {
        connection->begin = 0;
        connection->end = (unsigned)result;
        start_send(connection);
    } else {
        connection->begin += (unsigned)result;
        if (connection->begin < connection->end) {
            start_send(connection);
        } else {
            start_receive(connection);
        }
    }
}

int main(int argc, char** argv)
{
    const int listener = listen_on(port_argument(argc, argv), 0);
    set_up_ring();
    start_accept(listener);
    for (;;) {
        submit_and_wait();
        unsigned head, count = 0;
        struct io_uring_cqe* cqe;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            ++count;
            struct connection* connection = io_uring_cqe_get_data(cqe);
            if (connection != NULL) {
                completed(connection, cqe->res);
                continue;
            }
            if (cqe->res >= 0) {
                accepted(cqe->res);
            }
            start_accept(listener);
        }
        io_uring_cq_advance(&ring, count);
    }
}
