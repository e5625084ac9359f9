#include "boardd/text/line_splitter.hpp"

#include <algorithm>

namespace boardd::text {

void LineSplitter::push(std::string_view bytes)
{
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    buffer_ += bytes;
}

std::optional<LineSplitter::Line> LineSplitter::next()
{
    while (true) {
        const std::size_t end = buffer_.find('\n', scanned_);
        if (end != std::string::npos) {
            const bool skipped = skipping_;
            skipping_ = false;
            Line line = take(end - begin_, end - begin_ + 1);
            if (!skipped) {
                return line;
            }
            continue;
        }
        scanned_ = buffer_.size();
        const std::size_t rest = buffer_.size() - begin_;
        if (skipping_) {
            (void)take(rest, rest);
            return std::nullopt;
        }
        if (rest > limit_ + 1) {  // One more for the CR of a CRLF.
            skipping_ = true;
            return take(rest, rest);
        }
        if (finished_ && rest > 0) {
            return take(rest, rest);
        }
        return std::nullopt;
    }
}

LineSplitter::Line LineSplitter::take(std::size_t length, std::size_t with_end)
{
    std::string_view text = std::string_view{buffer_}.substr(begin_, length);
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    Line line;
    line.too_long = text.size() > limit_;
    if (!line.too_long) {
        line.text = text;
    }
    begin_ += with_end;
    scanned_ = begin_;
    return line;
}

}  // namespace boardd::text
