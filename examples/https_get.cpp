/// Fetches a page over HTTPS: https_get example.org
///
/// usage: https_get HOST [PORT [PATH [AUTHORITY]]]   (default 443, /, the system's authorities)

#include <asyncio/asyncio.hpp>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

asyncio::Coroutine<> get(std::string host, int port, std::string path, asyncio::SSLContext context)
{
    // Checks the server's certificate and that it is for `host`.
    auto [reader, writer] = co_await asyncio::open_connection(host, port, context);
    writer.write("GET " + path + " HTTP/1.0\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    for (;;) {
        const std::string part = co_await reader.read(4096);
        if (part.empty()) {
            break;  // A clean end: the server has said that this was all.
        }
        std::cout << part;
    }
    writer.close();
    co_await writer.wait_closed();
}

int main(int argc, char** argv)
{
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    if (arguments.empty()) {
        std::cerr << "usage: https_get HOST [PORT [PATH [AUTHORITY]]]\n";
        return 2;
    }
    try {
        asyncio::SSLContext context{asyncio::PROTOCOL_TLS_CLIENT};
        if (arguments.size() > 3) {
            context.load_verify_locations(arguments[3]);
        } else {
            context.load_default_certs();
        }
        const int port = arguments.size() > 1 ? std::stoi(arguments[1]) : 443;
        const std::string path = arguments.size() > 2 ? arguments[2] : "/";
        asyncio::run(asyncio::wait_for(get(arguments[0], port, path, context), 30));
    } catch (const std::exception& error) {
        std::cerr << "https_get: " << error.what() << "\n";
        return 1;
    }
}
