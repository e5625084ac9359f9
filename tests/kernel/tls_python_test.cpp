#include "support/tls_peers.hpp"

#include <gtest/gtest.h>

// TLS with Python: its module ssl, and its asyncio.

namespace asyncio::test {
namespace {

class PythonPeers : public TlsPeers {
    void SetUp() override { need(PYTHON); }
};

/// Sends a lot, reads the echo, and ends as TLS wants it.
constexpr const char* python_client = R"(
import socket, ssl, sys, threading
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT  # As Python 3.13 does.
context.set_alpn_protocols(["board/1"])
data = bytes(range(256)) * 4096
with socket.create_connection(("127.0.0.1", int(sys.argv[2])), 15) as plain:
    with context.wrap_socket(plain, server_hostname="localhost") as tls:
        sender = threading.Thread(target=tls.sendall, args=(data,))
        sender.start()
        got = b""
        while len(got) < len(data):
            got += tls.recv(65536)
        sender.join()
        print(got == data, tls.version(), tls.selected_alpn_protocol(), tls.session.has_ticket)
        tls.unwrap()
        print("clean end")
)";

TEST_F(PythonPeers, SendMuchAndEndCleanly)
{
    SSLContext context = server_context();
    context.set_alpn_protocols({"board/1"});
    const std::string script = test_authority().folder().write("client.py", python_client);
    const auto [status, printed] = client_says(
        echo_back, context, std::string{PYTHON} + " " + script + " " + authority() + " ");
    EXPECT_EQ(printed, "True TLSv1.3 board/1 False\nclean end\n");
    EXPECT_EQ(reports.texts(), "");
}

/// Three connections: one that is only counted, one with an answer, and one that is cut off.
constexpr const char* python_server = R"(
import socket, ssl, sys, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
with socket.create_server(("127.0.0.1", 0)) as listening:
    print("port :%d" % listening.getsockname()[1], flush=True)
    plain, _ = listening.accept()
    tls = context.wrap_socket(plain, server_side=True)
    time.sleep(0.1)
    got = 0
    while data := tls.recv(65536):
        got += len(data)
    print("got %d bytes" % got, flush=True)
    tls.unwrap().close()
    plain, _ = listening.accept()
    tls = context.wrap_socket(plain, server_side=True)
    got = 0
    while data := tls.recv(65536):
        got += len(data)
    tls.sendall(b"%d bytes\n" % got)
    tls.unwrap().close()
    print("clean end", flush=True)
    plain, _ = listening.accept()
    tls = context.wrap_socket(plain, server_side=True)
    tls.sendall(b"half")
    tls.recv(1)
    tls.close()
)";

/// The server's tickets lie unread at the end.
Coroutine<> write_and_leave(int port)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, client_context());
    writer.write(pattern(1'000'000));
    co_await sleep_ms(50);
    writer.close();
    co_await writer.wait_closed();
}

Coroutine<std::string> write_much(int port)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, client_context());
    writer.write(pattern(1'000'000));
    writer.write_eof();
    const std::string answer = co_await reader.read();
    writer.close();
    co_await writer.wait_closed();
    co_return answer;
}

Coroutine<std::string> read_the_half(int port)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, client_context());
    const std::string half = co_await reader.readexactly(4);
    EXPECT_EQ(half, "half");
    writer.write("x");
    const std::string rest = co_await reader.read();
    co_return rest;
}

TEST_F(PythonPeers, GetAllAndTellACleanEndFromACut)
{
    const std::string script = test_authority().folder().write("server.py", python_server);
    const Identity& identity = localhost_identity();
    Child server{"exec " + std::string{PYTHON} + " " + script + " " + identity.certificate + " " +
                 identity.key};
    const int port = port_in(server.read_until("port"));
    run(write_and_leave(port));  // A close that resets the connection would lose data.
    EXPECT_NE(server.read_until("got").find("got 1000000 bytes"), std::string::npos);
    EXPECT_EQ(run(write_much(port)), "1000000 bytes\n");
    server.read_until("clean end");
    EXPECT_NE(run(thrown_by(read_the_half(port))).find("ended without close_notify"),
              std::string::npos);
}

// asyncio's own, which upgrades connections too.

/// Says "STARTTLS" in plain text if it is told to, sends a lot, reads the echo, and ends.
constexpr const char* asyncio_client = R"(
import asyncio, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
data = bytes(range(256)) * 8192
async def main(upgrade):
    tls = {} if upgrade else {"ssl": context, "server_hostname": "localhost"}
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[3]), **tls)
    if upgrade:
        writer.write(b"STARTTLS\n")
        print((await reader.readline()).decode(), end="")
        await writer.start_tls(context, server_hostname="localhost")
    writer.write(data)
    got = await reader.readexactly(len(data))
    print(got == data, writer.get_extra_info("cipher")[1])
    writer.write(b"end\n")
    print(await reader.read())
    writer.close()
    await writer.wait_closed()
