// A task cannot cancel itself.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> cancels_itself(const asyncio::Task<>* self)
{
    print("task start");
    self->cancel();
    co_return;
}

asyncio::Coroutine<> main_task()
{
    asyncio::Task<> task;
    task = asyncio::create_task(cancels_itself(&task));
    try {
        co_await task;
    } catch (const asyncio::CancelledError&) {
        print("main cancel");
    }
    print("main done");
}

}  // namespace

PROGRAM(cancel_self, 67)
{
    try {
        asyncio::run(main_task());
    } catch (const asyncio::RuntimeError& error) {
        print(error.what());
    }
}

}  // namespace conformance
