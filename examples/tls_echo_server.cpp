/// An echo server over TLS. Try it with `openssl s_client -quiet -connect 127.0.0.1:8008`.
///
/// usage: tls_echo_server CERTIFICATE KEY [PORT]   (PEM files; default 8008; 0: any free port)
///
/// A certificate to try it with:
///   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30
///       -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem

#include <asyncio/asyncio.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

asyncio::Coroutine<> echo(asyncio::StreamReader reader, asyncio::StreamWriter writer)
{
    for (;;) {
        const std::string line = co_await reader.readline();
        if (line.empty()) {
            break;  // The peer has closed.
        }
        writer.write(line);
        co_await writer.drain();
    }
    writer.close();
    co_await writer.wait_closed();
}

asyncio::Coroutine<> serve(asyncio::SSLContext context, int port)
{
    asyncio::Server server = co_await asyncio::start_server(echo, "127.0.0.1", port, 5, context);
    std::cout << "TLS echo server on 127.0.0.1:" << server.port() << std::endl;
    co_await server.serve_forever();
}

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::cerr << "usage: tls_echo_server CERTIFICATE KEY [PORT]\n";
        return 2;
    }
    try {
        asyncio::SSLContext context{asyncio::PROTOCOL_TLS_SERVER};
        context.load_cert_chain(argv[1], argv[2]);
        asyncio::run(serve(context, argc > 3 ? std::atoi(argv[3]) : 8008));
    } catch (const std::exception& error) {
        std::cerr << "tls_echo_server: " << error.what() << "\n";
        return 1;
    }
}
