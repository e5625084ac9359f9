// The LEDs of the kernel.
#include "gpiod_fixture.hpp"

#include <machine/led.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>

#include <stdexcept>

namespace {

using namespace gpiod_tests;

/// A board with an LED of ten steps that blinks for the memory card.
class SysfsLed : public Gpiod {
protected:
    void SetUp() override
    {
        Gpiod::SetUp();
        std::filesystem::create_directory(led_folder);
        set_file("max_brightness", "10\n");
        set_file("brightness", "0\n");
        set_file("trigger", "none timer [mmc0] heartbeat\n");
        use_as_board();
    }

    void set_file(const char* file, const std::string& text) const
    {
        touch(led_folder / file, text);
    }
    [[nodiscard]] std::string word_in(const char* file) const
    {
        std::string word;
        std::ifstream{led_folder / file} >> word;
        return word;
    }

    const std::filesystem::path led_folder = folder / "leds" / "ACT";
};

TEST_F(SysfsLed, HasAnIntensityAndATrigger)
{
    machine::LED led("led:ACT");
    EXPECT_EQ(led.triggers(), (Calls{"none", "timer", "mmc0", "heartbeat"}));
    EXPECT_EQ(led.trigger(), "mmc0");

    led.intensity(1);
    EXPECT_EQ(word_in("trigger"), "none") << "it shines for us now";
    EXPECT_EQ(word_in("brightness"), "1") << "not dark";
    EXPECT_EQ(led.value(), 1);
    for (int intensity = 0; intensity <= 255; ++intensity) {
        led.intensity(intensity);
        EXPECT_EQ(led.intensity(), intensity) << "what was set is what is read";
    }
    set_file("brightness", "5\n");
    EXPECT_EQ(led.intensity(), 128) << "somebody else has set it";
    led.on();
    EXPECT_EQ(word_in("brightness"), "10");
    EXPECT_EQ(led.intensity(), 255);

    set_file("trigger", "[none] timer mmc0 heartbeat\n");
    led.trigger("heartbeat");
    EXPECT_EQ(word_in("trigger"), "heartbeat");
    set_file("trigger", "none timer mmc0 [heartbeat]\n");
    try {
        led.trigger("hartbeat");
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(),
                     "this LED cannot shine for 'hartbeat'; did you mean 'heartbeat'?");
    }
}

TEST_F(SysfsLed, ShinesForUsWhoeverHasSetATriggerMeanwhile)
{
    machine::LED led("led:ACT");
    led.on();
    set_file("trigger", "[heartbeat] none timer mmc0\n");  // Another process.
    led.on();
    EXPECT_EQ(word_in("trigger"), "none");
    EXPECT_EQ(word_in("brightness"), "10");
}

TEST_F(Gpiod, LedsAreTheKernelsInTheOrderOfTheirNames)
{
    for (const std::string name : {"PWR", "ACT"}) {
        std::filesystem::create_directory(folder / "leds" / name);
        touch(folder / "leds" / name / "max_brightness", "255\n");
        touch(folder / "leds" / name / "brightness", "0\n");
    }
    backend = search().backend;
    const auto led = backend->open_led(1);
    EXPECT_EQ(led->intensity(), 0U);
    led->intensity(255);
    EXPECT_EQ(led->intensity(), 255U);

    std::string brightness;
    std::ifstream{folder / "leds" / "ACT" / "brightness"} >> brightness;
    EXPECT_EQ(brightness, "255");
    EXPECT_EQ(backend->open_led(2)->intensity(), 0U);
    try {
        (void)backend->open_led(3);
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_EQ(std::string{error.what()},
                  "there is no LED 3: " + (folder / "leds").string() + " has 2");
    }
}

// --- Pins on it -------------------------------------------------------------------------------

TEST_F(Gpiod, ALedOnARealBoardIsTheKernels)
{
    use_as_board();
    EXPECT_THROW(machine::LED(1), std::invalid_argument);
    EXPECT_THROW((void)machine::simulated_board(), asyncio::RuntimeError);
}

}  // namespace
