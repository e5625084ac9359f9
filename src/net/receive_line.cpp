#include "net/receive_line.hpp"

#include "net/buffer_share.hpp"

#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace asyncio::detail {

thread_local ReceiveLine ReceiveLine::line;

/// Goes with the task that walks along the line: when its loop ends before, the streams in the line
/// are let go.
class ReceiveLine::Walk {
public:
    Walk() noexcept { line.walks_ = true; }
    Walk(Walk&& other) noexcept : walks_{std::exchange(other.walks_, false)} {}
    Walk& operator=(Walk&&) = delete;
    ~Walk()
    {
        if (walks_) {
            line.walks_ = false;
            line.favourite_ = nullptr;
            const auto dropped = std::exchange(line.waiting_, {});
        }
    }

private:
    bool walks_ = true;
};

bool ReceiveLine::holds_back(StreamState& stream) noexcept
{
    if (BufferShare::room() > 0 || !stream.input().buffer().counts() ||
        &stream == line.favourite_) {
        return false;
    }
    try {
        if (!line.walks_) {
            create_task(walk(Walk{}), "streams that wait for memory");
        }
        line.waiting_.emplace_back(&stream);
        return true;
    } catch (const std::exception&) {
        return false;  // No memory for waiting in order: it goes on at once.
    }
}

Coroutine<> ReceiveLine::walk([[maybe_unused]] Walk end)
{
    while (!line.waiting_.empty()) {
        co_await sleep_ms(pause.count());
        line.advance();
    }
}

void ReceiveLine::advance()
{
    const std::size_t count = std::min(waiting_.size(), 1 + BufferShare::room() / step);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    const std::vector<Ref<StreamState>> next{std::make_move_iterator(waiting_.begin()),
                                             std::make_move_iterator(end)};
    waiting_.erase(waiting_.begin(), end);
    favourite_ = next.empty() ? nullptr : next.front().get();
    for (const Ref<StreamState>& stream : next) {
        stream->input().go_on();
    }
}

}  // namespace asyncio::detail
