// A new event loop starts without the tasks of the old one.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> counts()
{
    for (int i = 0; i < 4; ++i) {
        print("task", i);
        co_await yield(2);
    }
}

asyncio::Coroutine<> main_task()
{
    print("start");
    asyncio::get_event_loop().create_task(counts());
    co_await asyncio::sleep(0);
    print("stop");
    asyncio::get_event_loop().stop();
}

void run_on(asyncio::Loop& loop)
{
    loop.create_task(main_task());
    loop.run_forever();
    loop.close();
}

}  // namespace

KERNEL_PROGRAM(new_event_loop, 186, 187)
{
    run_on(asyncio::get_event_loop());
    run_on(asyncio::new_event_loop());
}

}  // namespace conformance
