// A chain of tasks that await each other, awaited by a task and by run_until_complete().

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <vector>

namespace conformance {
namespace {

using Chain = std::vector<asyncio::Task<>>;

asyncio::Coroutine<> job(asyncio::Task<> prerequisite, std::string name)
{
    if (prerequisite) {
        co_await prerequisite;
    }
    co_await asyncio::sleep(0.1);
    print(name, "work completed");
}

Chain plan()
{
    asyncio::Loop& loop = asyncio::get_event_loop();
    Chain tasks;
    tasks.push_back(loop.create_task(job({}, "task0")));
    tasks.push_back(loop.create_task(job(tasks[0], "task1")));
    tasks.push_back(loop.create_task(job(tasks[1], "task2")));
    return tasks;
}

asyncio::Coroutine<> async_test()
{
    print("--- async test");
    const Chain tasks = plan();
    co_await tasks[0];
    print("-> task0 done");
    co_await tasks[2];
    print("-> task2 done");
}

void sync_test()
{
    print("--- sync test");
    const Chain tasks = plan();
    asyncio::get_event_loop().run_until_complete(tasks[0]);
    print("-> task0 done");
    asyncio::get_event_loop().run_until_complete(tasks[2]);
    print("-> task2 done");
}

}  // namespace

PROGRAM(wait_for_linked_task, 20, 49)
{
    asyncio::get_event_loop().run_until_complete(async_test());
    sync_test();
}

}  // namespace conformance
