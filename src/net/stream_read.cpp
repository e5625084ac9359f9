#include <asyncio/detail/stream_read.hpp>

#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace asyncio::detail {

StreamRead::~StreamRead() { let_go(); }

StreamInput& StreamRead::input() const { return stream_->input(); }

void StreamRead::let_go() noexcept
{
    if (std::exchange(reading_, false)) {
        input().end_read();
    }
}

bool StreamRead::await_ready()
{
    input().begin_read();
    reading_ = true;
    waited_ = false;
    return satisfied();
}

void StreamRead::await_suspend(Awaiting awaiting)
{
    waited_ = true;
    suspend(awaiting);
    input().wait(*this);
}

void StreamRead::interrupt() noexcept
{
    // The receive stays in flight: nothing it brings is lost.
    input().stop_waiting();
    wake();
}

std::string StreamRead::describe(Time) const
{
    return "stream, bytes from '" + stream_->name() + "'";
}

bool StreamRead::satisfied() noexcept { return enough() || input().over(); }

StreamInput& StreamRead::finish()
{
    let_go();
    if (waited_) {
        throw_if_cancelled();
        stream_->require_open("read from");
    }
    if (!enough()) {
        input().throw_if_failed();
    }
    return input();
}

void StreamRead::throw_ended(const std::string& wanted)
{
    ByteQueue& buffer = input().buffer();
    const std::string message = "cannot read " + wanted + " from '" + stream_->name() +
                                "': the stream ended after " + std::to_string(buffer.size());
    throw EOFError{message, buffer.take(buffer.size())};
}

bool ReadSome::too_much() noexcept { return everything_ && input().buffer().size() > most_; }

bool ReadSome::enough() noexcept
{
    return everything_ ? too_much() : most_ == 0 || !input().buffer().empty();
}

std::string ReadSome::await_resume()
{
    ByteQueue& buffer = finish().buffer();
    if (too_much()) {
        throw LimitOverrunError{"cannot read all from '" + stream().name() + "': it is more than " +
                                    std::to_string(most_) + " bytes",
                                most_};
    }
    return buffer.take(std::min(buffer.size(), most_));
}

bool ReadExactly::await_ready()
{
    if (n_ < 0) {
        throw std::invalid_argument{"cannot read " + std::to_string(n_) + " bytes"};
    }
    return StreamRead::await_ready();
}

bool ReadExactly::enough() noexcept
{
    return input().buffer().size() >= static_cast<std::size_t>(n_);
}

std::string ReadExactly::await_resume()
{
    ByteQueue& buffer = finish().buffer();
    const auto n = static_cast<std::size_t>(n_);
    if (buffer.size() < n) {
        throw_ended(std::to_string(n_) + " bytes");
    }
    return buffer.take(n);
}

bool ReadInto::enough() noexcept { return target_.empty() || !input().buffer().empty(); }

std::size_t ReadInto::await_resume()
{
    ByteQueue& buffer = finish().buffer();
    const std::size_t n = std::min(target_.size(), buffer.size());
    if (n > 0) {
        std::memcpy(target_.data(), buffer.view().data(), n);
        buffer.drop(n);
    }
    return n;
}

bool ReadThrough::await_ready()
{
    searched_ = found_ = 0;
    too_long_ = false;
    return StreamRead::await_ready();
}

bool ReadThrough::find(std::string_view separator) noexcept
{
    if (found_ != 0 || too_long_) {
        return true;
    }
    const std::string_view data = input().buffer().view();
    const std::size_t at = data.find(separator, searched_);
    // All of the line but a separator whose rest may still come.
    searched_ = data.size() < separator.size() ? 0 : data.size() + 1 - separator.size();
    const std::size_t line = at == data.npos ? searched_ : at;
    too_long_ = line > stream().limit;
    if (too_long_) {
        searched_ = line;
    } else if (at != data.npos) {
        found_ = at + separator.size();
    }
    return too_long_ || found_ != 0;
}

std::size_t ReadThrough::finish_search()
{
    (void)finish();
    if (too_long_) {
        throw LimitOverrunError{"cannot read a line from '" + stream().name() +
                                    "': it is longer than " + std::to_string(stream().limit) +
                                    " bytes",
                                searched_};
    }
    return found_;
}

std::string ReadLine::await_resume()
{
    const std::size_t found = finish_search();
    ByteQueue& buffer = input().buffer();
    return buffer.take(found != 0 ? found : buffer.size());
}

bool ReadUntil::await_ready()
{
    if (separator_.empty()) {
        throw std::invalid_argument{"cannot read until an empty separator"};
    }
    return ReadThrough::await_ready();
}

std::string ReadUntil::await_resume()
{
    const std::size_t found = finish_search();
    if (found == 0) {
        throw_ended("a separator");
    }
    return input().buffer().take(found);
}

}  // namespace asyncio::detail
