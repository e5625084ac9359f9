// Two tasks that keep cancelling each other do not starve a third.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <vector>

namespace conformance {
namespace {

using Tasks = std::vector<asyncio::Task<>>;

asyncio::Coroutine<> work(std::size_t id, const Tasks* tasks, int victim)
{
    for (int i = 0; i < 3; ++i) {
        try {
            print("start", id);
            co_await asyncio::sleep(0);
            print("done", id);
        } catch (const asyncio::CancelledError&) {
            print("cancelled", id);
        }
        if (victim >= 0) {
            print(id, "cancels", victim);
            tasks->at(static_cast<std::size_t>(victim)).cancel();
        }
    }
}

asyncio::Coroutine<> main_task(Tasks* tasks)
{
    tasks->push_back(asyncio::create_task(work(0, tasks, 1)));
    tasks->push_back(asyncio::create_task(work(1, tasks, 0)));
    tasks->push_back(asyncio::create_task(work(2, tasks, -1)));
    co_await tasks->at(2);
}

}  // namespace

PROGRAM(cancel_fair, 42, 61, 71)
{
    Tasks tasks;
    asyncio::run(main_task(&tasks));
}

}  // namespace conformance
