// A cancelled wait_for(): its caller is told first, then the task it waits for.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> awaited(double seconds, bool returns)
{
    try {
        print("awaiting started");
        co_await asyncio::sleep(seconds);
    } catch (const asyncio::CancelledError&) {
        print("awaiting canceled");
        if (!returns) {
            throw;
        }
    }
}

asyncio::Coroutine<> waits(bool catches, bool awaited_returns)
{
    try {
        co_await asyncio::wait_for(awaited(2, awaited_returns), 1);
    } catch (const asyncio::TimeoutError&) {
        print("Got timeout error");
        throw;
    } catch (const asyncio::CancelledError&) {
        print("Got canceled");
        if (!catches) {
            throw;
        }
    }
}

asyncio::Coroutine<> cancels(asyncio::Task<> task)
{
    print("cancel started");
    co_await asyncio::sleep(0.01);
    print("cancel wait()");
    task.cancel();
}

asyncio::Coroutine<> main_task(bool catches, bool awaited_returns)
{
    print("----------");
    const asyncio::Task<> waiting = asyncio::create_task(waits(catches, awaited_returns));
    asyncio::create_task(cancels(waiting));
    try {
        co_await waiting;
    } catch (const asyncio::CancelledError&) {
        print("waiting got cancelled");
    }
}

}  // namespace

PROGRAM(wait_for_fwd, 96)
{
    asyncio::run(main_task(false, false));
    asyncio::run(main_task(false, true));
    asyncio::run(main_task(true, true));
    asyncio::run(main_task(true, false));
}

}  // namespace conformance
