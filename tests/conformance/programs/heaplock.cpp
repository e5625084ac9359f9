// Switching between tasks and sleeping allocate nothing. (The simulated kernel does allocate.)

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include "conformance/allocations.hpp"

namespace conformance {
namespace {

asyncio::Coroutine<> work(int id, int rounds, int ms)
{
    for (int i = 0; i < rounds; ++i) {
        print(id, i);
        co_await asyncio::sleep_ms(ms);
    }
}

asyncio::Coroutine<> main_task()
{
    const asyncio::Task<> first = asyncio::create_task(work(1, 4, 100));
    const asyncio::Task<> second = asyncio::create_task(work(2, 2, 250));

    const std::size_t before = allocations();
    print("start");
    co_await asyncio::sleep_ms(5);
    print("sleep");
    co_await asyncio::sleep_ms(350);
    print("finish");
    const std::size_t after = allocations();
    print(after - before, "allocations");
}

}  // namespace

KERNEL_PROGRAM(heaplock, 41)
{
    printed().reserve(1000);
    asyncio::run(main_task());
}

}  // namespace conformance
