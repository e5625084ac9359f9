// What a pin costs beside the system call that it makes.
#include "outside.hpp"

#include <machine/board.hpp>
#include <machine/pin.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using machine::Pin;
using Seconds = std::chrono::duration<double>;

constexpr int times = 1'000;

template <typename F>
Seconds duration(F&& act)
{
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) {
        act(i % 2);
    }
    return std::chrono::steady_clock::now() - start;
}

/// The line requested by hand, through the interface that libgpiod of this version uses.
class RawLine {
public:
    RawLine(unsigned offset, bool v1) : v1_{v1}
    {
        const int chip = ::open("/dev/gpiochip0", O_RDONLY | O_CLOEXEC);
        if (v1_) {
            gpiohandle_request request{};
            request.lineoffsets[0] = offset;
            request.flags = GPIOHANDLE_REQUEST_OUTPUT;
            request.lines = 1;
            good_ = ::ioctl(chip, GPIO_GET_LINEHANDLE_IOCTL, &request) == 0;
            descriptor_ = request.fd;
        } else {
            gpio_v2_line_request request{};
            request.offsets[0] = offset;
            request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
            request.num_lines = 1;
            good_ = ::ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) == 0;
            descriptor_ = request.fd;
        }
        ::close(chip);
    }
    ~RawLine() { ::close(descriptor_); }

    [[nodiscard]] bool good() const { return good_; }

    void set(int value)
    {
        if (v1_) {
            gpiohandle_data data{};
            data.values[0] = static_cast<__u8>(value);
            good_ = ::ioctl(descriptor_, GPIOHANDLE_SET_LINE_VALUES_IOCTL, &data) == 0 && good_;
        } else {
            gpio_v2_line_values data{static_cast<__u64>(value), 1};
            good_ = ::ioctl(descriptor_, GPIO_V2_LINE_SET_VALUES_IOCTL, &data) == 0 && good_;
        }
    }

private:
    bool v1_;
    bool good_ = false;
    int descriptor_ = -1;
};

TEST(Toggle, CostsLittleMoreThanTheSystemCall)
{
    ASSERT_TRUE(Outside::here()) << "this is for ./dev board-test";
    machine::use_backend("gpiod");
    const bool v1 = machine::board().description().find("libgpiod 1") != std::string::npos;
    RawLine raw{5, v1};
    ASSERT_TRUE(raw.good());
    Pin pin(6, Pin::OUT, {}, 0);

    // The best of many short rounds, in turns: other things go on in this machine.
    Seconds raw_best = Seconds::max();
    Seconds pin_best = Seconds::max();
    for (int round = 0; round < 100; ++round) {
        raw_best = std::min(raw_best, duration([&raw](int value) { raw.set(value); }));
        pin_best = std::min(pin_best, duration([&pin](int value) { pin.value(value); }));
    }
    ASSERT_TRUE(raw.good());
    std::printf("setting a line: ioctl %.0f ns, Pin %.0f ns, %.2f times\n",
                raw_best.count() / times * 1e9, pin_best.count() / times * 1e9,
                pin_best / raw_best);
    // The aim is 1.2; an emulated processor, busy with other things, shows up to a tenth more.
    EXPECT_LE(pin_best / raw_best, 1.3);
}

}  // namespace
