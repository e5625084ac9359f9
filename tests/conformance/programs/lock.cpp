// Lock: taking and giving back, the order among three, and cancelled waiters.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> takes_it_thrice(int id, asyncio::Lock* lock)
{
    print("task start", id);
    for (int i = 0; i < 3; ++i) {
        const auto held = co_await lock->scoped();
        print("task have", id, i);
    }
    print("task end", id);
}

asyncio::Coroutine<> holds_it_asleep(asyncio::Lock* lock)
{
    {
        const auto held = co_await lock->scoped();
        print("task have", lock->locked());
        co_await asyncio::sleep(0.2);
    }
    print("task release", lock->locked());
    co_await lock->acquire();
    print("task have again");
    lock->release();
}

asyncio::Coroutine<> may_be_cancelled(int id, asyncio::Lock* lock, const asyncio::Task<>* to_cancel)
{
    try {
        {
            const auto held = co_await lock->scoped();
            print("task got", id);
            co_await asyncio::sleep(0.1);
        }
        print("task release", id);
        if (to_cancel != nullptr) {
            to_cancel->cancel();
        }
    } catch (const asyncio::CancelledError&) {
        print("task cancel", id);
    }
}

asyncio::Coroutine<> take_and_give_back(asyncio::Lock* lock)
{
    print(lock->locked());
    co_await lock->acquire();
    print(lock->locked());
    co_await asyncio::sleep(0);
    lock->release();
    print(lock->locked());
    co_await asyncio::sleep(0);
    const auto held = co_await lock->scoped();
    print("have lock");
}

asyncio::Coroutine<> three_want_it(asyncio::Lock* lock)
{
    print("----");
    asyncio::create_task(takes_it_thrice(1, lock));
    asyncio::create_task(takes_it_thrice(2, lock));
    const asyncio::Task<> last = asyncio::create_task(takes_it_thrice(3, lock));
    co_await lock->acquire();
    co_await asyncio::sleep(0);
    lock->release();
    co_await last;
}

asyncio::Coroutine<> cancel_waiters(asyncio::Lock* lock)
{
    print("----");
    asyncio::Task<> second;
    asyncio::create_task(may_be_cancelled(0, lock, &second));
    second = asyncio::create_task(may_be_cancelled(1, lock, nullptr));
    asyncio::create_task(may_be_cancelled(2, lock, nullptr));
    co_await asyncio::sleep(0.3);
    print(lock->locked());

    print("----");
    asyncio::create_task(may_be_cancelled(0, lock, nullptr));
    const asyncio::Task<> waits = asyncio::create_task(may_be_cancelled(1, lock, nullptr));
    const asyncio::Task<> waits_too = asyncio::create_task(may_be_cancelled(2, lock, nullptr));
    co_await asyncio::sleep(0.05);
    waits.cancel();
    co_await asyncio::sleep(0.1);
    waits_too.cancel();
    co_await asyncio::sleep(0.1);
    print(lock->locked());
}

asyncio::Coroutine<> main_task()
{
    asyncio::Lock lock;
    co_await take_and_give_back(&lock);
    co_await three_want_it(&lock);

    print("----");
    asyncio::create_task(holds_it_asleep(&lock));
    co_await asyncio::sleep(0.1);
    co_await holds_it_asleep(&lock);

    co_await cancel_waiters(&lock);
}

}  // namespace

TIMED_PROGRAM(lock, 62, 128a, 129, 130, 131, 133) { asyncio::run(main_task()); }

}  // namespace conformance
