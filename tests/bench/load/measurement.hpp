#pragma once

#include "options.hpp"
#include "usage.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace load {

using Clock = std::chrono::steady_clock;

/// Counts what came back between the end of the warm-up and the end of the measured time.
class Measurement {
public:
    explicit Measurement(const Options& options)
        : options_{options}, opens_{Clock::now() + to_duration(options.warm_up_s)}
    {
    }

    void message(Clock::duration latency, std::uint64_t bytes)
    {
        ++messages_;
        bytes_ += bytes;
        ++histogram_[bucket(
            static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0)))];
    }
    void failure() { ++failures_; }

    /// Call once in each turn; true when the time is over.
    [[nodiscard]] bool over(Clock::time_point now)
    {
        if (!open_ && now >= opens_) {
            open_ = true;
            messages_ = bytes_ = failures_ = 0;
            histogram_.fill(0);
            server_ = server_usage();
            own_ = Usage{"self"};
            opens_ = Clock::now();
        } else if (open_ && now >= opens_ + to_duration(options_.measured_s)) {
            closed_ = Clock::now();
            server_ = server_usage() - server_;
            own_ = Usage{"self"} - own_;
            return true;
        }
        return false;
    }

    /// One object of JSON.
    void print() const
    {
        std::printf("{\"messages\": %llu, \"bytes\": %llu, \"failures\": %llu, \"seconds\": %.6f, "
                    "\"server_cpu_ns\": %llu, \"server_wait_ns\": %llu, \"load_cpu_ns\": %llu, "
                    "\"load_wait_ns\": %llu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
                    number(messages_), number(bytes_), number(failures_),
                    std::chrono::duration<double>{closed_ - opens_}.count(), number(server_.cpu_ns),
                    number(server_.wait_ns), number(own_.cpu_ns), number(own_.wait_ns),
                    percentile_us(50), percentile_us(99));
    }

private:
    // 32 buckets for each power of two: 3 % of error.
    static constexpr unsigned fine = 5;

    static unsigned long long number(std::uint64_t value) { return value; }
    static Clock::duration to_duration(double seconds)
    {
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{seconds});
    }
    static std::size_t bucket(std::uint64_t ns)
    {
        if (ns < (1U << fine)) {
            return ns;
        }
        const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1;
        return ((power - fine + 1) << fine) + ((ns >> (power - fine)) & ((1U << fine) - 1));
    }
    static double bucket_ns(std::size_t index)
    {
        if (index < (1U << fine)) {
            return static_cast<double>(index);
        }
        const std::size_t power = (index >> fine) + fine - 1;
        return static_cast<double>(((std::uint64_t{1} << fine) + (index & ((1U << fine) - 1)))
                                   << (power - fine));
    }
    [[nodiscard]] double percentile_us(std::uint64_t percent) const
    {
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < histogram_.size(); ++i) {
            seen += histogram_[i];
            if (seen * 100 >= messages_ * percent && seen > 0) {
                return bucket_ns(i) / 1000;
            }
        }
        return 0;
    }
    [[nodiscard]] Usage server_usage() const
    {
        return options_.server_pid != 0 ? Usage{std::to_string(options_.server_pid)} : Usage{};
    }

    const Options& options_;
    bool open_ = false;
    Clock::time_point opens_;
    Clock::time_point closed_;
    std::uint64_t messages_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t failures_ = 0;
    std::array<std::uint64_t, 64U << fine> histogram_{};
    Usage server_;
    Usage own_;
};

}  // namespace load
