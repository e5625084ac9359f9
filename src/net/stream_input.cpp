#include "net/stream_input.hpp"

#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <new>

namespace asyncio::detail {

StreamInput::Reader::Reader(StreamInput& input) : input_{input}
{
    input.stream_.require_open("read from");
    if (input.read_from_) {
        throw RuntimeError{"cannot read from '" + input.stream_.name() +
                           "': another task is reading from it"};
    }
    input.read_from_ = true;
}

StreamInput::More::~More()
{
    if (suspended()) {
        input_.waiting_ = nullptr;
    }
}

void StreamInput::More::await_suspend(Awaiting awaiting)
{
    suspend(awaiting);
    input_.waiting_ = this;
    input_.receive();
}

void StreamInput::More::stop_waiting() noexcept
{
    input_.waiting_ = nullptr;
    wake();  // The receive stays in flight: nothing it brings is lost.
}

std::string StreamInput::More::describe(Time) const
{
    return "stream, bytes from '" + input_.stream_.name() + "'";
}

void StreamInput::More::await_resume() const
{
    throw_if_cancelled();
    input_.stream_.require_open("read from");
    if (input_.error_ != 0) {
        throw_errno(input_.error_, "read from '" + input_.stream_.name() + "'");
    }
}

void StreamInput::receive()
{
    if (idle()) {
        descriptor = stream_.descriptor();
        stream_.start(*this);
    }
}

void StreamInput::complete(const Completion& completion) noexcept
{
    store(completion);
    if (waiting_ != nullptr) {
        waiting_->stop_waiting();
    }
    stream_.part_at_rest();
}

void StreamInput::store(const Completion& completion) noexcept
{
    if (completion.result > 0) {
        try {
            buffer_.append(completion.data);
        } catch (const std::bad_alloc&) {
            error_ = ENOMEM;  // There is a hole now: nothing behind it may be read.
        }
    } else if (completion.result == 0) {
        // A send that failed took the socket's error; without it this looks like a clean end.
        error_ = stream_.output().connection_error();
        ended_ = error_ == 0;
    } else if (completion.result != -ECANCELED && completion.result != -EINTR &&
               completion.result != -EAGAIN) {
        error_ = -completion.result;
    }
}

void StreamInput::stop() noexcept
{
    if (waiting_ != nullptr) {
        waiting_->stop_waiting();
    }
    buffer_.clear();
    stream_.cancel(*this);
}

}  // namespace asyncio::detail
