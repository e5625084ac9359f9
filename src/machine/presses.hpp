#pragma once

#include <machine/edge_stream.hpp>

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/ref.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace machine::detail {

/// What happens to a button; of those a set can be wanted.
enum class ButtonEvent : std::uint8_t { press = 1, hold = 2, release = 4 };

using ButtonEvents = unsigned;

constexpr ButtonEvents only(ButtonEvent event) noexcept { return static_cast<unsigned>(event); }
constexpr ButtonEvents all_button_events = 7;

/// Makes presses, holds and releases of the edges of a line, when somebody asks for them. What is
/// not asked for is skipped, but not by an ask that is cancelled: the next one begins where it did.
class Presses final : public asyncio::detail::RefCounted {
public:
    /// `name` is the line's, for messages. `pressed` is what it says now, and may be asked later
    /// than the line exists.
    Presses(EdgeStream edges, std::string name, bool pressed_is_rising,
            std::chrono::nanoseconds hold_time, bool hold_repeat, std::function<bool()> pressed);

    /// The button was pressed before the edges began: just now.
    void begin_pressed();

    /// The next of the wanted events. Throws as EdgeStream::next() does, and RuntimeError when
    /// another task asks already.
    static asyncio::Coroutine<ButtonEvent> next(asyncio::detail::Ref<Presses> self,
                                                ButtonEvents wanted);

private:
    /// The press that was fetched last.
    class Press {
    public:
        explicit Press(std::chrono::nanoseconds begin) noexcept : at{begin} {}

        std::chrono::nanoseconds at;
        std::optional<std::chrono::nanoseconds> end;
        bool assumed = false;  // It was seen by its level; its edge may come yet.
        bool told = false;
        bool end_told = false;
        std::int64_t holds = 0;  // That are told.
        bool more_holds = true;
    };

    class Ask;

    void take(const Edge& edge);
    /// Lets `press` follow the edge.
    void apply(const Edge& edge, std::optional<Press>& press) const;
    /// Takes an edge that a cancelled ask has put back: false if there is none.
    [[nodiscard]] bool take_again();
    [[nodiscard]] bool may_be_held() const noexcept;
    [[nodiscard]] std::chrono::nanoseconds next_hold() const noexcept;
    [[nodiscard]] std::optional<ButtonEvent> tell(ButtonEvents wanted);
    void count_hold() noexcept;
    /// Fetches an edge, or gives up when the button is held meanwhile: true.
    static asyncio::Coroutine<bool> fetch_or_hold(asyncio::detail::Ref<Presses> self);
    static asyncio::Coroutine<> fetch(asyncio::detail::Ref<Presses> self);
    /// The same, but only an edge that is there already: false if there is none.
    [[nodiscard]] bool take_kept();

    EdgeStream edges_;
    std::string name_;
    bool pressed_is_rising_;
    std::chrono::nanoseconds hold_time_;
    bool hold_repeat_;
    std::function<bool()> pressed_;
    std::optional<Press> press_;
    bool asked_ = false;
    std::optional<Press> press_before_;  // When somebody asked;
    std::deque<Edge> taken_;  // and what was taken since. At most as many as
    std::deque<Edge> put_back_;  // the stream itself keeps; likewise.
};

}  // namespace machine::detail
