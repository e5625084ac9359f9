// More bytes than the other side takes at once: written, drained and read in one loop.

#include "conformance/connected.hpp"
#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> writes(asyncio::Stream stream, std::string data)
{
    stream.write(data);
    co_await stream.drain();
}

asyncio::Coroutine<> main_task()
{
    std::string data;
    for (int i = 0; i < 20; ++i) {
        data += "ABC123";
    }
    const auto size = static_cast<std::int64_t>(data.size());
    print("w", size);

    const auto [near, far] = co_await connected_streams();
    asyncio::create_task(writes(near, data));
    co_await asyncio::sleep_ms(10);
    const std::string received = co_await far.readexactly(size);
    print(repr(received));
    print("r", received.size());
    print(received == data);
}

}  // namespace

PROGRAM(ringio_async, 142, 148) { asyncio::run(main_task()); }

}  // namespace conformance
