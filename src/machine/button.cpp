#include <machine/button.hpp>

#include "machine/clock.hpp"
#include "machine/presses.hpp"

#include <asyncio/detail/context.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace machine {

using detail::ButtonEvent;
using detail::Presses;

namespace {

bool is_active_high(const ButtonOptions& options)
{
    if (options.active_high) {
        return *options.active_high;
    }
    if (options.pull != Bias::up && options.pull != Bias::down) {
        throw std::invalid_argument{"cannot tell when the button is pressed: with neither pull up "
                                    "nor pull down, set ButtonOptions::active_high"};
    }
    return options.pull == Bias::down;
}

const ButtonOptions& checked(const ButtonOptions& options)
{
    (void)is_active_high(options);
    if (options.hold_time <= std::chrono::nanoseconds{0}) {
        throw std::invalid_argument{"cannot hold a button for " +
                                    std::to_string(options.hold_time.count()) +
                                    " ns: expected a positive time"};
    }
    return options;
}

}  // namespace

/// What all handles of a button share. Waits keep it; the task that calls the handlers does not.
class Button::State : public std::enable_shared_from_this<State> {
public:
    State(Pin at, const ButtonOptions& with)
        : pin{std::move(at)}, options{with}, active_high{is_active_high(with)}
    {
        pin.debounce(options.debounce);
    }
    ~State()
    {
        // Where that task lets the last handle go, it sees so itself.
        if (caller_ && asyncio::detail::context.running != &caller_.state()) {
            caller_.cancel();
        }
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    /// Requires: `pin` is an input.
    static std::shared_ptr<State> make(Pin pin, const ButtonOptions& options)
    {
        auto self = std::make_shared<State>(std::move(pin), options);
        self->waits_ = self->make_presses();
        if (self->pressed()) {
            self->waits_->begin_pressed();
        }
        return self;
    }

    [[nodiscard]] bool pressed() const { return (pin.value() != 0) == active_high; }

    /// For how long it has been pressed, or not; none: it is the other.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> time_since(bool press) const
    {
        if (pressed() != press) {
            return std::nullopt;
        }
        std::optional<Edge> edge = pin.last_edge();
        if (edge && edge->timestamp < made) {
            edge.reset();  // It tells nothing of what happened before edges were watched again.
        }
        if (edge && (edge->rising == active_high) != press) {
            return std::chrono::nanoseconds{0};  // Its own edge is on the way to us.
        }
        const auto begin = edge ? edge->timestamp : made;
        return std::max(std::chrono::nanoseconds{0}, detail::now() - begin);
    }

    static asyncio::Coroutine<> wait(std::shared_ptr<State> self, ButtonEvent event)
    {
        co_await Presses::next(self->waits_, detail::only(event));
    }

    void set_handler(Handler State::* which, Handler handler)
    {
        this->*which = std::move(handler);
        if (this->*which && (!caller_ || caller_.done())) {
            caller_ = asyncio::create_task(call_handlers(weak_from_this(), make_presses()),
                                           "button " + pin.name());
        }
    }

    Pin pin;
    const ButtonOptions options;
    const bool active_high;
    const std::chrono::nanoseconds made = detail::now();
    Handler pressed_handler;
    Handler released_handler;
    Handler held_handler;

private:
    [[nodiscard]] asyncio::detail::Ref<Presses> make_presses()
    {
        return asyncio::detail::make_ref<Presses>(pin.edges(), pin.name(), active_high,
                                                  options.hold_time, options.hold_repeat,
                                                  [weak = weak_from_this()] {
                                                      const auto self = weak.lock();
                                                      return self && self->pressed();
                                                  });
    }

    static asyncio::Coroutine<> call_handlers(std::weak_ptr<State> weak,
                                              asyncio::detail::Ref<Presses> presses)
    {
        try {
            for (;;) {
                const ButtonEvent event =
                    co_await Presses::next(presses, detail::all_button_events);
                call_handler(weak, event);
                if (weak.expired()) {  // It was the last handle that the handler let go.
                    co_return;
                }
                co_await asyncio::sleep_ms(0);  // A handler may press its own button.
            }
        } catch (const std::exception&) {
            report(weak, "no more presses are reported", std::current_exception());
        }
    }

    static void call_handler(const std::weak_ptr<State>& weak, ButtonEvent event)
    {
        const std::shared_ptr<State> self = weak.lock();
        if (!self) {
            return;
        }
        // A copy: it may replace itself.
        const Handler handler = event == ButtonEvent::press     ? self->pressed_handler
                                : event == ButtonEvent::release ? self->released_handler
                                                                : self->held_handler;
        if (!handler) {
            return;
        }
        try {
            handler(Button{self});
        } catch (...) {
            report(weak, "the handler failed", std::current_exception());
        }
    }

    static void report(const std::weak_ptr<State>& weak, const std::string& what,
                       std::exception_ptr error)
    {
        const std::shared_ptr<State> self = weak.lock();
        const std::string name = self ? " '" + self->pin.name() + "'" : "";
        asyncio::get_event_loop().call_exception_handler(asyncio::ExceptionContext{
            "button" + name + ": " + what, std::move(error), asyncio::current_task()});
    }

    asyncio::detail::Ref<Presses> waits_;  // Of those who wait.
    asyncio::Task<> caller_;               // Exists once there is a handler.
};

Button::Button(int id, const ButtonOptions& options)
    : state_{State::make(Pin{id, Pin::IN, checked(options).pull}, options)}
{
}

Button::Button(std::string_view id, const ButtonOptions& options)
    : state_{State::make(Pin{id, Pin::IN, checked(options).pull}, options)}
{
}

Button::Button(Pin pin, const ButtonOptions& options)
{
    pin.init(Pin::IN, checked(options).pull);
    state_ = State::make(std::move(pin), options);
}

Button::Button(std::shared_ptr<State> state) noexcept : state_{std::move(state)} {}

bool Button::is_pressed() const { return state_->pressed(); }
const Pin& Button::pin() const noexcept { return state_->pin; }

std::optional<std::chrono::nanoseconds> Button::active_time() const
{
    return state_->time_since(true);
}
std::optional<std::chrono::nanoseconds> Button::inactive_time() const
{
    return state_->time_since(false);
}
std::optional<std::chrono::nanoseconds> Button::held_time() const
{
    const auto time = active_time();
    if (!time || *time < state_->options.hold_time) {
        return std::nullopt;
    }
    return *time - state_->options.hold_time;
}

asyncio::Coroutine<> Button::wait_for_press() const
{
    return State::wait(state_, ButtonEvent::press);
}
asyncio::Coroutine<> Button::wait_for_release() const
{
    return State::wait(state_, ButtonEvent::release);
}
asyncio::Coroutine<> Button::wait_for_hold() const
{
    return State::wait(state_, ButtonEvent::hold);
}

void Button::when_pressed(Handler handler)
{
    state_->set_handler(&State::pressed_handler, std::move(handler));
}
void Button::when_released(Handler handler)
{
    state_->set_handler(&State::released_handler, std::move(handler));
}
void Button::when_held(Handler handler)
{
    state_->set_handler(&State::held_handler, std::move(handler));
}

}  // namespace machine
