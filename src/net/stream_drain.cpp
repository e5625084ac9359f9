#include <asyncio/detail/stream_drain.hpp>

#include "net/stream_state.hpp"

#include <asyncio/stream.hpp>

namespace asyncio::detail {

bool StreamDrain::await_ready() const
{
    stream_->output().throw_if_failed();
    return false;
}

void StreamDrain::await_suspend(Awaiting awaiting)
{
    StreamOutput& output = stream_->output();
    if (output.unsent() > Stream::high_water) {
        wait(output.draining(), awaiting);
    } else {
        yield(awaiting);
    }
}

void StreamDrain::await_resume() const
{
    throw_if_cancelled();
    stream_->output().throw_if_failed();
}

std::string StreamDrain::describe(Time) const
{
    return "drain, " + std::to_string(stream_->output().unsent()) + " bytes to '" +
           stream_->name() + "'";
}

}  // namespace asyncio::detail
