#include <machine/led.hpp>

#include "machine/backend.hpp"

#include <machine/board.hpp>

#include <stdexcept>
#include <utility>

namespace machine {
namespace {

class PinLed final : public detail::LedDriver {
public:
    explicit PinLed(Pin pin) : pin_{std::move(pin)}
    {
        if (pin_.mode() == Pin::IN) {
            pin_.init(Pin::OUT, {}, 0);
        }
    }

    [[nodiscard]] bool lit() override { return pin_.value() != 0; }
    void light(bool lit) override { pin_.value(lit ? 1 : 0); }

private:
    Pin pin_;
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
LED::LED(Pin pin) : driver_{std::make_shared<PinLed>(std::move(pin))} {}
LED::LED(std::string_view name)
    : LED{name.starts_with("led:") ? LED{board().find_led(name)} : LED{Pin{name}}}
{
}

void LED::on() { driver_->light(true); }
void LED::off() { driver_->light(false); }
void LED::toggle() { driver_->light(!driver_->lit()); }
int LED::value() const { return driver_->lit() ? 1 : 0; }
void LED::value(int value) { driver_->light(value != 0); }

}  // namespace machine
