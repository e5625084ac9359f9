#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <liburing.h>
#include <memory>
#include <sys/mman.h>

namespace load {

/// Ends the program when `result`, of a call that gives -errno, is an error.
inline int check(int result, const char* what)
{
    if (result < 0) {
        std::fprintf(stderr, "load: %s: %s\n", what, std::strerror(-result));
        std::exit(1);
    }
    return result;
}
inline int check_errno(int result, const char* what)
{
    return check(result < 0 ? -errno : result, what);
}

/// The ring that the load generator waits on: it must cost less than the servers do, or it would be
/// the generator that is measured.
class Ring {
public:
    Ring()
    {
        io_uring_params parameters{};
        parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                           IORING_SETUP_CQSIZE | IORING_SETUP_SUBMIT_ALL;
        parameters.cq_entries = 32768;
        check(io_uring_queue_init_params(8192, &ring_, &parameters), "io_uring_setup");
        check(io_uring_register_ring_fd(&ring_), "io_uring_register");
    }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    ~Ring() { io_uring_queue_exit(&ring_); }

    io_uring_sqe& next()
    {
        io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
        while (sqe == nullptr) {
            io_uring_submit(&ring_);
            sqe = io_uring_get_sqe(&ring_);
        }
        return *sqe;
    }

    /// Submits, waits for a completion and gives all that there are to `completed`.
    template <typename F>
    void turn(F completed)
    {
        const int result = io_uring_submit_and_wait(&ring_, 1);
        if (result != -EINTR) {
            check(result, "io_uring_enter");
        }
        unsigned head = 0;
        unsigned count = 0;
        io_uring_cqe* cqe = nullptr;
        io_uring_for_each_cqe(&ring_, head, cqe)
        {
            ++count;
            completed(*cqe);
        }
        io_uring_cq_advance(&ring_, count);
    }

    io_uring* get() { return &ring_; }

private:
    io_uring ring_{};
};

/// Buffers that receives share.
class Buffers {
public:
    Buffers(Ring& ring, unsigned count, unsigned size)
        : count_{count}, size_{size},
          memory_{std::make_unique_for_overwrite<char[]>(std::size_t{count} * size)}
    {
        void* pages = mmap(nullptr, count * sizeof(io_uring_buf), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) {
            check(-ENOMEM, "mmap");
        }
        ring_ = static_cast<io_uring_buf_ring*>(pages);
        io_uring_buf_reg registration{};
        registration.ring_addr = reinterpret_cast<std::uintptr_t>(pages);
        registration.ring_entries = count;
        check(io_uring_register_buf_ring(ring.get(), &registration, 0), "io_uring_register");
        io_uring_buf_ring_init(ring_);
        for (unsigned id = 0; id < count; ++id) {
            give_back(id);
        }
    }

    [[nodiscard]] const char* bytes(unsigned id) const
    {
        return memory_.get() + std::size_t{id} * size_;
    }
    void give_back(unsigned id)
    {
        io_uring_buf_ring_add(ring_, memory_.get() + std::size_t{id} * size_, size_,
                              static_cast<unsigned short>(id), io_uring_buf_ring_mask(count_), 0);
        io_uring_buf_ring_advance(ring_, 1);
    }

private:
    unsigned count_;
    unsigned size_;
    std::unique_ptr<char[]> memory_;
    io_uring_buf_ring* ring_ = nullptr;
};

}  // namespace load
