#include "net/stream_input.hpp"

#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <array>
#include <cerrno>
#include <new>

namespace asyncio::detail {
namespace {

/// Is it an error that only asks for another try?
bool is_passing(int result) { return result == -EINTR || result == -EAGAIN; }

}  // namespace

StreamState& StreamInput::stream() noexcept { return static_cast<StreamState&>(*this); }

const StreamState& StreamInput::stream() const noexcept
{
    return static_cast<const StreamState&>(*this);
}

void StreamInput::begin_read()
{
    stream().require_open("read from");
    if (read_from_) {
        throw RuntimeError{"cannot read from '" + stream().name() +
                           "': another task is reading from it"};
    }
    read_from_ = true;
}

void StreamInput::end_read() noexcept
{
    read_from_ = false;
    stop_waiting();
}

void StreamInput::wait(StreamRead& read)
{
    waiting_ = &read;
    receive_more();
}

void StreamInput::wake_reader() noexcept
{
    if (waiting_ != nullptr) {
        waiting_->interrupt();
    }
}

void StreamInput::throw_if_failed() const
{
    if (error_ != 0) {
        stream().throw_error(error_, "read from");
    }
}

/// For a reader: unless too much is held already.
void StreamInput::receive_more() noexcept
{
    if (!idle()) {
        return;
    }
    try {
        if (buffer_.counts() && ReceivePause::is_due(*this)) {
            if (!pause_) {
                pause_ = std::make_unique<ReceivePause>(*this);
            }
            pause_->begin();
            return;
        }
    } catch (const std::bad_alloc&) {
        // Then it goes on.
    }
    receive();
}

void StreamInput::go_on() noexcept
{
    if (waiting_ == nullptr) {
        return;
    }
    if (waiting_->satisfied()) {
        wake_reader();
    } else {
        receive_more();
    }
}

void StreamInput::stop_waiting() noexcept
{
    waiting_ = nullptr;
    if (pause_) {
        pause_->end();
    }
}

void StreamInput::receive() noexcept
{
    if (idle()) {
        descriptor = stream().descriptor();
        stream().start(*this);
    }
}

void StreamInput::complete(const Completion& completion) noexcept
{
    store(completion);
    if (waiting_ != nullptr) {
        if (waiting_->satisfied()) {
            wake_reader();
        } else if (completion.result != -ECANCELED) {  // Else the loop ends.
            receive_more();
        }
    }
    if (stream().closing()) {
        buffer_.clear();  // Nobody can read it any more.
    }
    if (discarding_) {
        if (completion.result > 0 ? !ended_ : is_passing(completion.result)) {
            receive();
        }
    }
    stream().part_at_rest();
}

void StreamInput::hear_why() noexcept
{
    std::array<std::byte, 4096> part{};
    int count = 1;
    while (count > 0 && idle() && !ended_ && error_ == 0 &&
           buffer_.size() < Stream::default_limit) {
        count = stream().receive(part);
        if (count > 0) {
            store(
                {.result = count, .data = std::span{part}.first(static_cast<std::size_t>(count))});
        }
    }
    if (waiting_ != nullptr && waiting_->satisfied()) {
        wake_reader();
    }
}

void StreamInput::fail(int error) noexcept
{
    if (!over()) {
        error_ = error;
        wake_reader();
    }
}

void StreamInput::store(const Completion& completion) noexcept
{
    if (completion.result > 0) {
        try {
            take(completion.data);
        } catch (const std::bad_alloc&) {
            error_ = ENOMEM;  // There is a hole now: nothing behind it may be read.
        }
    } else if (completion.result == 0) {
        end();
    } else if (completion.result != -ECANCELED && !is_passing(completion.result)) {
        error_ = -completion.result;
    }
}

void StreamInput::take(std::span<const std::byte> bytes)
{
    StreamSecurity* security = stream().security();
    if (security == nullptr) {
        buffer_.append(bytes);
        return;
    }
    std::string unsendable;
    StreamOutput& output = stream().output();
    security->receive(bytes, buffer_, output.open() ? output.queue() : unsendable);
    output.flush();
    note_security();
}

void StreamInput::end() noexcept
{
    // A send that failed took the socket's error; without it this looks like a clean end.
    if (error_ == 0) {
        error_ = stream().output().connection_error();
    }
    StreamSecurity* security = stream().security();
    if (security != nullptr && error_ == 0) {
        security->connection_ended();
        note_security();
    } else {
        ended_ = error_ == 0;
    }
}

void StreamInput::note_security() noexcept
{
    if (stream().security()->failed()) {
        error_ = EPROTO;
    }
    ended_ = stream().security()->ended();
}

void StreamInput::forget_reader() noexcept
{
    wake_reader();
    buffer_.clear();
}

void StreamInput::stop() noexcept
{
    forget_reader();
    discarding_ = false;
    stream().cancel(*this);
}

void StreamInput::discard() noexcept
{
    forget_reader();
    discarding_ = !ended_;
    if (discarding_) {
        receive();
    }
}

}  // namespace asyncio::detail
