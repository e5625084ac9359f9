#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace boardd::text {

/// Cuts the bytes of a client into lines, which end with LF or CRLF.
///
/// It never holds more than one line and the bytes of the last push(): what is longer than the
/// limit is thrown away up to the next LF, and reported once, as soon as it is known.
class LineSplitter {
public:
    /// A line without its end, or the news that one was too long.
    struct Line {
        std::string text;
        bool too_long = false;
    };

    explicit LineSplitter(std::size_t limit) : limit_{limit} {}

    void push(std::string_view bytes);
    /// No more bytes will come: what is left is a line even without an end.
    void finish() noexcept { finished_ = true; }

    /// The next line, if it is complete.
    [[nodiscard]] std::optional<Line> next();

private:
    [[nodiscard]] Line take(std::size_t length, std::size_t with_end);

    std::size_t limit_;
    std::string buffer_;
    std::size_t begin_ = 0;    // Of what next() has not given out yet.
    std::size_t scanned_ = 0;  // Up to here there is no LF: nothing is looked at twice.
    bool skipping_ = false;    // In the rest of a line that was too long.
    bool finished_ = false;
};

}  // namespace boardd::text
