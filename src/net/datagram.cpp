#include <asyncio/datagram.hpp>

#include "net/datagram_state.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>

namespace asyncio {
namespace {

Coroutine<Datagram> receive(DatagramSocket socket, std::size_t limit)
{
    detail::DatagramState& state = socket.state();
    const detail::DatagramState::Receiver receiver{state};
    if (state.is_greedy()) {
        co_await sleep_ms(0);
        state.require_open("receive at");
    }
    std::optional<Datagram> datagram = state.try_receive(limit);
    while (!datagram) {
        co_await state.readable();
        datagram = state.try_receive(limit);
    }
    co_return std::move(*datagram);
}

Coroutine<> send_datagram(DatagramSocket socket, std::string data,
                          std::optional<SocketAddress> address)
{
    detail::DatagramState& state = socket.state();
    state.require_open("send from");
    if (state.is_greedy()) {
        co_await sleep_ms(0);
        state.require_open("send from");
    }
    const detail::Address to = address ? address->address() : detail::Address{};
    bool sent = state.try_send(data, address ? &to : nullptr);
    while (!sent) {
        co_await state.writable();
        sent = state.try_send(data, address ? &to : nullptr);
    }
}

Coroutine<> close_and_wait(DatagramSocket socket)
{
    socket.close();
    co_await socket.state().closed();
}

}  // namespace

DatagramSocket::DatagramSocket(detail::DatagramState& state) noexcept : state_{&state}
{
    state_->retain();
    state_->attach();
}

DatagramSocket::DatagramSocket(const DatagramSocket& other) noexcept : state_{other.state_}
{
    if (state_ != nullptr) {
        state_->retain();
        state_->attach();
    }
}

DatagramSocket::~DatagramSocket()
{
    if (state_ != nullptr) {
        state_->detach();
        state_->release();
    }
}

detail::DatagramState& DatagramSocket::state() const
{
    if (state_ == nullptr) {
        throw RuntimeError{"this handle refers to no UDP socket"};
    }
    return *state_;
}

Coroutine<Datagram> DatagramSocket::receive_from(std::size_t limit) const
{
    return receive(*this, limit);
}

Coroutine<> DatagramSocket::send_to(std::string data, SocketAddress address) const
{
    return send_datagram(*this, std::move(data), address);
}

Coroutine<> DatagramSocket::send(std::string data) const
{
    return send_datagram(*this, std::move(data), std::nullopt);
}

void DatagramSocket::join_group(const std::string& group, const std::string& interface) const
{
    state().change_group(group, interface, true);
}

void DatagramSocket::leave_group(const std::string& group, const std::string& interface) const
{
    state().change_group(group, interface, false);
}

void DatagramSocket::close() const noexcept
{
    if (state_ != nullptr) {
        state_->close();
    }
}

bool DatagramSocket::is_closing() const { return state().closing(); }

Coroutine<> DatagramSocket::wait_closed() const { return close_and_wait(*this); }

std::optional<std::string> DatagramSocket::get_extra_info(std::string_view key) const
{
    if (key == "sockname") {
        return state().self();
    }
    if (key == "peername" && !state().peer().empty()) {
        return state().peer();
    }
    return std::nullopt;
}

std::uint16_t DatagramSocket::port() const { return state().socket().local_port(); }

}  // namespace asyncio
