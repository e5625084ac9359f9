#pragma once

#include "core/backend.hpp"
#include "core/epoll_timer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asyncio::detail {

/// The loop on epoll, where io_uring is refused.
///
/// A send or connect is tried by the next wait(), everything else once epoll has said that the
/// descriptor is ready; what was found out is told by dispatch(). All operations of a descriptor
/// share one registration, which reports once (EPOLLONESHOT) and is then armed again for those
/// that still wait: so a descriptor that stays ready makes nobody spin, and one that nobody waits
/// for is never armed, whatever its number is used for next. Requires, unlike io_uring, that an
/// operation is cancelled before its descriptor is closed.
class EpollBackend final : public Backend {
public:
    /// `reason` says why it is not io_uring; it becomes part of the description. Throws OSError.
    explicit EpollBackend(const std::string& reason = {});
    ~EpollBackend() override;

    void wait(std::optional<Time> deadline) override;
    void dispatch() override;
    [[nodiscard]] Time now() const noexcept override;
    [[nodiscard]] std::string description() override { return description_; }
    [[nodiscard]] Network& network() noexcept override { return kernel_network(); }

private:
    /// Who waits for a descriptor, first come first served, and for what epoll is armed.
    struct Watch {
        Operation* first = nullptr;
        Operation* last = nullptr;
        std::uint32_t armed = 0;
        bool registered = false;
    };
    /// For dispatch(): an operation with its result, or one to try, with what epoll has said.
    struct Due {
        Operation* operation;
        std::optional<int> result;
        std::uint32_t events;
    };

    [[nodiscard]] bool has_news() const noexcept override { return true; }
    void do_start(Operation& operation) override;
    void do_cancel(Operation& operation) override;

    void hand_over();
    void await_ready(Operation& operation);
    void retry_later(Operation& operation);
    [[nodiscard]] bool stop_waiting(Operation& operation);
    [[nodiscard]] int arm(int descriptor, std::uint32_t events);
    void became_ready(int descriptor, std::uint32_t events);
    [[nodiscard]] bool must_wait(Operation& operation, int result);

    void attempt(Operation& operation, std::uint32_t events);
    void accept(Operation& operation);
    void receive(Operation& operation);

    int epoll_;
    std::string description_;
    EpollTimer timer_;
    std::vector<Watch> watches_;  // By descriptor.
    bool looks_ = true;  // Does wait() ask epoll this time?
    std::vector<Operation*> starting_;  // Sends and connects, for the next wait().
    std::vector<Due> due_;
    std::vector<Due> dispatching_;  // Kept for its memory.
    std::vector<Operation*> retrying_;  // Connects that nothing announces; see retry_later().
    Time retry_at_{};
    std::vector<std::byte> scratch_;  // What a receive brings.
};

}  // namespace asyncio::detail
