#pragma once

#include <asyncio/detail/timer.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <optional>

namespace asyncio::detail {

/// A time limit: seconds, a std::chrono duration, or std::nullopt for none.
class TimeLimit {
public:
    TimeLimit(double seconds) : limit_{to_time(seconds)} {}
    TimeLimit(std::nullopt_t) noexcept {}
    template <typename Rep, typename Period>
    TimeLimit(std::chrono::duration<Rep, Period> duration) : limit_{to_time(duration)}
    {
    }

    [[nodiscard]] const std::optional<Time>& get() const noexcept { return limit_; }

private:
    std::optional<Time> limit_;
};

}  // namespace asyncio::detail
