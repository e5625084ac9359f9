#include <asyncio/stream.hpp>

#include "net/socket_options.hpp"
#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>

namespace asyncio {
namespace detail {

StreamHandle::StreamHandle(StreamState& state) noexcept : state_{&state}
{
    state_->retain();
    state_->attach();
}

StreamHandle::StreamHandle(const StreamHandle& other) noexcept : state_{other.state_}
{
    if (state_ != nullptr) {
        state_->retain();
        state_->attach();
    }
}

StreamHandle::~StreamHandle()
{
    if (state_ != nullptr) {
        state_->detach();
        state_->release();
    }
}

void StreamHandle::throw_empty() { throw RuntimeError{"this handle refers to no stream"}; }

}  // namespace detail

namespace {

/// What may be written to.
detail::StreamOutput& output_of(detail::StreamState& stream)
{
    stream.require_open("write to");
    if (stream.output().ended()) {
        throw RuntimeError{"cannot write to '" + stream.name() + "' after write_eof()"};
    }
    return stream.output();
}

Coroutine<> wait_closed(Stream stream)
{
    stream.close();
    co_await stream.state().closed();
}

}  // namespace

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

void Stream::write(std::span<const std::byte> bytes) const { output_of(state()).write(bytes); }

void Stream::give(std::span<std::string> pieces) const { output_of(state()).give(pieces); }

void Stream::writelines(std::initializer_list<std::string_view> pieces) const
{
    writelines(std::span{pieces.begin(), pieces.size()});
}

void Stream::writelines(std::span<const std::string_view> pieces) const
{
    output_of(state()).write(pieces);
}

std::size_t Stream::get_write_buffer_size() const { return state().output().unsent(); }

void Stream::write_eof() const
{
    state().require_open("write to");
    state().output().end();
}

void Stream::close() const noexcept
{
    if (handle_) {
        handle_->close();
    }
}

void Stream::abort() const noexcept
{
    if (handle_) {
        handle_->abort(ECONNABORTED);
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
    if (key == "peercred") {
        return detail::peercred_text(*this);
    }
    const detail::StreamSecurity* security = state().security();
    return security != nullptr ? security->info(key) : std::nullopt;
}

}  // namespace asyncio
