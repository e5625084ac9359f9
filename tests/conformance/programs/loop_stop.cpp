// stop() lets what is ready run once more; run_forever() can be called again.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> other()
{
    print("task");
    co_return;
}

asyncio::Coroutine<> main_task(asyncio::Loop* loop)
{
    print("start");
    loop->stop();
    loop->stop();
    print("sleep");
    co_await asyncio::sleep(0);

    loop->stop();
    asyncio::create_task(other());
    co_await asyncio::sleep(0);

    print("end");
    loop->stop();
}

}  // namespace

PROGRAM(loop_stop, 183, 184)
{
    asyncio::Loop& loop = asyncio::get_event_loop();
    loop.create_task(main_task(&loop));
    for (int i = 0; i < 3; ++i) {
        print("run", i);
        loop.run_forever();
    }
}

}  // namespace conformance
