#pragma once

#include <utility>

namespace asyncio::detail {

class StreamState;

/// A shared owner of a stream: when the last one goes, the stream closes.
class StreamHandle {
public:
    StreamHandle() noexcept = default;
    explicit StreamHandle(StreamState& state) noexcept;
    StreamHandle(const StreamHandle& other) noexcept;
    StreamHandle(StreamHandle&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    StreamHandle& operator=(StreamHandle other) noexcept
    {
        std::swap(state_, other.state_);
        return *this;
    }
    ~StreamHandle();

    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }
    [[nodiscard]] bool operator==(const StreamHandle&) const noexcept = default;

    /// Throws RuntimeError if there is none.
    [[nodiscard]] StreamState& operator*() const
    {
        if (state_ == nullptr) {
            throw_empty();
        }
        return *state_;
    }
    [[nodiscard]] StreamState* operator->() const { return &**this; }

private:
    [[noreturn]] static void throw_empty();

    StreamState* state_ = nullptr;
};

}  // namespace asyncio::detail
