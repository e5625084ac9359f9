#include "net/datagram_state.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <net/if.h>
#include <poll.h>
#include <span>
#include <utility>
#include <vector>

namespace asyncio::detail {
namespace {

/// Where datagrams arrive, before their size is known: one room for all sockets of a thread.
std::span<std::byte> arrival_room(std::size_t limit)
{
    thread_local std::vector<std::byte> room;
    room.resize(std::max(room.size(), limit));
    return std::span{room}.first(limit);
}

constexpr std::uint32_t longest_row = 32;

}  // namespace

DatagramState::DatagramState(Socket socket, std::string self, std::string peer)
    : socket_{std::move(socket)}, readable_{*this, POLLIN}, writable_{*this, POLLOUT},
      self_{std::move(self)}, peer_{std::move(peer)}
{
}

void DatagramState::require_open(const char* act) const
{
    if (closing_) {
        throw_errno(EBADF, std::string{act} + " '" + self_ + "' after it was closed");
    }
    socket_.home().require_usable();
}

bool DatagramState::is_greedy() noexcept
{
    if (++in_a_row_ < longest_row) {
        return false;
    }
    in_a_row_ = 0;
    return true;
}

std::optional<Datagram> DatagramState::try_receive(std::size_t limit)
{
    const std::span<std::byte> room = arrival_room(std::min(limit, DatagramSocket::largest));
    Address from;
    bool truncated = false;
    const int result =
        socket_.home()->network().receive_datagram(socket_.descriptor(), room, from, truncated);
    if (result == -EAGAIN || result == -EINTR) {
        return std::nullopt;
    }
    if (result < 0) {
        throw_errno(-result,
                    peer_.empty() ? "receive at '" + self_ + "'" : "receive from '" + peer_ + "'");
    }
    return Datagram{
        std::string{reinterpret_cast<const char*>(room.data()), static_cast<std::size_t>(result)},
        SocketAddress{from}, truncated};
}

bool DatagramState::try_send(std::string_view data, const Address* to)
{
    const int result = socket_.home()->network().send_datagram(
        socket_.descriptor(), std::as_bytes(std::span{data.data(), data.size()}), to);
    if (result == -EAGAIN || result == -EINTR) {
        return false;
    }
    if (result < 0) {
        const std::string where = to != nullptr ? to->to_string() : peer_;
        throw_errno(-result, "send " + std::to_string(data.size()) + " bytes" +
                                 (where.empty() ? "" : " to '" + where + "'"));
    }
    return true;
}

void DatagramState::change_group(const std::string& group, const std::string& interface,
                                 bool join) const
{
    require_open("change the groups of");
    const std::string what = (join ? "join group '" : "leave group '") + group + "'";
    const unsigned index = interface.empty() ? 0 : ::if_nametoindex(interface.c_str());
    if (index == 0 && !interface.empty()) {
        throw_errno(ENODEV, what + " on '" + interface + "'");
    }
    const Address address = SocketAddress{group, 0}.address();
    const int error =
        socket_.home()->network().change_group(socket_.descriptor(), address, index, join);
    if (error != 0) {
        throw_errno(-error, what);
    }
}

void DatagramState::detach() noexcept
{
    if (--handles_ == 0) {
        close();
    }
}

void DatagramState::close() noexcept
{
    if (std::exchange(closing_, true)) {
        return;
    }
    const Ref<DatagramState> kept{this};
    for (Poll* const poll : {&readable_, &writable_}) {
        poll->wake_all();
        if (socket_.home().here()) {  // Else nothing is in flight.
            socket_.home()->cancel(*poll);
        }
    }
    part_at_rest();
}

void DatagramState::part_at_rest() noexcept
{
    if (closing_ && readable_.idle() && writable_.idle()) {
        socket_.close();
        while (!waiting_.empty()) {
            waiting_.wake_first();
        }
    }
}

void DatagramState::start(Poll& poll)
{
    in_a_row_ = 0;
    if (poll.idle()) {
        poll.descriptor = socket_.descriptor();
        socket_.home()->start(poll, Ref<RefCounted>{this});
    }
}

void DatagramState::Poll::wake_all() noexcept
{
    while (!waiting.empty()) {
        waiting.wake_first();
    }
}

void DatagramState::Poll::complete(const Completion&) noexcept
{
    wake_all();  // Whatever it is, the next try will tell.
    state_.part_at_rest();
}

DatagramState::Receiver::Receiver(DatagramState& state) : state_{state}
{
    state.require_open("receive at");
    if (state.received_from_) {
        throw RuntimeError{"cannot receive at '" + state.self_ + "': another task is receiving"};
    }
    state.received_from_ = true;
}

void DatagramState::Wait::await_suspend(Awaiting awaiting)
{
    wait(poll_.waiting, awaiting);
    state_.start(poll_);
}

void DatagramState::Wait::await_resume() const
{
    throw_if_cancelled();
    state_.require_open(&poll_ == &state_.readable_ ? "receive at" : "send from");
}

std::string DatagramState::Wait::describe(Time) const
{
    return (&poll_ == &state_.readable_ ? "datagram at '" : "room for a datagram at '") +
           state_.self_ + "'";
}

std::string DatagramState::Closed::describe(Time) const
{
    return "'" + state_.self_ + "' to close";
}

}  // namespace asyncio::detail
