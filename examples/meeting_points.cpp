// Ways for tasks to meet: a barrier, at which all wait for each other; a condition, which
// tells that something has changed; a queue that gives the most urgent first, and one that gives
// the newest; and a semaphore that notices when something is given back twice.

#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <string>
#include <utility>

/// Fills its tank in its own time; no pump starts before all tanks are full.
asyncio::Coroutine<> pump(std::string name, int ms, asyncio::Barrier& start)
{
    co_await asyncio::sleep_ms(ms);
    std::printf("%s is ready\n", name.c_str());
    const std::size_t place = co_await start.wait();
    if (place == 0) {
        std::puts("all pumps start");
    }
}

asyncio::Coroutine<> fill(int& level, asyncio::Condition& changed)
{
    while (level < 3) {
        co_await asyncio::sleep_ms(10);
        auto held = co_await changed.scoped();
        ++level;
        changed.notify_all();
    }
}

asyncio::Coroutine<> alarm_when_high(const int& level, asyncio::Condition& changed)
{
    auto held = co_await changed.scoped();
    const auto high = [&level] { return level >= 3; };
    co_await changed.wait_for(high);
    std::printf("alarm: the level is %d\n", level);
}

asyncio::Coroutine<> main_task()
{
    asyncio::Barrier start{3};
    co_await asyncio::gather(pump("north", 30, start), pump("south", 10, start),
                             pump("east", 20, start));

    int level = 0;
    asyncio::Condition changed;
    co_await asyncio::gather(fill(level, changed), alarm_when_high(level, changed));

    asyncio::PriorityQueue<std::pair<int, std::string>> jobs;
    jobs.put_nowait({3, "sweep"});
    jobs.put_nowait({1, "stop the leak"});
    jobs.put_nowait({2, "refill"});
    while (!jobs.empty()) {
        const auto job = co_await jobs.get();
        std::printf("%d. %s\n", job.first, job.second.c_str());
    }

    asyncio::LifoQueue<std::string> tools;
    tools.put_nowait("hammer");
    tools.put_nowait("saw");
    const std::string tool = co_await tools.get();
    std::printf("the %s lies on top\n", tool.c_str());

    asyncio::BoundedSemaphore keys{1};
    co_await keys.acquire();
    keys.release();
    try {
        keys.release();
    } catch (const asyncio::RuntimeError& error) {
        std::printf("the key was not out: %s\n", error.what());
    }
}

int main() { asyncio::run(main_task()); }
