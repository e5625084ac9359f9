#include <machine/pin.hpp>

#include "pin_fixture.hpp"

#include <asyncio/errors.hpp>

#include <optional>
#include <stdexcept>

namespace pin_tests {
namespace {

TEST_F(PinTest, IsKnownByNumberAndByName)
{
    Pin pin(17, Pin::OUT, {}, 1);
    EXPECT_EQ(pin.name(), "GPIO17");
    EXPECT_EQ(pin, Pin("GPIO17"));
    EXPECT_EQ(pin, Pin("17"));
    EXPECT_EQ(pin, Pin("simulated:17"));
    machine::board().alias("lamp", pin.address());
    EXPECT_EQ(pin, Pin("lamp"));
    EXPECT_FALSE(pin == Pin(18));
    EXPECT_THROW(Pin(54), std::invalid_argument);
    EXPECT_THROW(Pin("GPIO99"), std::invalid_argument);
}

TEST_F(PinTest, AnOutputShowsNothingButItsFirstValue)
{
    board().drive(17, 1);
    board().release(17);
    Trace trace;
    const auto observer = board().observe([&trace](const machine::LevelChange& change) {
        trace.push_back(std::to_string(change.level));
    });
    Pin high(17, Pin::OUT, {}, 1);
    Pin low(18, Pin::OUT, {}, 0);
    EXPECT_EQ(trace, Trace{});
    high.off();
    EXPECT_EQ(trace, Trace{"0"});
}

TEST_F(PinTest, AnOutputWithoutAValueKeepsTheLevelThatTheLineHas)
{
    board().drive(17, 1);
    board().release(17);
    const Pin pin(17, Pin::OUT);
    EXPECT_EQ(pin.value(), 1);
    EXPECT_EQ(board().level(17), 1);
}

TEST_F(PinTest, OnOffToggleAndCallSetTheLevel)
{
    Pin pin(17, Pin::OUT, {}, 0);
    pin.on();
    EXPECT_EQ(board().level(17), 1);
    pin.off();
    EXPECT_EQ(board().level(17), 0);
    pin.toggle();
    EXPECT_EQ(pin(), 1);
    pin(0);
    EXPECT_EQ(pin(), 0);
    pin.value(-3);
    EXPECT_EQ(pin.value(), 1);
}

TEST_F(PinTest, AValueSetOnAnInputIsRememberedUntilItIsAnOutput)
{
    Pin pin(17, Pin::IN, Pin::PULL_DOWN);
    pin.value(1);
    EXPECT_EQ(pin.value(), 0);
    EXPECT_EQ(board().level(17), 0);
    pin.init(Pin::OUT);
    EXPECT_EQ(board().level(17), 1);
    pin.mode(Pin::IN);
    EXPECT_EQ(board().level(17), 0);
    pin.toggle();
    pin.mode(Pin::OUT);
    EXPECT_EQ(board().level(17), 0);
}

TEST_F(PinTest, InitChangesWhatIsGivenAndLeavesTheRest)
{
    Pin pin(17, Pin::IN, Pin::PULL_UP);
    pin.init(Pin::OUT, {}, 0);
    EXPECT_EQ(pin.mode(), Pin::OUT);
    EXPECT_EQ(pin.pull(), Pin::PULL_UP);
    pin.init({}, Pin::PULL_DOWN);
    EXPECT_EQ(pin.mode(), Pin::OUT);
    EXPECT_EQ(pin.pull(), Pin::PULL_DOWN);
    EXPECT_EQ(pin.value(), 0);
    pin.init({}, {}, 1);
    EXPECT_EQ(pin.value(), 1);
    pin.init();
    EXPECT_EQ(pin.mode(), Pin::OUT);
    EXPECT_EQ(pin.value(), 1);
}

TEST_F(PinTest, TheLineIsReleasedWithItsLastHandle)
{
    const machine::LineAddress address{"simulated", 17};
    {
        std::optional<Pin> first{std::in_place, 17, Pin::OUT, std::nullopt, 1};
        const Pin copy = *first;
        const Pin other("GPIO17");
        EXPECT_EQ(other.mode(), Pin::OUT) << "another Pin for the line changes nothing";
        first.reset();
        EXPECT_EQ(copy.value(), 1);
        EXPECT_TRUE(machine::board().info(address).used);
    }
    EXPECT_FALSE(machine::board().info(address).used);
}

TEST_F(PinTest, ALineThatSomebodyElseHasIsBusy)
{
    const machine::Line line{machine::LineAddress{"simulated", 17}, machine::LineConfig{}, "door"};
    try {
        Pin pin(17, Pin::IN);
        FAIL();
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), EBUSY);
        EXPECT_EQ(std::string{error.what()},
                  "cannot request line 17 of 'simulated' (used by 'door'): "
                  "Device or resource busy");
    }
}

// --- Edges ------------------------------------------------------------------------------------

}  // namespace
}  // namespace pin_tests
