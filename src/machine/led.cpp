#include <machine/led.hpp>

#include "machine/backend.hpp"
#include "machine/names.hpp"
#include "machine/pwm_driver.hpp"

#include <machine/board.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

namespace machine {
namespace {

constexpr unsigned full = 255;

class PinLed final : public detail::LedDriver {
public:
    explicit PinLed(Pin pin) : pin_{std::move(pin)} {}

    /// The LED of this pin. There is one only: two would not know of each other's pulses.
    static std::shared_ptr<PinLed> of(Pin pin)
    {
        static auto& all = *new std::map<LineAddress, std::weak_ptr<PinLed>>;
        std::weak_ptr<PinLed>& entry = all[pin.address()];
        std::shared_ptr<PinLed> led = entry.lock();
        if (!led || led->pin_ != pin) {
            led = std::make_shared<PinLed>(std::move(pin));
            entry = led;
        }
        if (led->pin_.mode() == Pin::IN) {
            led->pin_.init(Pin::OUT, {}, 0);
        }
        return led;
    }

    [[nodiscard]] unsigned intensity() override
    {
        return pulses_ ? intensity_ : (pin_.value() != 0 ? full : 0);
    }
    void intensity(unsigned value) override
    {
        if (value != 0 && value != full && !pulses_) {
            pulses_ = detail::make_soft_pwm(pin_);
        }
        if (pulses_) {  // It goes from one to the other without being dark in between.
            pulses_->pulse(period, period * value / full);
        }
        if (value == 0 || value == full) {
            pulses_.reset();
            pin_.value(value == 0 ? 0 : 1);
        }
        intensity_ = value;
    }

private:
    static constexpr std::chrono::nanoseconds period = std::chrono::milliseconds{5};

    Pin pin_;
    std::unique_ptr<detail::PwmDriver> pulses_;  // While it is neither dark nor at its brightest.
    unsigned intensity_ = 0;
};

std::shared_ptr<detail::LedDriver> open(int id)
{
    if (id < 1) {
        throw std::invalid_argument{"there is no LED " + std::to_string(id) +
                                    ": they count from 1"};
    }
    return board().implementation()->open_led(static_cast<unsigned>(id));
}

}  // namespace

LED::LED(int id) : driver_{open(id)} {}
LED::LED(Pin pin) : driver_{PinLed::of(std::move(pin))} {}
LED::LED(std::string_view name)
    : LED{detail::folded(name).starts_with("led:") ? LED{board().find_led(name)} : LED{Pin{name}}}
{
}

void LED::on() { value(1); }
void LED::off() { value(0); }
void LED::toggle() { value(1 - value()); }
int LED::value() const { return driver_->intensity() == 0 ? 0 : 1; }
void LED::value(int value) { driver_->intensity(value == 0 ? 0 : full); }
int LED::intensity() const { return static_cast<int>(driver_->intensity()); }

void LED::intensity(int value)
{
    if (value < 0 || value > static_cast<int>(full)) {
        throw std::invalid_argument{"cannot shine with an intensity of " + std::to_string(value) +
                                    ": expected 0 to 255"};
    }
    driver_->intensity(static_cast<unsigned>(value));
}

std::vector<std::string> LED::triggers() const { return driver_->triggers(); }
std::string LED::trigger() const { return driver_->trigger(); }

void LED::trigger(std::string_view name)
{
    const std::vector<std::string> known = triggers();
    if (std::ranges::find(known, name) == known.end()) {
        throw std::invalid_argument{"this LED cannot shine for '" + std::string{name} + "'" +
                                    detail::hint(detail::nearest(name, known, 3))};
    }
    driver_->trigger(std::string{name});
}

}  // namespace machine
