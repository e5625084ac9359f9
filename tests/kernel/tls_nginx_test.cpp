#include "support/tls_peers.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

// TLS with nginx, as the server of our clients and as the client of our servers.

namespace asyncio::test {
namespace {

/// A port that nobody uses, for a program that cannot choose one itself.
int free_port()
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(descriptor, generic, length), 0);
    EXPECT_EQ(::getsockname(descriptor, generic, &length), 0);
    ::close(descriptor);
    return ntohs(address.sin_port);
}

std::string replaced(std::string text, const std::string& word, const std::string& by)
{
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + by.size())) {
        text.replace(at, word.size(), by);
    }
    return text;
}

/// An nginx with this inside of "http { }", where PORT and FOLDER become its own.
class Nginx {
public:
    explicit Nginx(const std::string& http)
        : port{free_port()},
          process_{"exec nginx -p " + folder_.path("") + " -e stderr -c " +
                   folder_.write("nginx.conf", replaced(replaced(common + http + "}\n", "PORT",
                                                                 std::to_string(port)),
                                                        "FOLDER", folder_.path("")))}
    {
        process_.read_until("event method");  // It listens by then.
    }

    [[nodiscard]] const TemporaryDirectory& folder() const noexcept { return folder_; }

private:
    static inline const std::string common = R"(
        daemon off; master_process off; pid FOLDER/pid; error_log stderr notice;
        events { worker_connections 64; }
        http {
            access_log off; root FOLDER; keepalive_requests 1000;
            client_max_body_size 8m; client_body_buffer_size 8m;
            client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy;
            fastcgi_temp_path FOLDER/fastcgi; uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
    )";

    TemporaryDirectory folder_;

public:
    const int port;

private:
    Child process_;
};

/// The status line and the body of a message that has "Content-Length".
Coroutine<std::pair<std::string, std::string>> read_message(Stream stream)
{
    const std::string head = co_await stream.readuntil("\r\n\r\n");
    const std::size_t at = head.find("Content-Length: ");
    const std::int64_t length = at == head.npos ? 0 : std::stol(head.substr(at + 16));
    std::string body = co_await stream.readexactly(length);
    co_return std::pair{head.substr(0, head.find('\r')), std::move(body)};
}

std::string request(const std::string& line, const std::string& body = {})
{
    return line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

class NginxPeers : public TlsPeers {
    void SetUp() override { need("nginx"); }
};

// nginx as the server

std::string tls_server(const std::string& more)
{
    const Identity& identity = localhost_identity();
    return "server { listen 127.0.0.1:PORT ssl; ssl_protocols TLSv1.2 TLSv1.3;\n ssl_certificate " +
           identity.certificate + "; ssl_certificate_key " + identity.key + ";\n" + more + "}\n";
}

Coroutine<> get_often(int port, SSLContext context, std::string big)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, context);
    for (int i = 0; i < 100; ++i) {
        const bool is_big = i % 25 == 24;
        writer.write(request(is_big ? "GET /big" : "GET /small"));
        const auto [status, body] = co_await read_message(reader);
        EXPECT_EQ(status, "HTTP/1.1 200 OK");
        EXPECT_TRUE(body == (is_big ? big : "board\n")) << i << ": " << body.size() << " bytes";
    }
    writer.close();
    co_await writer.wait_closed();
}

TEST_F(NginxPeers, ServeManyRequestsOnOneConnection)
{
    const Nginx nginx{tls_server("keepalive_timeout 20s;")};
    const std::string big = pattern(3'000'000);
    (void)nginx.folder().write("small", "board\n");
    (void)nginx.folder().write("big", big);
    run(get_often(nginx.port, client_context(), big));
    SSLContext old = client_context();
    old.maximum_version(TLSVersion::TLSv1_2);
    run(get_often(nginx.port, old, big));
    EXPECT_EQ(reports.texts(), "");
}

Coroutine<std::string> get_and_close(int port, SSLContext context)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, context);
    writer.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const std::string answer = co_await reader.read();  // Up to a clean end.
    co_return answer;
}

