#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace boardd::text {

/// Events that wait until their client takes them: bounded, and honest about what was dropped.
///
/// When it is full, the events that follow are counted instead of kept, until take(): the client
/// reads the old ones, then "EVENT lost N" where N are missing.
class EventQueue {
public:
    explicit EventQueue(std::size_t limit_bytes) : limit_{limit_bytes} {}

    /// Adds a line (with its LF), or counts it as lost.
    void push(std::string_view line)
    {
        if (lost_ > 0 || lines_.size() + line.size() > limit_) {
            ++lost_;
        } else {
            lines_ += line;
        }
    }

    [[nodiscard]] bool empty() const noexcept { return lines_.empty() && lost_ == 0; }

    /// All lines, and the news of what was lost after them; the queue is empty then.
    [[nodiscard]] std::string take()
    {
        if (lost_ > 0) {
            lines_ += "EVENT lost " + std::to_string(lost_) + '\n';
            lost_ = 0;
        }
        return std::exchange(lines_, {});
    }

private:
    std::size_t limit_;
    std::string lines_;
    std::uint64_t lost_ = 0;
};

}  // namespace boardd::text
