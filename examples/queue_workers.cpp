// Three workers share the jobs of a queue. A semaphore lets two of them use the one pump at a
// time, and the program waits until every job is done.

#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <string>
#include <vector>

asyncio::Coroutine<> worker(std::string name, asyncio::Queue<int>& jobs, asyncio::Semaphore& pumps)
{
    while (true) {
        const int litres = co_await jobs.get();
        {
            auto held = co_await pumps.scoped();
            co_await asyncio::sleep_ms(litres);
            std::printf("%s pumped %d litres\n", name.c_str(), litres);
        }
        jobs.task_done();
    }
}

asyncio::Coroutine<> main_task()
{
    asyncio::Queue<int> jobs{4};  // Four jobs may wait; then put() does.
    asyncio::Semaphore pumps{2};
    std::vector<asyncio::Task<>> workers;
    for (const char* name : {"ann", "bob", "cid"}) {
        workers.push_back(asyncio::create_task(worker(name, jobs, pumps), name));
    }
    for (int litres = 10; litres <= 100; litres += 10) {
        co_await jobs.put(litres);
    }
    co_await jobs.join();
    std::puts("all jobs done");

    // They wait for more, and must have stopped before the queue goes.
    for (const auto& task : workers) {
        task.cancel();
    }
    co_await asyncio::wait(workers);
}

int main() { asyncio::run(main_task()); }
