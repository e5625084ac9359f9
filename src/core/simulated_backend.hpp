#pragma once

#include "core/backend.hpp"
#include "core/simulated_network.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace asyncio::detail {

/// A world in memory with a clock of its own: the backend of VirtualLoop.
///
/// What the kernel leaves open is drawn from the seed: in which order operations complete that
/// could all complete, and how much one receive or send moves. Seed 0 draws nothing: operations
/// complete in the order in which they were started, whole. Operations on descriptors of the
/// kernel (an eventfd) are made for real, without waiting.
class SimulatedBackend final : public Backend {
public:
    explicit SimulatedBackend(std::uint64_t seed);

    /// With nothing to complete, the clock jumps to the deadline; without a deadline the wait is
    /// for the kernel's descriptors, or - if there are none - throws RuntimeError: a deadlock.
    void wait(std::optional<Time> deadline) override;
    void dispatch() override;
    [[nodiscard]] Time now() const noexcept override { return now_; }
    [[nodiscard]] Time timer_slack() const noexcept override { return Time::zero(); }
    [[nodiscard]] std::string description() override;
    [[nodiscard]] Network& network() noexcept override { return network_; }

    void set_now(Time now) noexcept { now_ = now; }

    /// See VirtualLoop::fail().
    void fail(Operation::Kind kind, int error, std::uint64_t nth);

    [[nodiscard]] const SimulatedNetwork& sockets() const noexcept { return network_; }

    /// See VirtualLoop::shorten().
    void shorten(Operation::Kind kind, std::size_t bytes, std::uint64_t nth);

private:
    /// What is to become of an operation.
    struct Fate {
        int error = 0;  // It ends with this errno.
        std::size_t most = std::numeric_limits<std::size_t>::max();  // So many bytes it moves.
    };
    struct Fault {
        Operation::Kind kind;
        Fate fate;
        std::uint64_t left;
    };
    struct Started {
        Operation* operation;
        Fate fate;
    };

    [[nodiscard]] bool has_news() const noexcept override;
    void do_start(Operation& operation) override;
    void do_cancel(Operation& operation) override;
    [[nodiscard]] Fate fate_of(Operation::Kind kind);
    bool attempt(const Started& started);
    [[nodiscard]] int attempt_in_kernel(const Operation& operation);
    void finish(Operation& operation, const Completion& completion);
    void forget(Operation& operation);
    [[nodiscard]] std::size_t draw(std::size_t at_most);
    /// poll(2) on the kernel's descriptors in flight; -1 with ENOENT if there are none.
    int poll_kernel(int timeout_ms) const;

    Time now_{};
    std::uint64_t seed_;
    std::mt19937_64 random_;
    SimulatedNetwork network_;
    std::vector<Started> started_;  // In the order in which they were started.
    std::vector<Fault> faults_;
    bool changed_ = false;  // Something was started, cancelled or completed since dispatch().
};

}  // namespace asyncio::detail
