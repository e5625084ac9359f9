#pragma once

#include <machine/pin.hpp>

#include <asyncio/coroutine.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace machine {

/// How a Button is connected, and when it counts as held:
///
///     machine::ButtonOptions options;
///     options.hold_time = 3s;
///     machine::Button button("GPIO4", options);
class ButtonOptions {
public:
    ButtonOptions() = default;
    explicit ButtonOptions(Bias with_pull, std::optional<bool> is_active_high = {}) noexcept
        : pull{with_pull}, active_high{is_active_high}
    {
    }

    /// The resistor inside the chip; the button connects the pin to the other side.
    Bias pull = Bias::up;
    /// Is it pressed at the high level? None: when it is pulled down. Where there is neither pull
    /// up nor pull down, it must be said.
    std::optional<bool> active_high;
    /// The level must be the same for so long to count; see Pin::debounce().
    std::chrono::microseconds debounce = std::chrono::milliseconds{10};
    /// It is held when it has been pressed for so long.
    std::chrono::nanoseconds hold_time = std::chrono::seconds{1};
    /// After each further hold_time it is held once more.
    bool hold_repeat = false;
};

/// A button or a switch on a pin, with the names of gpiozero's Button; MicroPython has none.
///
///     machine::Button button("GPIO4");  // Connects the pin to ground when it is pressed.
///     for (;;) {
///         co_await button.wait_for_press();
///         led.toggle();
///     }
///
/// Presses, releases and holds come in their order, each once, and those that come while nobody
/// waits are kept (see Pin::edges(): 1024 edges). One that is pressed already when the Button is
/// made counts as pressed just then.
///
/// A handle: copies are the same button, and share what was waited for; so one task at a time
/// waits. Another task makes a Button of its own for the same pin, which has its own presses and
/// hold_time. The pin stays in use as long as a handle or a wait lasts; its pull and debounce are
/// those of the Button made last, for all of them. For the loop's thread.
/// Source: gpiozero, class Button.
class Button {
public:
    using Handler = std::function<void(Button)>;

    /// The button at the pin with this number or name, see Pin, or at this pin, which becomes an
    /// input. Throws as Pin does, and std::invalid_argument when the options do not say which
    /// level is pressed, for a hold_time that is not positive, or for a time to debounce that Pin
    /// refuses.
    explicit Button(int id, const ButtonOptions& options = ButtonOptions{});
    explicit Button(std::string_view id, const ButtonOptions& options = ButtonOptions{});
    explicit Button(Pin pin, const ButtonOptions& options = ButtonOptions{});

    /// Is it pressed now? Throws OSError.
    [[nodiscard]] bool is_pressed() const;
    /// The same as 1 or 0.
    [[nodiscard]] int value() const { return is_pressed() ? 1 : 0; }
    [[nodiscard]] const Pin& pin() const noexcept;

    /// For how long it has been pressed, or not pressed; none: it is not so now. Counted from its
    /// edge, at the earliest from when the Button was made; in a new loop only once something waits
    /// for the button there. Throw OSError.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> active_time() const;
    [[nodiscard]] std::optional<std::chrono::nanoseconds> inactive_time() const;
    /// Has it been pressed for hold_time now? Throws OSError.
    [[nodiscard]] bool is_held() const { return held_time().has_value(); }
    /// For how long it has been held: what active_time() is more than hold_time; none: it is not
    /// held now. Throws OSError.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> held_time() const;

    /// Waits for the next press; does not yield when one is kept. Releases before it are skipped.
    /// (gpiozero's returns at once for as long as the button is pressed; this one tells each press
    /// once.)
    ///
    /// The wait keeps the button in use, whatever becomes of the handles. Throws CancelledError,
    /// and takes nothing then: what a cancelled wait has seen and skipped is there for the next
    /// one, up to 1024 edges.
    /// Throws OSError when the line fails, and RuntimeError when another task waits on this
    /// button already; one that is cancelled does until it has run.
    [[nodiscard]] asyncio::Coroutine<> wait_for_press() const;
    /// Waits for the next release, likewise.
    [[nodiscard]] asyncio::Coroutine<> wait_for_release() const;
    /// Waits until it has been pressed for hold_time, counted from the press, which may be one that
    /// was waited for; likewise. One press holds once, unless hold_repeat.
    [[nodiscard]] asyncio::Coroutine<> wait_for_hold() const;

    /// Calls `handler` with this button for each press from now on, in a task of the loop that
    /// runs now, instead of the handler that was there; empty: no more. Who waits sees the press
    /// as well. What it throws goes to the loop's exception handler, and so does the failure of
    /// the line, after which there are no more calls. The handler lasts as long as the button has
    /// handles and the loop is open; do not capture one in it, it gets one.
    void when_pressed(Handler handler);
    /// The same for releases.
    void when_released(Handler handler);
    /// The same for holds.
    void when_held(Handler handler);

private:
    class State;

    explicit Button(std::shared_ptr<State> state) noexcept;

    std::shared_ptr<State> state_;
};

}  // namespace machine
