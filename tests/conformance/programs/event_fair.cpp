// Tasks that play ping-pong with an Event do not starve others.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> sleeper(int id)
{
    for (int i = 0; i < 4; ++i) {
        print("sleep", id);
        co_await asyncio::sleep(0);
    }
}

asyncio::Coroutine<> player(int id, asyncio::Event* event)
{
    for (int i = 0; i < 4; ++i) {
        event->set();
        event->clear();
        print("wait", id);
        co_await event->wait();
    }
}

asyncio::Coroutine<> main_task(asyncio::Event* event)
{
    asyncio::create_task(sleeper(0));
    const asyncio::Task<> first_player = asyncio::create_task(player(2, event));
    asyncio::create_task(sleeper(1));
    asyncio::create_task(player(3, event));
    co_await first_player;
    event->set();
}

}  // namespace

PROGRAM(event_fair, 23, 120)
{
    asyncio::Event event;
    asyncio::run(main_task(&event));
    asyncio::get_event_loop().close();  // While the event is still there.
}

}  // namespace conformance