asyncio.run(main(sys.argv[2] == "upgrade"))
)";

/// Sends back what comes, up to its "end\n".
Coroutine<> echo_to_the_end(StreamReader reader, StreamWriter writer)
{
    std::string last;
    while (!last.ends_with("end\n")) {
        last = co_await reader.read(65536);
        EXPECT_NE(last, "");
        writer.write(last.ends_with("end\n") ? last.substr(0, last.size() - 4) : last);
        co_await writer.drain();
    }
    writer.close();
    co_await writer.wait_closed();
}

Coroutine<> upgrade_and_echo(StreamReader reader, StreamWriter writer)
{
    const std::string line = co_await reader.readline();
    EXPECT_EQ(line, "STARTTLS\n");
    writer.write("go on\n");
    co_await writer.start_tls(server_context());
    co_await echo_to_the_end(reader, writer);
}

TEST_F(PythonPeers, OfAsyncioAreServed)
{
    const std::string script = test_authority().folder().write("streams.py", asyncio_client);
    const std::string command = std::string{PYTHON} + " " + script + " " + authority();
    const auto [status, printed] =
        client_says(echo_to_the_end, server_context(), command + " direct ");
    EXPECT_EQ(printed, "True TLSv1.3\nb''\n");
    EXPECT_EQ(reports.texts(), "");
}

TEST_F(PythonPeers, OfAsyncioUpgradeWithUs)
{
    if (run_command(PYTHON " -c 'import asyncio; asyncio.StreamWriter.start_tls'").first != 0) {
        GTEST_SKIP() << "Python's streams have no start_tls before 3.11";
    }
    const std::string script = test_authority().folder().write("streams.py", asyncio_client);
    const std::string command = std::string{PYTHON} + " " + script + " " + authority();
    const auto [status, printed] =
        client_says(upgrade_and_echo, detail::SSLOption{}, command + " upgrade ");
    EXPECT_EQ(printed, "go on\nTrue TLSv1.3\nb''\n");
    EXPECT_EQ(reports.texts(), "");
}

/// Sends back what comes, and says how it ended.
constexpr const char* asyncio_server = R"(
import asyncio, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
async def echo(reader, writer):
    got = 0
    try:
        if sys.argv[3] == "upgrade":
            await reader.readline()
            writer.write(b"go on\n")
            await writer.start_tls(context)
        while data := await reader.read(65536):
            got += len(data)
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        print("clean end after %d bytes" % got, flush=True)
    except Exception as error:
        print("%s after %d bytes" % (type(error).__name__, got), flush=True)
async def main():
    tls = {} if sys.argv[3] == "upgrade" else {"ssl": context}
    async with await asyncio.start_server(echo, "127.0.0.1", 0, **tls) as server:
        print("port :%d" % server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()
asyncio.run(main())
)";

Coroutine<std::string> send_and_read_back(int port, detail::SSLOption ssl)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, ssl);
    if (ssl.context() == nullptr) {
        writer.write("STARTTLS\n");
        const std::string line = co_await reader.readline();
        EXPECT_EQ(line, "go on\n");
        co_await writer.start_tls(client_context(), "localhost");
    }
    const std::string sent = pattern(2'000'000);
    writer.write(sent);
    const std::string got = co_await reader.readexactly(std::ssize(sent));
    EXPECT_TRUE(got == sent);
    writer.close();
    co_await writer.wait_closed();
    co_return writer.get_extra_info("version").value_or("none");
}

class AsyncioServer : public PythonPeers {
protected:
    static std::string command(const std::string& how)
    {
        const std::string script = test_authority().folder().write("serve.py", asyncio_server);
        const Identity& identity = localhost_identity();
        return "exec " + std::string{PYTHON} + " " + script + " " + identity.certificate + " " +
               identity.key + " " + how;
    }
};

TEST_F(AsyncioServer, AnswersUs)
{
    Child server{command("direct")};
    const int port = port_in(server.read_until("port"));
    EXPECT_EQ(run(send_and_read_back(port, client_context())), "TLSv1.3");
    server.read_until("clean end after 2000000 bytes");
}

TEST_F(AsyncioServer, UpgradesWithUs)
{
    if (run_command(PYTHON " -c 'import asyncio; asyncio.StreamWriter.start_tls'").first != 0) {
        GTEST_SKIP() << "Python's streams have no start_tls before 3.11";
    }
    Child server{command("upgrade")};
    const int port = port_in(server.read_until("port"));
    EXPECT_EQ(run(send_and_read_back(port, false)), "TLSv1.3");
    server.read_until("clean end after 2000000 bytes");
}

}  // namespace
}  // namespace asyncio::test
