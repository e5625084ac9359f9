// The smallest user of an installed asyncio.
#include <asyncio/asyncio.hpp>

#include <cstdio>

asyncio::Coroutine<int> answer()
{
    co_await asyncio::sleep_ms(1);
    co_return 42;
}

int main() { std::printf("%d\n", asyncio::run(answer())); }
