// Our TLS server, as a user writes it.

#include "tls_answers.hpp"

#include <asyncio/asyncio.hpp>

asyncio::Coroutine<> write_much(asyncio::StreamWriter writer)
{
    writer.write(long_answer);
    const std::string piece(piece_bytes, 'x');
    for (std::size_t i = 0; i < pieces; ++i) {
        writer.write(piece);
        co_await writer.drain();
    }
}

asyncio::Coroutine<> answer(asyncio::StreamReader reader, asyncio::StreamWriter writer)
{
    for (;;) {
        const std::string request = co_await reader.readline();
        for (std::string line = request; line.size() > 2;) {
            line = co_await reader.readline();
        }
        if (request.empty()) {
            break;  // The client has closed.
        }
        if (wants_much(request)) {
            co_await write_much(writer);
        } else {
            writer.write(short_answer);
            co_await writer.drain();
        }
    }
    writer.close();
    co_await writer.wait_closed();
}

asyncio::Coroutine<> serve(asyncio::SSLContext context, int port)
{
    asyncio::Server server =
        co_await asyncio::start_server(answer, "127.0.0.1", port, BACKLOG, context);
    co_await server.serve_forever();
}

int main(int argc, char** argv)
{
    const TlsArguments arguments{argc, argv};
    raise_descriptor_limit();
    asyncio::SSLContext context{asyncio::PROTOCOL_TLS_SERVER};
    context.load_cert_chain(arguments.certificate, arguments.key);
    asyncio::run(serve(context, arguments.port));
}
