#include "support/toggle_cost.hpp"

#include <machine/pin.hpp>

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

constexpr int rounds = 201;
constexpr int times = 500;

/// The line requested by hand.
class RawLine {
public:
    explicit RawLine(const machine::LineAddress& line)
    {
        const int chip = ::open(("/dev/" + line.chip).c_str(), O_RDONLY | O_CLOEXEC);
        gpio_v2_line_request request{};
        request.offsets[0] = line.offset;
        request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
        request.num_lines = 1;
        good_ = ::ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) == 0;
        descriptor_ = request.fd;
        ::close(chip);
    }
    RawLine(const RawLine&) = delete;
    RawLine& operator=(const RawLine&) = delete;
    ~RawLine()
    {
        if (good_) {
            ::close(descriptor_);
        }
    }

    void set(int value)
    {
        gpio_v2_line_values data{static_cast<__u64>(value), 1};
        good_ = ::ioctl(descriptor_, GPIO_V2_LINE_SET_VALUES_IOCTL, &data) == 0 && good_;
    }
    [[nodiscard]] bool good() const { return good_; }

private:
    bool good_ = false;
    int descriptor_ = -1;
};

template <typename F>
double nanoseconds(F&& act)
{
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) {
        act(i % 2);
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    return took.count() / times;
}

double by_ioctl(const machine::LineAddress& address)
{
    RawLine line{address};
    const double took = nanoseconds([&line](int value) { line.set(value); });
    if (!line.good()) {
        throw std::runtime_error{"cannot set " + address.to_string()};
    }
    return took;
}

double by_pin(const machine::LineAddress& address)
{
    machine::Pin pin{address, machine::Pin::OUT, {}, 0};
    return nanoseconds([&pin](int value) { pin.value(value); });
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

}  // namespace

ToggleCost measure_toggle(const machine::LineAddress& line)
{
    std::vector<double> ioctls;
    std::vector<double> pins;
    std::vector<double> ratios;
    for (int i = 0; i < rounds; ++i) {
        pins.push_back(by_pin(line));  // First, as its error says why the line cannot be had.
        ioctls.push_back(by_ioctl(line));
        ratios.push_back(pins.back() / ioctls.back());
    }
    ToggleCost cost;
    cost.ioctl_ns = median(std::move(ioctls));
    cost.pin_ns = median(std::move(pins));
    cost.ratio = median(std::move(ratios));
    return cost;
}
