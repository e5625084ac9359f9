#pragma once

#include "core/backend.hpp"

#include <csignal>
#include <cstdint>

namespace asyncio::detail {

/// Hears a signal on the loop's thread. One watch for each signal of the process.
class SignalWatch : public RefCounted, private Operation {
public:
    /// Installs the handler, and listens on `backend` until stop(). Throws OSError when no
    /// descriptor is left; std::invalid_argument if the signal cannot be handled or is being
    /// watched.
    void start(int signal, Backend& backend);

    /// Puts back the handler that was there before. Harmless when it is not started.
    void stop() noexcept;

    /// After stop(): does the kernel hold nothing of it?
    [[nodiscard]] bool at_rest() const noexcept { return idle(); }

protected:
    SignalWatch() : Operation{Kind::read} { background = true; }
    ~SignalWatch() override;

    /// The signal has come, once or more often. On the loop's thread, between the steps of tasks.
    virtual void signalled() noexcept = 0;

private:
    void complete(const Completion& completion) noexcept override;

    Backend* backend_ = nullptr;
    int signal_ = 0;  // 0: not started.
    struct sigaction before_{};
    std::uint64_t count_ = 0;
};

}  // namespace asyncio::detail
