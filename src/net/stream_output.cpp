#include "net/stream_output.hpp"

#include "net/spare_buffers.hpp"
#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/stream.hpp>

#include <cerrno>
#include <new>
#include <poll.h>
#include <utility>

namespace asyncio::detail {

void StreamOutput::write(std::span<const std::byte> bytes)
{
    throw_if_failed();
    if (!bytes.empty()) {
        SpareBuffers::lend(pending_);
    }
    if (StreamSecurity* security = stream_.security()) {
        require_established(*security);
        if (!security->write(bytes, pending_)) {
            stream_.throw_error(EPROTO, "write to");
        }
    } else {
        pending_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    flush();
}

void StreamOutput::give(std::string bytes)
{
    if (stream_.security() != nullptr || !pending_.empty()) {
        write(std::as_bytes(std::span{bytes}));
        return;
    }
    throw_if_failed();
    pending_ = std::move(bytes);
    flush();
}

void StreamOutput::flush() noexcept
{
    if (idle() && !pending_.empty()) {
        send();
    }
    share_.set(unsent());
}

void StreamOutput::end()
{
    throw_if_failed();
    if (ended_) {
        return;
    }
    if (StreamSecurity* security = stream_.security()) {
        require_established(*security);
    }
    finish();
}

void StreamOutput::finish() noexcept
{
    if (StreamSecurity* security = stream_.security()) {
        security->end(pending_);
        flush();
    }
    ended_ = true;
    if (idle()) {
        conclude();
    }
}

// All is sent: FIN goes out.
void StreamOutput::conclude() noexcept
{
    const int result = kernel_ != nullptr ? kernel_->finish() : 0;
    if (result == -EAGAIN) {
        kind = Kind::poll;
        descriptor = stream_.descriptor();
        events = POLLOUT;
        stream_.start(*this);
    } else if (result < 0) {
        fail(-result);
    } else {
        stream_.shutdown_write();
    }
}

void StreamOutput::go_on_concluding(int polled) noexcept
{
    kind = Kind::send;
    if (polled < 0 && polled != -EINTR) {
        fail(-polled);
    }
    rest();
}

bool StreamOutput::encrypt_in_kernel(std::span<const std::byte> keys) noexcept
{
    if (!idle() || !open()) {
        return false;
    }
    try {
        auto kernel = std::make_unique<KernelSending>(stream_.socket());
        if (kernel->start(pending_, keys)) {
            kernel_ = std::move(kernel);
        }
    } catch (const std::bad_alloc&) {
        // Then it stays as it is.
    }
    return kernel_ != nullptr;
}

void StreamOutput::require_established(const StreamSecurity& security) const
{
    if (!security.established() && !security.failed()) {
        throw RuntimeError{"cannot write to '" + stream_.name() + "' during the TLS handshake"};
    }
}

void StreamOutput::start_security()
{
    throw_if_failed();
    stream_.security()->start(pending_);
    flush();
}

void StreamOutput::end_security() noexcept
{
    if (open()) {
        finish();
    }
}

void StreamOutput::throw_if_failed() const
{
    if (error_ != 0) {
        stream_.throw_error(error_, "write to");
    }
}

int StreamOutput::connection_error() const noexcept
{
    return error_ == ECONNRESET || error_ == ETIMEDOUT || error_ == EHOSTUNREACH ? error_ : 0;
}

void StreamOutput::give_up(int error) noexcept
{
    fail(error);
    stream_.cancel(*this);
}

// What is pending becomes what is sent. Requires: all that was sending is sent.
void StreamOutput::send() noexcept
{
    sending_.clear();
    sent_ = 0;
    std::swap(pending_, sending_);
    send_more();
}

void StreamOutput::send_more() noexcept
{
    descriptor = stream_.descriptor();
    buffer = reinterpret_cast<std::byte*>(sending_.data()) + sent_;
    length = sending_.size() - sent_;
    stream_.start(*this);
}

void StreamOutput::complete(const Completion& completion) noexcept
{
    if (kind == Kind::poll) {
        go_on_concluding(completion.result);
        return;
    }
    if (completion.result > 0) {
        if (kernel_ != nullptr) {
            kernel_->sent(static_cast<std::size_t>(completion.result));
        }
        sent_ += static_cast<std::size_t>(completion.result);
        stream_.made_progress();
    } else if (completion.result != -EINTR && completion.result != -EAGAIN) {
        fail(completion.result == 0 ? EPIPE : -completion.result);
        tell_input(-completion.result);
    }
    if (error_ == 0 && sent_ < sending_.size()) {
        send_more();
    } else if (error_ == 0 && !pending_.empty()) {
        send();
    } else {
        rest();
    }
    share_.set(unsent());
    while (!draining_.empty() && unsent() <= Stream::low_water) {
        draining_.wake_first();
    }
}

void StreamOutput::tell_input(int error) noexcept
{
    if (stream_.security() != nullptr && error != ECANCELED) {
        stream_.input().hear_why();  // An alert tells more than ECONNRESET.
    }
    switch (error) {
        case 0:
        case EPIPE:       // What the peer has said may still come.
        case ECANCELED:   // The loop ends, or the stream.
        case ECONNRESET:  // A receive hears of these, behind what has arrived before.
        case ETIMEDOUT:
        case EHOSTUNREACH: return;
        default: stream_.input().fail(error);
    }
}

void StreamOutput::rest() noexcept
{
    sent_ = 0;
    SpareBuffers::take_back(sending_);
    SpareBuffers::take_back(pending_);
    if (ended_ && error_ == 0) {
        conclude();
    }
    stream_.part_at_rest();
}

void StreamOutput::fail(int error) noexcept
{
    if (error_ == 0) {
        error_ = error;
    }
    SpareBuffers::take_back(pending_);
    if (idle()) {
        sent_ = 0;
        SpareBuffers::take_back(sending_);
    }
    share_.set(unsent());
    while (!draining_.empty()) {
        draining_.wake_first();
    }
}

}  // namespace asyncio::detail
