// get_event_loop().run_until_complete() runs a coroutine.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> main_task()
{
    print("start");
    co_await asyncio::sleep(0.01);
    print("end");
}

}  // namespace

PROGRAM(get_event_loop, 20, 182) { asyncio::get_event_loop().run_until_complete(main_task()); }

}  // namespace conformance
