// The handler is told once of each failure that nobody awaits, in order.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

void custom_handler(asyncio::Loop&, const asyncio::ExceptionContext& context)
{
    print("custom_handler", repr(context.exception));
}

asyncio::Coroutine<> fails(int id)
{
    throw ValueError{text(id) + ", " + text(id + 1)};
    co_return;
}

asyncio::Coroutine<> main_task()
{
    asyncio::Loop& loop = asyncio::get_event_loop();
    print(loop.get_exception_handler() ? "a handler" : "None");
    loop.set_exception_handler(custom_handler);
    const auto handler = loop.get_exception_handler();
    const auto* const function =
        handler.target<void (*)(asyncio::Loop&, const asyncio::ExceptionContext&)>();
    print(function != nullptr && *function == custom_handler);

    asyncio::create_task(fails(0));
    print("sleep");
    co_await yield(2);

    asyncio::create_task(fails(1));
    asyncio::create_task(fails(2));
    print("sleep");
    co_await yield(2);

    const asyncio::Task<> task = asyncio::create_task(fails(3));
    co_await asyncio::sleep(0);
    try {
        co_await task;
    } catch (const ValueError&) {
        print(repr(std::current_exception()));
    }
    print("done");
}

}  // namespace

PROGRAM(set_exception_handler, 75, 76, 79, 85) { asyncio::run(main_task()); }

}  // namespace conformance
