// The timers of libuv, which has no tasks.

#include "micro.hpp"

#include <memory>
#include <uv.h>

namespace {

int left = 0;

void expired(uv_timer_t* /*timer*/) { --left; }

/// Prints the time to add and cancel, or, without cancels, until all have expired.
void run(const char* name, const micro::TimerPlan& plan, bool cancels)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    const auto timers = std::make_unique<uv_timer_t[]>(micro::timers);
    left = micro::timers;
    const micro::Stopwatch stopwatch{name, micro::timers};
    for (std::size_t i = 0; i < micro::timers; ++i) {
        uv_timer_init(&loop, &timers[i]);
        uv_timer_start(&timers[i], expired, static_cast<std::uint64_t>(plan.delays_ms[i]), 0);
    }
    if (cancels) {
        for (const std::size_t i : plan.cancelled) {
            uv_timer_stop(&timers[i]);
        }
        stopwatch.print();
        left -= static_cast<int>(plan.cancelled.size());
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    if (!cancels) {
        stopwatch.print();
    }
    if (left != 0) {
        std::fprintf(stderr, "%d timers have not expired\n", left);
    }
}

}  // namespace

int main()
{
    const micro::TimerPlan plan;
    run("timer", plan, true);
    run("sleep", plan, false);
}
