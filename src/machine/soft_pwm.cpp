// Pulses made by a task of the loop.
#include "machine/clock.hpp"
#include "machine/pwm_driver.hpp"

#include <machine/pin.hpp>

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/ref.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace machine::detail {
namespace {

using std::chrono::nanoseconds;

/// The pin and its times; shared by the driver and the task.
class Pulses final : public asyncio::detail::RefCounted {
public:
    explicit Pulses(Pin pin) : pin_{std::move(pin)}
    {
        // An output stays as it is until its first pulse: an open drain, and a light that shines.
        if (pin_->mode() == Pin::IN) {
            pin_->init(Pin::OUT, {}, 0);
        }
    }

    void set(nanoseconds period, nanoseconds high)
    {
        period_ = period;
        high_ = high;
        if (!changes()) {
            stop_task();
            pin_->value(high == nanoseconds{0} ? 0 : 1);
        } else if (!task_ || task_.done()) {
            task_ = asyncio::create_task(run(asyncio::detail::Ref<Pulses>{this}),
                                         "PWM of " + pin_->name());
        }
    }

    void stop() { set(nanoseconds{1}, nanoseconds{0}); }

    /// Half on must not become fully on. The pin is let go now, whatever the task still does.
    void close()
    {
        if (changes()) {
            stop();
        }
        pin_.reset();
    }

    [[nodiscard]] const std::string& name() const noexcept { return pin_->name(); }

private:
    /// Is the output neither always low nor always high?
    [[nodiscard]] bool changes() const noexcept
    {
        return high_ > nanoseconds{0} && high_ < period_;
    }

    void stop_task()
    {
        if (task_) {
            std::exchange(task_, {}).cancel();
        }
    }

    static asyncio::Coroutine<> run(asyncio::detail::Ref<Pulses> self)
    {
        try {
            nanoseconds begin = now();
            while (self->changes()) {
                const nanoseconds end = begin + self->period_;
                self->pin_->value(1);
                co_await asyncio::sleep(begin + self->high_ - now());
                self->pin_->value(0);
                co_await asyncio::sleep(end - now());
                // Late by more than a pulse: the others are left out.
                begin = now() - end > self->period_ ? now() : end;
            }
        } catch (const asyncio::CancelledError&) {
            if (self->changes()) {  // With the loop: likewise.
                self->pin_->value(0);
            }
            throw;
        }
    }

    std::optional<Pin> pin_;  // Until it is closed.
    nanoseconds period_{1};
    nanoseconds high_{0};
    asyncio::Task<> task_;  // Exists while there are pulses.
};

class SoftPwm final : public PwmDriver {
public:
    explicit SoftPwm(Pin pin) : pulses_{asyncio::detail::make_ref<Pulses>(std::move(pin))} {}
    ~SoftPwm() override
    {
        try {
            pulses_->close();
        } catch (const std::exception&) {
            // The chip or the line is gone, and the output with it.
        }
    }

    void pulse(nanoseconds period, nanoseconds high) override { pulses_->set(period, high); }
    void stop() override { pulses_->stop(); }
    [[nodiscard]] bool software() const noexcept override { return true; }
    [[nodiscard]] std::string where() const override { return pulses_->name(); }

private:
    asyncio::detail::Ref<Pulses> pulses_;
};

}  // namespace

std::unique_ptr<PwmDriver> make_soft_pwm(Pin pin)
{
    return std::make_unique<SoftPwm>(std::move(pin));
}

}  // namespace machine::detail
