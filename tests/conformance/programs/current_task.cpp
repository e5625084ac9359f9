// current_task() is the task that runs; outside of tasks there is none.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> reports_itself(asyncio::AnyTask* who)
{
    *who = asyncio::current_task();
    co_return;
}

asyncio::Coroutine<> main_task()
{
    asyncio::AnyTask who;
    const asyncio::Task<> task = asyncio::create_task(reports_itself(&who));
    co_await yield(2);
    print(who == task);
}

void ask_outside_of_tasks()
{
    try {
        (void)asyncio::current_task();
        print("there is one");
    } catch (const asyncio::RuntimeError&) {
        print("RuntimeError");
    }
}

}  // namespace

PROGRAM(current_task, 44)
{
    ask_outside_of_tasks();
    asyncio::run(main_task());
    ask_outside_of_tasks();
}

}  // namespace conformance
