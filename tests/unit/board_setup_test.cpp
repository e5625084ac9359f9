#include "boardd/board_setup.hpp"

#include <machine/board.hpp>
#include <machine/line.hpp>

#include <asyncio/testing.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <string>

namespace {

using namespace std::chrono_literals;

boardd::Board::Pins pins(const std::string& line, std::optional<boardd::PinMode> mode)
{
    boardd::PinConfig pin;
    pin.line = line;
    pin.mode = mode;
    return {{"lamp", pin}};
}

class BoardSetup : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }

    asyncio::VirtualLoop loop;
};

TEST_F(BoardSetup, WaitsForLinesThatSomebodyIsLettingGo)
{
    std::optional<machine::Line> other{machine::board().find("GPIO9")};
    auto task = loop.create_task(
        boardd::wait_until_free(pins("GPIO9", boardd::PinMode::out), machine::board()));
    loop.advance(150ms);
    EXPECT_FALSE(task.done());
    other.reset();
    loop.advance(20ms);
    EXPECT_TRUE(task.done());
}

TEST_F(BoardSetup, WaitsNoLongerThanASecond)
{
    const machine::Line other{machine::board().find("GPIO9")};
    auto task = loop.create_task(
        boardd::wait_until_free(pins("GPIO9", boardd::PinMode::in), machine::board()));
    loop.advance(999ms);
    EXPECT_FALSE(task.done());
    loop.advance(1ms);
    EXPECT_TRUE(task.done());
}

TEST_F(BoardSetup, DoesNotWaitForLinesThatItWillNotClaim)
{
    const machine::Line other{machine::board().find("GPIO9")};
    auto task = loop.create_task(boardd::wait_until_free(pins("GPIO9", {}), machine::board()));
    loop.run_until_idle();
    EXPECT_TRUE(task.done());
}

}  // namespace
