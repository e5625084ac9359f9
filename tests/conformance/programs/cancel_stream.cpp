// A task that reads can be cancelled.

#include "conformance/connected.hpp"
#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> reads(asyncio::Stream stream)
{
    print("start");
    try {
        co_await stream.read(10);
        print("fail");
    } catch (const asyncio::CancelledError&) {
        print("cancelled");
    }
}

asyncio::Coroutine<> main_task()
{
    const auto [near, far] = co_await connected_streams();
    const asyncio::Task<> task = asyncio::create_task(reads(near));
    co_await asyncio::sleep(0);
    print("cancelling");
    task.cancel();
    print("waiting");
    co_await task;
    print("done");
    near.close();
    co_await near.wait_closed();
}

}  // namespace

PROGRAM(cancel_stream, 62) { asyncio::run(main_task()); }

}  // namespace conformance
