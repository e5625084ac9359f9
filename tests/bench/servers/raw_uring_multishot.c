// Plain io_uring with all it has to be fast: multishot accept into direct descriptors, one
// multishot receive for each connection from a shared ring of buffers, and sends out of the very
// buffers that were received into.

#include "ring.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

enum { BUFFERS = 256, SLOTS = 16384, NONE = 0xffff };
enum operation { ACCEPT = 1, RECEIVE, SEND, CLOSE };

// Its received buffers form a list, the oldest first, which is the one that is sent.
struct connection {
    uint16_t first, last;
    bool receiving, sending, ending, waits_for_buffer;
};
struct buffer {
    unsigned begin, end;
    uint16_t next;
};

static struct connection connections[SLOTS];
static struct buffer buffers[BUFFERS];
static char* memory;
static struct io_uring_buf_ring* buffer_ring;
static unsigned given_back;
static unsigned waiting[SLOTS], waiting_count;  // Slots of connections that found no buffer.

static void tag(struct io_uring_sqe* sqe, enum operation operation, unsigned slot)
{
    sqe->user_data = (uint64_t)operation << 32 | slot;
}

static void give_back(unsigned id)
{
    io_uring_buf_ring_add(buffer_ring, memory + (size_t)id * READ_SIZE, READ_SIZE, (uint16_t)id,
                          io_uring_buf_ring_mask(BUFFERS), (int)given_back++);
}

static void set_up_buffers(void)
{
    const size_t size = BUFFERS * sizeof(struct io_uring_buf);
    void* pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory = malloc((size_t)BUFFERS * READ_SIZE);
    if (pages == MAP_FAILED || memory == NULL) {
        fail("mmap");
    }
    buffer_ring = pages;
    struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)pages, .ring_entries = BUFFERS};
    check(io_uring_register_buf_ring(&ring, &registration, 0), "io_uring_register");
    io_uring_buf_ring_init(buffer_ring);
    for (unsigned id = 0; id < BUFFERS; ++id) {
        give_back(id);
    }
}

static void start_accept(int listener)
{
    struct io_uring_sqe* sqe = next_sqe();
    io_uring_prep_multishot_accept_direct(sqe, listener, NULL, NULL, 0);
    tag(sqe, ACCEPT, 0);
}

static void start_receive(unsigned slot)
{
    struct io_uring_sqe* sqe = next_sqe();
    io_uring_prep_recv_multishot(sqe, (int)slot, NULL, 0, 0);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    tag(sqe, RECEIVE, slot);
    connections[slot].receiving = true;
}

static void start_send(unsigned slot)
{
    const unsigned id = connections[slot].first;
    struct io_uring_sqe* sqe = next_sqe();
    io_uring_prep_send(sqe, (int)slot, memory + (size_t)id * READ_SIZE + buffers[id].begin,
                       buffers[id].end - buffers[id].begin, MSG_NOSIGNAL | MSG_WAITALL);
    sqe->flags |= IOSQE_FIXED_FILE;
    tag(sqe, SEND, slot);
    connections[slot].sending = true;
}

static void close_when_at_rest(unsigned slot)
{
    struct connection* connection = &connections[slot];
    if (connection->ending && !connection->receiving && !connection->sending &&
        !connection->waits_for_buffer) {
        struct io_uring_sqe* sqe = next_sqe();
        io_uring_prep_close_direct(sqe, slot);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        tag(sqe, CLOSE, slot);
        connection->ending = false;
    }
}

static void drop_first(struct connection* connection)
{
    const unsigned id = connection->first;
    connection->first = buffers[id].next;
    give_back(id);
}

static void received(unsigned slot, const struct io_uring_cqe* cqe)
{
    struct connection* connection = &connections[slot];
    connection->receiving = (cqe->flags & IORING_CQE_F_MORE) != 0;
    if (cqe->res > 0) {
        const uint16_t id = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
        buffers[id] = (struct buffer){.end = (unsigned)cqe->res, .next = NONE};
        if (connection->first == NONE) {
            connection->first = id;
        } else {
            buffers[connection->last].next = id;
        }
        connection->last = id;
        if (!connection->sending) {
            start_send(slot);
        }
        if (!connection->receiving) {
            start_receive(slot);
        }
    } else if (cqe->res == -ENOBUFS) {
        connection->waits_for_buffer = true;
        waiting[waiting_count++] = slot;
    } else {
        connection->ending = true;
        close_when_at_rest(slot);
    }
}

static void sent(unsigned slot, int result)
{
    struct connection* connection = &connections[slot];
    struct buffer* buffer = &buffers[connection->first];
    connection->sending = false;
    if (result < 0) {
        // The peer has gone; the receive sees that too, and ends the connection.
        while (connection->first != NONE) {
            drop_first(connection);
        }
        close_when_at_rest(slot);
        return;
    }
    buffer->begin += (unsigned)result;
    if (buffer->begin == buffer->end) {
        drop_first(connection);
    }
    if (connection->first != NONE) {
        start_send(slot);
    } else {
        close_when_at_rest(slot);
    }
}

static void publish_buffers(void)
{
    if (given_back == 0) {
        return;
    }
    io_uring_buf_ring_advance(buffer_ring, (int)given_back);
    given_back = 0;
    while (waiting_count > 0) {
        const unsigned slot = waiting[--waiting_count];
        connections[slot].waits_for_buffer = false;
        start_receive(slot);
    }
}

int main(int argc, char** argv)
{
    const int listener = listen_on(port_argument(argc, argv), 0);
    set_up_ring();
    check(io_uring_register_files_sparse(&ring, SLOTS), "io_uring_register");
    set_up_buffers();
    publish_buffers();
    start_accept(listener);
    for (;;) {
        submit_and_wait();
        unsigned head, count = 0;
        struct io_uring_cqe* cqe;
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            ++count;
            const unsigned slot = (unsigned)cqe->user_data;
            switch ((enum operation)(cqe->user_data >> 32)) {
                case ACCEPT:
                    if (cqe->res >= 0) {
                        connections[cqe->res] = (struct connection){.first = NONE};
                        start_receive((unsigned)cqe->res);
                    }
                    if ((cqe->flags & IORING_CQE_F_MORE) == 0) {
                        start_accept(listener);
                    }
                    break;
                case RECEIVE: received(slot, cqe); break;
                case SEND: sent(slot, cqe->res); break;
                case CLOSE: break;
            }
        }
        io_uring_cq_advance(&ring, count);
        publish_buffers();
    }
}
