// The smallest user of an installed asyncio.
#include <asyncio/asyncio.hpp>

#include <cstdio>

asyncio::Coroutine<int> answer()
{
    co_await asyncio::sleep_ms(1);
    co_return 42;
}

int main()
{
    // Needs OpenSSL, which a static library does not carry.
    const asyncio::SSLContext context{asyncio::PROTOCOL_TLS_CLIENT};
    std::printf("%d\n", context.check_hostname() ? asyncio::run(answer()) : 0);
}
