#include <asyncio/stream.hpp>

#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace asyncio {
namespace {

using detail::ByteQueue;
using detail::StreamInput;

// The coroutines hold a handle, so a stream is not closed under a read of it.

Coroutine<std::string> read_some(Stream stream, std::size_t n)
{
    StreamInput& input = stream.state().input();
    const StreamInput::Reader reader{input};
    while (n > 0 && input.buffer().empty() && !input.ended()) {
        co_await input.more();
    }
    co_return input.buffer().take(std::min(n, input.buffer().size()));
}

Coroutine<std::string> read_all(Stream stream)
{
    StreamInput& input = stream.state().input();
    const StreamInput::Reader reader{input};
    while (!input.ended()) {
        co_await input.more();
    }
    co_return input.buffer().take(input.buffer().size());
}

/// What there is, as the error of a read that wanted more.
EOFError ended_early(Stream stream, const std::string& wanted)
{
    detail::StreamState& state = stream.state();
    ByteQueue& buffer = state.input().buffer();
    const std::string message = "cannot read " + wanted + " from '" + state.name() +
                                "': the stream ended after " + std::to_string(buffer.size());
    return EOFError{message, buffer.take(buffer.size())};
}

Coroutine<std::string> read_exactly(Stream stream, std::int64_t count)
{
    if (count < 0) {
        throw std::invalid_argument{"cannot read " + std::to_string(count) + " bytes"};
    }
    const auto n = static_cast<std::size_t>(count);
    StreamInput& input = stream.state().input();
    const StreamInput::Reader reader{input};
    while (input.buffer().size() < n) {
        if (input.ended()) {
            throw ended_early(stream, std::to_string(n) + " bytes");
        }
        co_await input.more();
    }
    co_return input.buffer().take(n);
}

/// Looks for a separator in a buffer that grows.
class Search {
public:
    Search(Stream stream, std::string separator)
        : stream_{std::move(stream)}, separator_{std::move(separator)}
    {
        if (separator_.empty()) {
            throw std::invalid_argument{"cannot read until an empty separator"};
        }
    }

    /// How many bytes there are through the separator; 0: it is not there yet. Throws
    /// LimitOverrunError.
    [[nodiscard]] std::size_t find()
    {
        detail::StreamState& state = stream_.state();
        const std::string_view data = state.input().buffer().view();
        const std::size_t at = data.find(separator_, searched_);
        // All of the line but a separator whose rest may still come.
        searched_ = data.size() < separator_.size() ? 0 : data.size() + 1 - separator_.size();
        const std::size_t line = at == data.npos ? searched_ : at;
        if (line > state.limit) {
            throw LimitOverrunError{"cannot read a line from '" + state.name() +
                                        "': it is longer than " + std::to_string(state.limit) +
                                        " bytes",
                                    line};
        }
        return at == data.npos ? 0 : at + separator_.size();
    }

private:
    Stream stream_;
    std::string separator_;
    std::size_t searched_ = 0;
};

Coroutine<std::string> read_until(Stream stream, std::string separator)
{
    Search search{stream, std::move(separator)};
    StreamInput& input = stream.state().input();
    const StreamInput::Reader reader{input};
    std::size_t found = search.find();
    while (found == 0) {
        if (input.ended()) {
            throw ended_early(stream, "a separator");
        }
        co_await input.more();
        found = search.find();
    }
    co_return input.buffer().take(found);
}

Coroutine<std::string> read_line(Stream stream)
{
    Search search{stream, "\n"};
    StreamInput& input = stream.state().input();
    const StreamInput::Reader reader{input};
    std::size_t found = search.find();
    while (found == 0 && !input.ended()) {
        co_await input.more();
        found = search.find();
    }
    co_return input.buffer().take(found != 0 ? found : input.buffer().size());
}

Coroutine<std::size_t> read_into(Stream stream, std::span<std::byte> target)
{
    StreamInput& input = stream.state().input();
    const StreamInput::Reader reader{input};
    ByteQueue& buffer = input.buffer();
    while (!target.empty() && buffer.empty() && !input.ended()) {
        co_await input.more();
    }
    const std::size_t n = std::min(target.size(), buffer.size());
    if (n > 0) {
        std::memcpy(target.data(), buffer.view().data(), n);
        buffer.drop(n);
    }
    co_return n;
}

Coroutine<> drain(Stream stream)
{
    detail::StreamOutput& output = stream.state().output();
    output.throw_if_failed();
    co_await output.drained();
    output.throw_if_failed();
}

Coroutine<> wait_closed(Stream stream)
{
    stream.close();
    co_await stream.state().closed();
}

}  // namespace

Stream::Stream(detail::StreamState& state) noexcept : state_{&state}
{
    state_->retain();
    state_->attach();
}

Stream::Stream(const Stream& other) noexcept : state_{other.state_}
{
    if (state_ != nullptr) {
        state_->retain();
        state_->attach();
    }
}

Stream::~Stream()
{
    if (state_ != nullptr) {
        state_->detach();
        state_->release();
    }
}

detail::StreamState& Stream::state() const
{
    if (state_ == nullptr) {
        throw RuntimeError{"this handle refers to no stream"};
    }
    return *state_;
}

Coroutine<std::string> Stream::read(std::int64_t n) const
{
    return n < 0 ? read_all(*this) : read_some(*this, static_cast<std::size_t>(n));
}

Coroutine<std::string> Stream::readexactly(std::int64_t n) const { return read_exactly(*this, n); }

Coroutine<std::string> Stream::readline() const { return read_line(*this); }

Coroutine<std::string> Stream::readuntil(std::string separator) const
{
    return read_until(*this, std::move(separator));
}

Coroutine<std::size_t> Stream::readinto(std::span<std::byte> buffer) const
{
    return read_into(*this, buffer);
}

bool Stream::at_eof() const
{
    detail::StreamInput& input = state().input();
    return input.ended() && input.buffer().empty();
}

void Stream::set_limit(std::size_t bytes) const { state().limit = bytes; }

void Stream::write(std::string_view bytes) const
{
    write(std::as_bytes(std::span{bytes.data(), bytes.size()}));
}

void Stream::write(std::span<const std::byte> bytes) const
{
    detail::StreamState& stream = state();
    stream.require_open("write to");
    if (stream.output().ended()) {
        throw RuntimeError{"cannot write to '" + stream.name() + "' after write_eof()"};
    }
    stream.output().write(bytes);
}

Coroutine<> Stream::drain() const { return asyncio::drain(*this); }

std::size_t Stream::get_write_buffer_size() const { return state().output().unsent(); }

void Stream::write_eof() const
{
    state().require_open("write to");
    state().output().end();
}

void Stream::close() const noexcept
{
    if (state_ != nullptr) {
        state_->close();
    }
}

void Stream::abort() const noexcept
{
    if (state_ != nullptr) {
        state_->abort(ECONNABORTED);
    }
}

bool Stream::is_closing() const { return state().closing(); }

Coroutine<> Stream::wait_closed() const { return asyncio::wait_closed(*this); }

std::optional<std::string> Stream::get_extra_info(std::string_view key) const
{
    if (key == "peername") {
        return state().peer();
    }
    if (key == "sockname") {
        return state().self();
    }
    const detail::StreamSecurity* security = state().security();
    return security != nullptr ? security->info(key) : std::nullopt;
}

}  // namespace asyncio
