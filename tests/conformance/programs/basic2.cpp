// run() returns with the value of main, whatever else still sleeps.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> long_sleeper()
{
    print("forever start");
    co_await asyncio::sleep(10);
}

asyncio::Coroutine<int> main_task()
{
    print("main start");
    asyncio::create_task(long_sleeper());
    co_await asyncio::sleep(0.001);
    print("main done");
    co_return 42;
}

}  // namespace

PROGRAM(basic2, 7, 31) { print(asyncio::run(main_task())); }

}  // namespace conformance
