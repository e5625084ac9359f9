// The edges of pins for handlers.
#include "pin_fixture.hpp"

#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>

#include <stdexcept>

namespace pin_tests {
namespace {

using PinIrq = PinTest;

TEST_F(PinIrq, IrqRunsItsHandlerOnTheLoopForEachSuchEdge)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    Trace trace;
    pin.irq(
        [&trace](Pin which) {
            trace.push_back(which.name() + ' ' + asyncio::current_task().name());
        },
        Pin::IRQ_FALLING);
    board().drive(4, 0);
    board().release(4);
    board().drive(4, 0);
    EXPECT_TRUE(trace.empty());
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"GPIO4 edges of GPIO4", "GPIO4 edges of GPIO4"}));
}

TEST_F(PinIrq, AnEmptyIrqHandlerStopsIt)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    int calls = 0;
    pin.irq([&calls](Pin) { ++calls; });
    board().drive(4, 0);
    pin.irq(nullptr);
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(calls, 0);
}

TEST_F(PinIrq, AnIrqHandlerMayReplaceItselfAndTheEdgesThatWaitForItAreForgotten)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    Trace trace;
    pin.irq([&trace](Pin which) {
        trace.push_back("first");
        which.irq([&trace](Pin) { trace.push_back("second"); });
    });
    board().drive(4, 0);
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"first"});
    board().drive(4, 0);
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"first", "second"}));
}

TEST_F(PinIrq, WhatAnIrqHandlerThrowsGoesToTheExceptionHandlerAndTheNextEdgeIsReported)
{
    asyncio::VirtualLoop loop;
    Trace trace;
    loop.loop().set_exception_handler(
        [&trace](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            trace.push_back(context.message);
        });
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    pin.irq([&trace](Pin which) {
        if (which.value() == 0) {
            throw std::runtime_error{"it burns"};
        }
        trace.push_back("called");
    });
    board().drive(4, 0);
    loop.run_until_idle();
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"the edge handler of 'GPIO4' failed", "called"}));
}

Coroutine<> stop_after_turns(Pin pin, int turns)
{
    for (int i = 0; i < turns; ++i) {
        co_await asyncio::sleep_ms(0);
    }
    pin.irq(nullptr);
}

TEST_F(PinIrq, AnIrqHandlerThatMakesEdgesDoesNotStopTheOtherTasks)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::OUT, {}, 0);
    int calls = 0;
    pin.irq([&calls](Pin which) {
        ++calls;
        which.toggle();
    });
    pin.on();
    loop.run(stop_after_turns(pin, 10));
    EXPECT_GE(calls, 9);
    EXPECT_LE(calls, 12);
}

TEST_F(PinIrq, AnIrqGoesOnInTheNextLoop)
{
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    int calls = 0;
    {
        asyncio::VirtualLoop first;
        pin.irq([&calls](Pin) { ++calls; });
        board().drive(4, 0);  // And the loop is closed before it could tell.
    }
    asyncio::VirtualLoop second;
    board().release(4);
    second.run_until_idle();
    EXPECT_EQ(calls, 2);
}

TEST_F(PinIrq, AnIrqDoesNotKeepThePinAlive)
{
    asyncio::VirtualLoop loop;
    int calls = 0;
    {
        Pin pin(4, Pin::IN, Pin::PULL_UP);
        pin.irq([&calls](Pin) { ++calls; });
        board().drive(4, 0);
    }
    loop.run_until_idle();
    EXPECT_EQ(calls, 0);
    EXPECT_FALSE(machine::board().info({"simulated", 4}).used);
}

}  // namespace
}  // namespace pin_tests