TEST_F(NginxPeers, KnowUsByOurCertificate)
{
    const Nginx nginx{tls_server("ssl_verify_client on; ssl_client_certificate " + authority() +
                                 "; location / { return 200 \"hello $ssl_client_s_dn\"; }")};
    SSLContext context = client_context();
    EXPECT_NE(run(get_and_close(nginx.port, context)).find("No required SSL certificate was sent"),
              std::string::npos);
    const Identity lamp = test_authority().issue(Wanted{"lamp"});
    context.load_cert_chain(lamp.certificate, lamp.key);
    const std::string answer = run(get_and_close(nginx.port, context));
    EXPECT_TRUE(answer.ends_with("hello CN=lamp")) << answer;
    const Identity stranger = other_authority().issue(Wanted{"stranger"});
    context.load_cert_chain(stranger.certificate, stranger.key);
    EXPECT_NE(run(get_and_close(nginx.port, context)).find("The SSL certificate error"),
              std::string::npos);
}

// nginx as the client

/// Passes on to a server of ours.
std::string proxy_to(int port, const std::string& trusted, const std::string& more = {})
{
    return "upstream ours { server 127.0.0.1:" + std::to_string(port) + "; keepalive 4; }\n" +
           "server { listen 127.0.0.1:PORT; location / { proxy_pass https://ours; " +
           "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_ssl_verify on; " +
           "proxy_ssl_name localhost; proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.2 " +
           "TLSv1.3; proxy_ssl_trusted_certificate " + trusted + ";\n" + more + "} }\n";
}

/// Answers each request with its body, or else with who asks.
class Echo {
public:
    explicit Echo(int& connections) : connections_{&connections} {}

    Coroutine<> operator()(Stream reader, Stream writer) const
    {
        ++*connections_;
        return answer(reader, writer);
    }

private:
    static Coroutine<> answer(Stream reader, Stream writer)
    {
        const std::optional<PeerCertificate> certificate = getpeercert(reader);
        for (;;) {
            const auto [line, body] = co_await read_message(reader);
            const std::string text = body.empty() && certificate ? certificate->subject : body;
            writer.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) +
                         "\r\n\r\n" + text);
            co_await writer.drain();
        }
    }

    int* connections_;
};

/// Asks a server of ours through nginx.
Coroutine<> ask_through(SSLContext context, std::string trusted, std::string more,
                        Coroutine<> (*ask)(int port, int* connections))
{
    int connections = 0;
    const Echo echo{connections};
    const Server server = co_await start_server(echo, "127.0.0.1", 0, 5, context);
    const Nginx nginx{proxy_to(server.port(), trusted, more)};
    co_await ask(nginx.port, &connections);
}

Coroutine<> send_bodies(int port, int* connections)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port);
    for (const std::size_t size : {1U, 100U, 16'384U, 16'385U, 1'000'000U, 5'000'000U}) {
        const std::string sent = pattern(size);
        writer.write(request("POST /", sent));
        const auto [status, body] = co_await read_message(reader);
        EXPECT_EQ(status, "HTTP/1.1 200 OK");
        EXPECT_TRUE(body == sent) << size;
    }
    EXPECT_EQ(*connections, 1);  // nginx has kept the one it had.
}

TEST_F(NginxPeers, PassBodiesOnToOurServer)
{
    run(ask_through(server_context(), authority(), "", &send_bodies));
    SSLContext old = server_context();
    old.maximum_version(TLSVersion::TLSv1_2);
    run(ask_through(old, authority(), "", &send_bodies));
}

Coroutine<> ask_who_asks(int port, int*)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port);
    writer.write(request("GET /"));
    const auto [status, body] = co_await read_message(reader);
    EXPECT_EQ(body, "CN=proxy");
}

Coroutine<> expect_bad_gateway(int port, int*)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port);
    writer.write(request("GET /"));
    const auto [status, body] = co_await read_message(reader);
    EXPECT_EQ(status, "HTTP/1.1 502 Bad Gateway");
}

TEST_F(NginxPeers, ShowOurServerTheirCertificate)
{
    SSLContext context = server_context();
    context.load_verify_locations(authority());
    context.verify_mode(CERT_REQUIRED);
    const Identity proxy = test_authority().issue(Wanted{"proxy"});
    run(ask_through(context, authority(),
                    "proxy_ssl_certificate " + proxy.certificate + "; proxy_ssl_certificate_key " +
                        proxy.key + ";",
                    &ask_who_asks));

    run(ask_through(context, authority(), "", &expect_bad_gateway));
    EXPECT_TRUE(reports.contain("the peer has no certificate")) << reports.texts();
}

TEST_F(NginxPeers, ThatDoNotTrustOurServerDoNotTalkToIt)
{
    run(ask_through(server_context(), other_authority().certificate(), "", &expect_bad_gateway));
}

}  // namespace
}  // namespace asyncio::test
