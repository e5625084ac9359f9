// Work for other threads, and work from other threads.

#include <asyncio/asyncio.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>

/// Blocks its thread, as a library that knows nothing of asyncio does.
std::string read_slow_sensor(int number)
{
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    return "sensor " + std::to_string(number) + ": 21.5 degrees";
}

asyncio::Coroutine<int> double_of(int value)
{
    co_await asyncio::sleep_ms(10);
    co_return 2 * value;
}

/// A thread of its own, which uses the loop.
void other_thread(asyncio::LoopHandle loop, asyncio::Event& done)
{
    std::future<int> answer = asyncio::run_coroutine_threadsafe(double_of(21), loop);
    std::printf("the loop says %d\n", answer.get());
    const auto finish = [&done] { done.set(); };
    loop.call_soon_threadsafe(finish);
}

asyncio::Coroutine<> main_task()
{
    // Both sensors at once: each call has a thread, and this one is free meanwhile.
    auto readings = asyncio::gather(asyncio::to_thread(read_slow_sensor, 1),
                                    asyncio::to_thread(read_slow_sensor, 2));
    const auto [first, second] = co_await std::move(readings);
    std::printf("%s\n%s\n", first.c_str(), second.c_str());

    asyncio::Event done;
    std::thread thread{other_thread, asyncio::get_event_loop().handle(), std::ref(done)};
    co_await done.wait();
    thread.join();
}

int main() { asyncio::run(main_task()); }
