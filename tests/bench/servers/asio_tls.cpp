// Boost.Asio with coroutines and its TLS.

#include "tls_answers.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;

using Executor = asio::io_context::executor_type;
using Awaitable = asio::awaitable<void, Executor>;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using TlsStream = asio::ssl::stream<Socket>;
constexpr auto use = asio::as_tuple(asio::use_awaitable_t<Executor>{});

Awaitable answer(Socket socket, asio::ssl::context& context)
{
    TlsStream stream{std::move(socket), context};
    const auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, use);
    if (refused) {
        co_return;
    }
    std::string request;
    for (;;) {
        const auto [error, size] =
            co_await asio::async_read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", use);
        if (error) {
            break;
        }
        const bool is_much = wants_much(request);
        request.erase(0, size);
        const std::string_view head = is_much ? long_answer : short_answer;
        auto [failed, sent] = co_await asio::async_write(stream, asio::buffer(head), use);
        if (is_much) {
            const std::string piece(piece_bytes, 'x');
            for (std::size_t i = 0; i < pieces && !failed; ++i) {
                std::tie(failed, sent) =
                    co_await asio::async_write(stream, asio::buffer(piece), use);
            }
        }
        if (failed) {
            co_return;
        }
    }
    co_await stream.async_shutdown(use);
}

Awaitable serve(Acceptor& acceptor, asio::ssl::context& tls)
{
    for (;;) {
        Socket socket{acceptor.get_executor()};
        const auto [error] = co_await acceptor.async_accept(socket, use);
        if (!error) {
            asio::co_spawn(acceptor.get_executor(), answer(std::move(socket), tls), asio::detached);
        }
    }
}

int main(int argc, char** argv)
{
    const TlsArguments arguments{argc, argv};
    const int descriptor = listen_on(arguments.port, 0);
    asio::ssl::context tls{asio::ssl::context::tls_server};
    tls.use_certificate_chain_file(arguments.certificate);
    tls.use_private_key_file(arguments.key, asio::ssl::context::pem);
    // As ours: no tickets, no sessions to resume.
    SSL_CTX_set_num_tickets(tls.native_handle(), 0);
    SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(tls.native_handle(), SSL_SESS_CACHE_OFF);
    asio::io_context context{1};
    Acceptor acceptor{context.get_executor()};
    acceptor.assign(tcp::v4(), descriptor);
    asio::co_spawn(context, serve(acceptor, tls), asio::detached);
    context.run();
}
