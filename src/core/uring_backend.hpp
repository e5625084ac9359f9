#pragma once

#include "core/backend.hpp"
#include "core/uring_buffers.hpp"
#include "core/uring_setup.hpp"

#include <cstdint>
#include <liburing.h>
#include <string>
#include <vector>

namespace asyncio::detail {

/// The loop on io_uring.
///
/// One ring for one thread; one io_uring_enter for a turn at most. Every submission has its
/// completion (nothing is skipped or linked), deadlines are the timeout of the wait, and cancels
/// are submissions of their own: when the queue is full it is handed over first, so none is lost.
class UringBackend final : public Backend {
public:
    /// How large the ring is; tests make it tiny.
    static constexpr unsigned default_entries = 256;

    /// Sets up the ring with the best flags the kernel takes, none better than `best`; `reason`
    /// says why not better. Throws UringRefused.
    explicit UringBackend(unsigned entries = default_entries,
                          UringSetup best = UringSetup::deferred, const std::string& reason = {});
    ~UringBackend() override;

    void submit() noexcept override;
    void wait(std::optional<Time> deadline) override;
    void dispatch() override;
    [[nodiscard]] Time now() const noexcept override;
    [[nodiscard]] std::string description() override;
    [[nodiscard]] Network& network() noexcept override { return kernel_network(); }

    /// Do receives share buffers? Else each is a poll and a recv(2).
    [[nodiscard]] bool has_provided_buffers() { return buffers_.available(ring_); }
    /// How many there are so far.
    [[nodiscard]] unsigned provided_buffers() const noexcept { return buffers_.count(); }
    /// From now on it works as on a kernel without them: for tests. Requires: no receive so far.
    void do_without_provided_buffers() noexcept { buffers_.refuse(); }

private:
    /// What the kernel says of a submission.
    struct Entry {
        std::uint64_t user_data;
        std::int32_t result;
        std::uint32_t flags;
    };

    [[nodiscard]] bool has_news() const noexcept override;
    void do_start(Operation& operation) override;
    void do_cancel(Operation& operation) override;
    [[nodiscard]] bool take_back(const Operation& operation);
    [[nodiscard]] io_uring_sqe& next_submission();
    void submit_now();
    void set_aside_completions();
    void complete(const Entry& entry);
    void cancel_again();
    /// Are there any that were not dispatched, or that the kernel has yet to hand over?
    [[nodiscard]] bool has_completions() const noexcept;
    void complete_receive(Operation& operation, const Entry& entry);
    void receive_without_buffers(Operation& operation);

    io_uring ring_{};
    RingSetup setup_;
    UringBuffers buffers_;
    bool buffers_grown_ = false;  // In this dispatch().
    bool cancel_missed_ = false;  // A cancel has found nothing.
    std::vector<Entry> set_aside_;  // Taken from a full completion queue, to dispatch later.
};

}  // namespace asyncio::detail
