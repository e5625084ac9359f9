// What boardd does to lines that nobody has asked it for: gpiod_fake.hpp tells.
#include "boardd/board.hpp"
#include "gpiod_fixture.hpp"
#include "paper_tree.hpp"

#include <asyncio/testing.hpp>

namespace {

using namespace gpiod_tests;
using machine_tests::PaperTree;

class CarefulReads : public Gpiod {
protected:
    void SetUp() override
    {
        Gpiod::SetUp();
        GpiodFake::label("pinctrl-bcm2711");
        const std::filesystem::path soc = folder / "sys/firmware/devicetree/base/soc";
        PaperTree::cells(soc / "i2c/pinctrl-0", {7});
        PaperTree::cells(soc / "gpio/i2c1/phandle", {7});
        PaperTree::cells(soc / "gpio/i2c1/brcm,pins", {2, 3});
        PaperTree::cells(soc / "gpio/i2c1/brcm,function", {4});
        for (unsigned line = 0; line < 8; ++line) {
            GpiodFake::put(line, 1);
        }
        GpiodFake::make_output(4, 1);
        GpiodFake::occupy(5, "spi0 CS1");
        use_as_board();
    }

    asyncio::VirtualLoop loop;
};

TEST_F(CarefulReads, OfAllPinsAskForUnusedInputsOnly)
{
    boardd::Board board{machine::board()};
    EXPECT_EQ(board.levels(0), 0b1100'0011U);
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 0 as-is", "release 0", "request 1 as-is", "release 1",
                     "request 6 as-is", "release 6", "request 7 as-is", "release 7"}));
}

TEST_F(CarefulReads, OfOnePinKeepWhatWouldChangeWithItsRelease)
{
    boardd::Board board{machine::board()};
    EXPECT_TRUE(board.find("6").read());
    EXPECT_FALSE(board.find("6").claimed());
    EXPECT_TRUE(board.find("4").read());
    EXPECT_TRUE(board.find("3").read());
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 6 as-is", "release 6", "request 4 as-is", "request 3 as-is"}));
    EXPECT_EQ(board.levels(0), 0b1101'1011U) << "what it has it can read";
    EXPECT_EQ(board.find("4").mode(), boardd::PinMode::out);
}

TEST_F(CarefulReads, OfAListShowWhatTheyLeaveAlone)
{
    boardd::Board board{machine::board()};
    std::string levels;
    for (const auto& pin : board.pins()) {
        const std::optional<bool> level = pin->peek();
        levels += level ? (*level ? '1' : '0') : '-';
    }
    EXPECT_EQ(levels, "11----11");
}

}  // namespace
