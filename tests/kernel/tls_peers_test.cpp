#include "support/child.hpp"
#include "support/tls.hpp"

#include <gtest/gtest.h>

#include <functional>

// TLS with programs of others: openssl, curl, Python.

namespace asyncio::test {
namespace {

/// Keeps what the loop's exception handler is told, for one test.
class Reports {
public:
    Reports()
    {
        new_event_loop().set_exception_handler([this](Loop&, const ExceptionContext& context) {
            try {
                std::rethrow_exception(context.exception);
            } catch (const std::exception& error) {
                texts_ += error.what();
                texts_ += "\n";
            }
        });
    }
    Reports(const Reports&) = delete;
    Reports& operator=(const Reports&) = delete;
    ~Reports() { new_event_loop().set_exception_handler({}); }

    /// Is this reported, now or soon?
    [[nodiscard]] bool contain(const std::string& text) const
    {
        run(until_reported(this, text));
        return texts_.find(text) != texts_.npos;
    }
    [[nodiscard]] const std::string& texts() const noexcept { return texts_; }

private:
    static Coroutine<> until_reported(const Reports* reports, std::string text)
    {
        for (int i = 0; i < 1000 && reports->texts_.find(text) == text.npos; ++i) {
            co_await sleep_ms(10);
        }
    }

    std::string texts_;
};

using Result = std::pair<int, std::string>;

/// What a client says when it is started with the port of a server of ours.
Coroutine<Result> client_of_ours(std::function<Coroutine<>(Stream, Stream)> handler,
                                 SSLContext context, std::string before, std::string behind)
{
    const Server server = co_await start_server(handler, "127.0.0.1", 0, 5, context);
    const std::string command = "timeout 20 " + before + std::to_string(server.port()) + behind;
    const std::function<Result()> job = [command] { return run_command(command); };
    Result result = co_await to_thread(job);
    co_return result;
}

Result client_says(std::function<Coroutine<>(Stream, Stream)> handler, const SSLContext& context,
                   const std::string& before, const std::string& behind = {})
{
    return run(client_of_ours(std::move(handler), context, before, behind));
}

Coroutine<> answer_line(StreamReader reader, StreamWriter writer)
{
    const std::string line = co_await reader.readline();
    writer.write("you said " + line);
    writer.close();
    co_await writer.wait_closed();
}

Coroutine<> answer_http(StreamReader reader, StreamWriter writer)
{
    co_await reader.readuntil("\r\n\r\n");
    writer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nboard\n");
    writer.close();
    co_await writer.wait_closed();
}

const std::string& authority() { return test_authority().certificate(); }

std::string s_client(const std::string& more)
{
    return "sh -c 'printf \"hello\\n\" | openssl s_client -quiet -verify_return_error -CAfile " +
           authority() + " " + more + " -connect 127.0.0.1:";
}

class TlsPeers : public testing::Test {
protected:
    void need(const std::string& program)
    {
        if (!is_installed(program)) {
            GTEST_SKIP() << "there is no " << program;
        }
    }

