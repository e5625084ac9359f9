// Three sensors are asked at once. What each answers is used as it comes (as_completed); then the
// first answer is enough (wait); and at the end everything that still runs is found by name.

#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <string>
#include <vector>

asyncio::Coroutine<double> measure(double celsius, int ms)
{
    co_await asyncio::sleep_ms(ms);
    co_return celsius;
}

std::vector<asyncio::Task<double>> ask_all()
{
    return {asyncio::create_task(measure(21.5, 60), "cellar"),
            asyncio::create_task(measure(23.0, 20), "kitchen"),
            asyncio::create_task(measure(19.5, 40), "attic")};
}

asyncio::Coroutine<> main_task()
{
    auto answers = asyncio::as_completed(ask_all());
    auto answer = co_await answers.next();
    while (answer) {
        std::printf("%s: %.1f degrees\n", answer.name().c_str(), answer.result());
        answer = co_await answers.next();
    }

    const auto asked = co_await asyncio::wait(ask_all(), asyncio::FIRST_COMPLETED);
    std::printf("%s answered first\n", asked.done.front().name().c_str());

    for (const asyncio::AnyTask& task : asyncio::all_tasks()) {
        if (task != asyncio::current_task()) {
            std::printf("not waiting for the %s\n", task.name().c_str());
            task.cancel();
        }
    }
}

int main() { asyncio::run(main_task()); }
