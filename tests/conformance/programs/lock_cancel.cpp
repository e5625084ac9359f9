// A lock passes over waiters that are cancelled, and ends up free.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> work(int id, asyncio::Lock* lock, bool* taken)
{
    print("task", id, "start");
    try {
        co_await lock->acquire();
    } catch (const asyncio::CancelledError&) {
        print("task", id, "cancel");
        co_return;
    }
    print("task", id, "lock_flag", *taken);
    *taken = true;
    co_await asyncio::sleep(0);
    lock->release();
    *taken = false;
    print("task", id, "done");
}

asyncio::Coroutine<> main_task()
{
    asyncio::Lock lock;
    co_await lock.acquire();
    bool taken = true;

    asyncio::create_task(work(0, &lock, &taken));
    const asyncio::Task<> second = asyncio::create_task(work(1, &lock, &taken));
    const asyncio::Task<> third = asyncio::create_task(work(2, &lock, &taken));
    asyncio::create_task(work(3, &lock, &taken));
    co_await asyncio::sleep(0);

    second.cancel();
    third.cancel();
    lock.release();
    taken = false;
    co_await yield(4);
    print(lock.locked());
}

}  // namespace

PROGRAM(lock_cancel, 70, 129, 131) { asyncio::run(main_task()); }

}  // namespace conformance