    Reports reports;
};

class OpensslPeers : public TlsPeers {
    void SetUp() override { need("openssl"); }
};

TEST_F(OpensslPeers, SClientIsServed)
{
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
        const auto [status, printed] =
            client_says(answer_line, server_context(),
                        s_client("-verify_hostname localhost " + std::string{version}), "'");
        EXPECT_EQ(status, 0) << printed;
        EXPECT_NE(printed.find("you said hello"), printed.npos) << printed;
    }
    EXPECT_EQ(reports.texts(), "");
}

TEST_F(OpensslPeers, SClientOfAnOldVersionIsRefused)
{
    const auto [status, printed] = client_says(answer_line, server_context(),
                                               s_client("-tls1_1 -cipher DEFAULT@SECLEVEL=0"), "'");
    EXPECT_NE(status, 0);
    EXPECT_TRUE(reports.contain("the peer speaks none of our versions of TLS")) << reports.texts();
}

TEST_F(OpensslPeers, SClientWithItsCertificateIsKnown)
{
    SSLContext context = server_context();
    context.load_verify_locations(authority());
    context.verify_mode(CERT_REQUIRED);
    const Identity lamp = test_authority().issue(Wanted{"lamp"});
    const auto known = [](StreamReader reader, StreamWriter writer) -> Coroutine<> {
        co_await reader.readline();
        writer.write("hello " + getpeercert(reader).value().subject + "\n");
        writer.close();
    };
    const auto [status, printed] = client_says(
        known, context, s_client("-cert " + lamp.certificate + " -key " + lamp.key), "'");
    EXPECT_NE(printed.find("hello CN=lamp"), printed.npos) << printed;

    const auto [refused, text] = client_says(known, context, s_client(""), "'");
    EXPECT_NE(text.find("certificate required"), text.npos) << text;
    EXPECT_TRUE(reports.contain("the peer has no certificate")) << reports.texts();
}

TEST_F(OpensslPeers, SClientGetsNoTicket)
{
    const auto [status, printed] =
        client_says(answer_line, server_context(),
                    "sh -c 'printf \"hello\\n\" | openssl s_client -CAfile " + authority() +
                        " -connect 127.0.0.1:",
                    "'");
    EXPECT_NE(printed.find("Verify return code: 0 (ok)"), printed.npos) << printed;
    EXPECT_EQ(printed.find("ticket"), printed.npos) << printed;
    EXPECT_NE(printed.find("Compression: NONE"), printed.npos) << printed;
}

/// The port in "ACCEPT 127.0.0.1:34567".
int port_in(const std::string& text) { return std::atoi(text.substr(text.rfind(':') + 1).c_str()); }

Coroutine<std::string> say(int port, SSLContext context, std::string text)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, context);
    writer.write(text);
    const std::string answer = co_await reader.readline();
    writer.close();
    co_await writer.wait_closed();
    co_return answer;
}

TEST_F(OpensslPeers, SServerAnswersUs)
{
    const Identity& identity = localhost_identity();
    Child server{"exec openssl s_server -accept 127.0.0.1:0 -rev -cert " + identity.certificate +
                 " -key " + identity.key};
    const int port = port_in(server.read_until("ACCEPT"));
    EXPECT_EQ(run(say(port, client_context(), "drow a\n")), "a word\n");
    SSLContext old = client_context();
    old.maximum_version(TLSVersion::TLSv1_2);
    EXPECT_EQ(run(say(port, old, "drow a\n")), "a word\n");
    EXPECT_NE(run(thrown_by(say(port, client_context(other_authority()), "x\n")))
                  .find("signed by an unknown authority 'Test CA'"),
              std::string::npos);
}

TEST_F(OpensslPeers, SServerThatWantsACertificateSaysSo)
{
    const Identity& identity = localhost_identity();
    Child server{"exec openssl s_server -accept 127.0.0.1:0 -rev -Verify 1 -verify_return_error "
                 "-CAfile " +
                 authority() + " -cert " + identity.certificate + " -key " + identity.key};
    const int port = port_in(server.read_until("ACCEPT"));
    EXPECT_NE(run(thrown_by(say(port, client_context(), "drow a\n")))
                  .find("the peer wants a certificate, and got none"),
              std::string::npos);
    SSLContext context = client_context();
    const Identity lamp = test_authority().issue(Wanted{"lamp"});
    context.load_cert_chain(lamp.certificate, lamp.key);
    EXPECT_EQ(run(say(port, context, "drow a\n")), "a word\n");
}

class CurlPeers : public TlsPeers {
    void SetUp() override { need("curl"); }
};

TEST_F(CurlPeers, AreServed)
{
    const auto [status, printed] = client_says(
        answer_http, server_context(), "curl -sS --cacert " + authority() + " https://127.0.0.1:");
    EXPECT_EQ(status, 0);
    EXPECT_EQ(printed, "board\n");
    EXPECT_EQ(reports.texts(), "");
}

TEST_F(CurlPeers, ThatDoNotTrustUsAreReported)
{
    const auto [status, printed] =
        client_says(answer_http, server_context(), "curl -sS https://127.0.0.1:");
    EXPECT_EQ(status, 60) << printed;
    EXPECT_TRUE(reports.contain("the peer refused our certificate: unknown CA")) << reports.texts();
}

TEST_F(CurlPeers, ThatSpeakPlainHttpAreReported)
{
    const auto [status, printed] =
        client_says(answer_http, server_context(), "curl -sS http://127.0.0.1:");
    EXPECT_NE(status, 0);
    EXPECT_TRUE(reports.contain("the peer sent a plain HTTP request")) << reports.texts();
}

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

}  // namespace
}  // namespace asyncio::test
