// Boost.Asio with coroutines. Built twice, on epoll and on io_uring.

#include "listen.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;

// The executor's own type, not any_io_executor: what Asio recommends where speed counts.
using Executor = asio::io_context::executor_type;
using Awaitable = asio::awaitable<void, Executor>;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
constexpr auto use = asio::as_tuple(asio::use_awaitable_t<Executor>{});

Awaitable echo(Socket socket)
{
    std::array<char, READ_SIZE> bytes;
    for (;;) {
        const auto [read_error, size] = co_await socket.async_read_some(asio::buffer(bytes), use);
        if (read_error) {
            co_return;
        }
        const auto [write_error, written] =
            co_await asio::async_write(socket, asio::buffer(bytes, size), use);
        if (write_error) {
            co_return;
        }
    }
}

Awaitable serve(Acceptor& acceptor)
{
    for (;;) {
        Socket socket{acceptor.get_executor()};
        const auto [error] = co_await acceptor.async_accept(socket, use);
        if (!error) {
            asio::co_spawn(acceptor.get_executor(), echo(std::move(socket)), asio::detached);
        }
    }
}

int main(int argc, char** argv)
{
    const int descriptor = listen_on(port_argument(argc, argv), 0);
    asio::io_context context{1};
    Acceptor acceptor{context.get_executor()};
    acceptor.assign(tcp::v4(), descriptor);
    asio::co_spawn(context, serve(acceptor), asio::detached);
    context.run();
}
