/// Mutual TLS: the server asks each client for a certificate, and knows it by its name.
///
/// usage: mutual_tls AUTHORITY SERVER_CERTIFICATE SERVER_KEY CLIENT_CERTIFICATE CLIENT_KEY

#include <asyncio/asyncio.hpp>

#include <iostream>
#include <string>

asyncio::Coroutine<> greet(asyncio::StreamReader reader, asyncio::StreamWriter writer)
{
    // It has one, and our authority has signed it: else the handshake had failed.
    const asyncio::PeerCertificate client = asyncio::getpeercert(reader).value();
    writer.write("hello " + client.subject + "\n");
    writer.close();
    co_await writer.wait_closed();
}

asyncio::Coroutine<std::string> greeting(int port, asyncio::SSLContext context)
{
    auto [reader, writer] = co_await asyncio::open_connection("localhost", port, context);
    const std::string line = co_await reader.readline();
    writer.close();
    co_await writer.wait_closed();
    co_return line;
}

asyncio::Coroutine<> meet(asyncio::SSLContext ours, asyncio::SSLContext known,
                          asyncio::SSLContext unknown)
{
    const asyncio::Server server = co_await asyncio::start_server(greet, "localhost", 0, 5, ours);
    const std::string line = co_await greeting(server.port(), known);
    std::cout << line;
    try {
        co_await greeting(server.port(), unknown);
    } catch (const asyncio::SSLError& error) {
        std::cout << error.what() << std::endl;
    }
}

int main(int argc, char** argv)
{
    if (argc != 6) {
        std::cerr << "usage: mutual_tls AUTHORITY SERVER_CERTIFICATE SERVER_KEY CLIENT_CERTIFICATE "
                     "CLIENT_KEY\n";
        return 2;
    }
    try {
        asyncio::SSLContext server{asyncio::PROTOCOL_TLS_SERVER};
        server.load_cert_chain(argv[2], argv[3]);
        server.load_verify_locations(argv[1]);
        server.verify_mode(asyncio::CERT_REQUIRED);

        asyncio::SSLContext known{asyncio::PROTOCOL_TLS_CLIENT};
        known.load_verify_locations(argv[1]);
        known.load_cert_chain(argv[4], argv[5]);

        asyncio::SSLContext unknown{asyncio::PROTOCOL_TLS_CLIENT};
        unknown.load_verify_locations(argv[1]);

        asyncio::run(meet(server, known, unknown));
    } catch (const std::exception& error) {
        std::cerr << "mutual_tls: " << error.what() << "\n";
        return 1;
    }
}
