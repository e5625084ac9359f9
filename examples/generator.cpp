// An async generator: a source of values that may wait between them.

#include <asyncio/asyncio.hpp>

#include <cstdio>

asyncio::Generator<int> countdown(int from)
{
    for (int i = from; i > 0; --i) {
        co_yield i;
        co_await asyncio::sleep_ms(100);
    }
}

asyncio::Generator<double> average_of_two(asyncio::Generator<int> numbers)
{
    auto first = co_await numbers.next();
    auto second = co_await numbers.next();
    while (first && second) {
        co_yield (*first + *second) / 2.0;
        first = co_await numbers.next();
        second = co_await numbers.next();
    }
}

asyncio::Coroutine<> main_task()
{
    auto numbers = countdown(3);
    auto number = co_await numbers.next();
    while (number) {
        std::printf("%d\n", *number);
        number = co_await numbers.next();
    }

    auto averages = average_of_two(countdown(6));
    auto average = co_await averages.next();
    while (average) {
        std::printf("average %.1f\n", *average);
        average = co_await averages.next();
    }
}

int main() { asyncio::run(main_task()); }
