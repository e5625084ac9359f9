// What the servers on plain io_uring share: the ring, and the next submission.
#pragma once

#include "listen.h"

#include <errno.h>
#include <liburing.h>

static struct io_uring ring;

static inline void check(int result, const char* what)
{
    if (result < 0) {
        errno = -result;
        fail(what);
    }
}

static inline void set_up_ring(void)
{
    struct io_uring_params parameters;
    memset(&parameters, 0, sizeof parameters);
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                       IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL;
    parameters.cq_entries = 16384;
    check(io_uring_queue_init_params(4096, &ring, &parameters), "io_uring_setup");
    check(io_uring_register_ring_fd(&ring), "io_uring_register");
}

static inline struct io_uring_sqe* next_sqe(void)
{
    struct io_uring_sqe* sqe = io_uring_get_sqe(&ring);
    while (sqe == NULL) {
        io_uring_submit(&ring);
        sqe = io_uring_get_sqe(&ring);
    }
    return sqe;
}

static inline void submit_and_wait(void)
{
    const int result = io_uring_submit_and_wait(&ring, 1);
    if (result != -EINTR) {
        check(result, "io_uring_enter");
    }
}
