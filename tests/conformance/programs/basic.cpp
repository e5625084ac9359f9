// sleep() lasts as long as it says; a negative time is none.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> say_after(double seconds, std::string what)
{
    co_await asyncio::sleep(seconds);
    print(what);
}

std::int64_t to_hundreds(std::int64_t ms) { return (ms + 50) / 100 * 100; }

asyncio::Coroutine<> main_task()
{
    print("start");
    co_await asyncio::sleep(0.001);
    print("after sleep");

    const auto start = now();
    co_await say_after(0.2, "short");
    const auto after_short = now();
    const std::int64_t first = ms_since(start);
    co_await say_after(0.4, "long");
    const auto after_long = now();
    const std::int64_t second = ms_since(after_short);
    co_await say_after(-1, "negative");
    const std::int64_t third = ms_since(after_long);
    print("took", to_hundreds(first), to_hundreds(second), to_hundreds(third));
}

}  // namespace

TIMED_PROGRAM(basic, 33) { asyncio::run(main_task()); }

}  // namespace conformance
