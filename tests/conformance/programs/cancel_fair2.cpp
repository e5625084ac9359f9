// A task that three others cancel in every turn still gets its turn.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> victim()
{
    try {
        for (;;) {
            print("sleep a");
            co_await asyncio::sleep(0);
        }
    } catch (const asyncio::CancelledError&) {
        print("cancelled a");
    }
}

asyncio::Coroutine<> hunter(int id, asyncio::Task<> prey)
{
    while (prey.cancel()) {
        print("sleep b", id);
        co_await asyncio::sleep(0);
    }
    print("done b", id);
}

asyncio::Coroutine<> main_task()
{
    const asyncio::Task<> prey = asyncio::create_task(victim());
    for (int id = 0; id < 3; ++id) {
        asyncio::create_task(hunter(id, prey));
    }
    co_await prey;
}

}  // namespace

PROGRAM(cancel_fair2, 59, 61, 71) { asyncio::run(main_task()); }

}  // namespace conformance
