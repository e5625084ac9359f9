#include "net/stream_output.hpp"

#include "net/buffer_share.hpp"
#include "net/spare_buffers.hpp"
#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/stream.hpp>

#include <algorithm>
#include <cerrno>
#include <new>
#include <poll.h>
#include <utility>

namespace asyncio::detail {
namespace {

constexpr std::size_t small = 1024;  // Bytes that are copied at less cost than sent on their own.

template <typename Pieces>
std::string joined(const Pieces& pieces)
{
    std::string all;
    for (const std::string_view piece : pieces) {
        all += piece;
    }
    return all;
}

}  // namespace

StreamOutput::~StreamOutput() { BufferShare::change(noted_, 0); }

StreamState& StreamOutput::stream() noexcept { return static_cast<StreamState&>(*this); }

const StreamState& StreamOutput::stream() const noexcept
{
    return static_cast<const StreamState&>(*this);
}

void StreamOutput::write(std::span<const std::byte> bytes)
{
    throw_if_failed();
    StreamSecurity* const security = stream().security();
    if (security != nullptr) {
        require_established(*security);
    }
    if (!bytes.empty()) {
        SpareBuffers::lend(pending_);
    }
    if (security != nullptr) {
        if (!security->write(bytes, pending_)) {
            stream().throw_error(EPROTO, "write to");
        }
    } else {
        pending_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    flush();
}

void StreamOutput::write(std::span<const std::string_view> pieces)
{
    throw_if_failed();
    if (stream().security() != nullptr) {
        const std::string all = joined(pieces);  // One record for all of them.
        write(std::as_bytes(std::span{all}));
        return;
    }
    std::size_t size = pending_.size();
    for (const std::string_view piece : pieces) {
        size += piece.size();
    }
    if (size > pending_.size()) {
        SpareBuffers::lend(pending_);
        if (size > pending_.capacity()) {
            pending_.reserve(std::max(size, 2 * pending_.capacity()));  // All of it or nothing.
        }
    }
    for (const std::string_view piece : pieces) {
        pending_ += piece;
    }
    flush();
}

void StreamOutput::give(std::span<std::string> pieces)
{
    throw_if_failed();
    if (stream().security() != nullptr) {
        // One record for all of them.
        const std::string all = pieces.size() == 1 ? std::move(pieces.front()) : joined(pieces);
        write(std::as_bytes(std::span{all}));
        return;
    }
    try {
        for (std::string& piece : pieces) {
            give(std::move(piece));
        }
    } catch (const std::bad_alloc&) {
        flush();  // What it has taken goes out.
        throw;
    }
    try {
        if (!idle() && pending_.size() >= small) {
            give_pending();  // What is written next would make it move.
        }
    } catch (const std::bad_alloc&) {
        // Then it may have to move.
    }
    flush();
}

// Behind all that waits.
void StreamOutput::give(std::string bytes)
{
    if (pending_.empty()) {
        pending_ = std::move(bytes);
        return;
    }
    const bool fits = bytes.size() <= pending_.capacity() - pending_.size();
    if (bytes.size() < small && (fits || pending_.size() < small)) {
        pending_ += bytes;
    } else {
        give_pending();
        pending_ = std::move(bytes);
    }
}

void StreamOutput::give_pending()
{
    if (given_ == nullptr) {
        given_ = std::make_unique<GivenPieces>();
    }
    given_->add(std::move(pending_));
    pending_.clear();
}

void StreamOutput::flush() noexcept
{
    if (idle() && unsent() > 0) {
        send();
    }
    note_unsent();
}

void StreamOutput::note_unsent() noexcept
{
    const std::size_t now = unsent();
    BufferShare::change(noted_, now);
    noted_ = now;
}

void StreamOutput::end()
{
    throw_if_failed();
    if (ended_) {
        return;
    }
    if (StreamSecurity* security = stream().security()) {
        require_established(*security);
    }
    finish();
}

void StreamOutput::finish() noexcept
{
    if (StreamSecurity* security = stream().security()) {
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
        descriptor = stream().descriptor();
        events = POLLOUT;
        stream().start(*this);
    } else if (result < 0) {
        fail(-result);
    } else {
        stream().shutdown_write();
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
        auto kernel = std::make_unique<KernelSending>(stream().socket());
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
        throw RuntimeError{"cannot write to '" + stream().name() + "' during the TLS handshake"};
    }
}

void StreamOutput::start_security()
{
    throw_if_failed();
    stream().security()->start(pending_);
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
        stream().throw_error(error_, "write to");
    }
}

int StreamOutput::connection_error() const noexcept
{
    return error_ != EPIPE && error_ != ECANCELED ? error_ : 0;
}

void StreamOutput::give_up(int error) noexcept
{
    fail(error);
    stream().cancel(*this);
}

// What is pending becomes what is sent. Requires: all that was sending is sent.
void StreamOutput::send() noexcept
{
    if (sending_.capacity() > Stream::high_water) {
        SpareBuffers::take_back(sending_);
    }
    sending_.clear();
    sent_ = 0;
    if (given_ != nullptr && !given_->empty()) {
        send_given();
    } else {
        std::swap(pending_, sending_);
        send_more();
    }
}

void StreamOutput::send_given() noexcept
{
    try {
        if (!pending_.empty()) {
            give_pending();
        }
    } catch (const std::bad_alloc&) {
        // Then it goes out next time.
    }
    kind = Kind::gather;
    descriptor = stream().descriptor();
    message = &given_->message();
    stream().start(*this);
}

void StreamOutput::send_more() noexcept
{
    descriptor = stream().descriptor();
    buffer = reinterpret_cast<std::byte*>(sending_.data()) + sent_;
    length = sending_.size() - sent_;
    stream().start(*this);
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
        if (kind == Kind::gather) {
            given_->sent(static_cast<std::size_t>(completion.result));
        } else {
            sent_ += static_cast<std::size_t>(completion.result);
        }
        stream().made_progress();
    } else if (completion.result != -EINTR && completion.result != -EAGAIN) {
        fail(completion.result == 0 ? EPIPE : -completion.result);
        tell_input(-completion.result);
    }
    if (given_ != nullptr && given_->empty()) {
        given_.reset();
    }
    kind = Kind::send;
    if (error_ == 0 && sent_ < sending_.size()) {
        send_more();
    } else if (error_ == 0 && unsent() > 0) {
        send();
    } else {
        rest();
    }
    note_unsent();
    while (!draining_.empty() && unsent() <= Stream::low_water) {
        draining_.wake_first();
    }
}

void StreamOutput::tell_input(int error) noexcept
{
    if (stream().security() != nullptr && error != ECANCELED) {
        stream().input().hear_why();  // An alert tells more than ECONNRESET.
    }
    switch (error) {
        case 0:
        case EPIPE:  // What the peer has said may still come.
        case ECANCELED:  // The loop ends, or the stream.
        case ECONNRESET:  // A receive hears of these, behind what has arrived before.
        case ETIMEDOUT:
        case EHOSTUNREACH: return;
        default: stream().input().fail(error);
    }
}

void StreamOutput::rest() noexcept
{
    sent_ = 0;
    SpareBuffers::take_back(sending_);
    SpareBuffers::take_back(pending_);
    given_.reset();
    if (ended_ && error_ == 0) {
        conclude();
    }
    stream().part_at_rest();
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
        given_.reset();
    }
    note_unsent();
    while (!draining_.empty()) {
        draining_.wake_first();
    }
}

}  // namespace asyncio::detail
