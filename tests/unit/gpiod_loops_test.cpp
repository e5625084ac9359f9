// Handlers on a real board, over libgpiod that keeps a record: gpiod_fake.hpp.
#include "gpiod_fixture.hpp"

namespace {

using namespace gpiod_tests;

TEST_F(Gpiod, AHandlerThatIsSetAgainInTheNextLoopIsCalledThere)
{
    use_as_board();
    machine::Pin pin(3, machine::Pin::IN);
    int calls = 0;
    const machine::Pin::Handler count = [&calls](machine::Pin) { ++calls; };
    {
        asyncio::VirtualLoop first;
        pin.irq(count);
        GpiodFake::edge(3, true, 1s);
        first.run_until_idle();
        EXPECT_EQ(calls, 1);
    }
    asyncio::VirtualLoop second;
    pin.irq(count);
    GpiodFake::edge(3, false, 2s);
    second.run_until_idle();
    EXPECT_EQ(calls, 2);
}

}  // namespace
