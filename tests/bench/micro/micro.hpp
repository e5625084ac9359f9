#pragma once

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <numeric>
#include <vector>

// What the micro benchmarks share. Each prints lines "NAME NANOSECONDS": CPU time of the process
// for one operation. Wall time would measure the neighbours as well.

namespace micro {

constexpr int operations = 500'000;
constexpr int lockers = 10;        // Tasks that want one lock.
constexpr int gathered = 1'000;    // Tasks of one gather.
constexpr int gathers = 300;
constexpr int timers = 100'000;

class Stopwatch {
public:
    Stopwatch(const char* name, int count) : name_{name}, count_{count}, begun_{cpu_time_ns()} {}

    void print() const
    {
        std::printf("%s %.2f\n", name_, static_cast<double>(cpu_time_ns() - begun_) / count_);
        std::fflush(stdout);
    }

private:
    static std::int64_t cpu_time_ns()
    {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return time.tv_sec * 1'000'000'000 + time.tv_nsec;
    }

    const char* name_;
    int count_;
    std::int64_t begun_;
};

/// The same delays and the same order of cancels for all libraries. What the timers lie in is there
/// before the time is taken: it is a frame's for us, and the user's for libuv.
class TimerPlan {
public:
    TimerPlan() : delays_ms(timers), cancelled(timers)
    {
        std::uint32_t state = 42;
        const auto random = [&state](std::uint32_t below) {
            state = state * 1664525 + 1013904223;
            return (state >> 8) % below;
        };
        for (int& delay : delays_ms) {
            delay = 1 + static_cast<int>(random(499));
        }
        std::iota(cancelled.begin(), cancelled.end(), std::size_t{0});
        for (std::size_t i = cancelled.size() - 1; i > 0; --i) {
            std::swap(cancelled[i], cancelled[random(static_cast<std::uint32_t>(i + 1))]);
        }
        cancelled.resize(timers / 10 * 9);
    }

    std::vector<int> delays_ms;
    std::vector<std::size_t> cancelled;  ///< Which timers, in this order: 90 %.
};

}  // namespace micro
