#include "core/backend.hpp"
#include "net/kernel_sending.hpp"
#include "net/stream_state.hpp"
#include "support/tls.hpp"
#include "tls/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <future>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

// TLS that the kernel encrypts when it has the module "tls", which it should not be noticed by; the
// kernels that ./dev board-test boots have it.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

bool kernel_has_tls()
{
    std::ifstream protocols{"/proc/sys/net/ipv4/tcp_available_ulp"};
    std::string name;
    while (protocols >> name) {
        if (name == "tls") {
            return true;
        }
    }
    return false;
}

SSLContext with_ktls(SSLContext context)
{
    context.options(OP_ENABLE_KTLS);
    return context;
}

/// A connection whose both ends ask the kernel for it.
Coroutine<Ends> connect_ktls()
{
    const SSLContext server = with_ktls(server_context());
    const SSLContext client = with_ktls(client_context());
    return connect_tls(server, client);
}

void expect_ktls(const Stream& stream)
{
    const std::optional<std::string> ktls = stream.get_extra_info("ktls");
    EXPECT_EQ(ktls.value_or("none"), kernel_has_tls() ? "send" : "none");
}

Coroutine<> is_used()
{
    Ends ends = co_await connect_ktls();
    expect_ktls(ends.client);
    expect_ktls(ends.server);
    ends.client.write("hello\n");
    const std::string heard = co_await ends.server.readline();
    EXPECT_EQ(heard, "hello\n");
    ends.server.write("good day\n");
    const std::string answer = co_await ends.client.readline();
    EXPECT_EQ(answer, "good day\n");
    ends.client.close();
    const std::string end = co_await ends.server.readline();
    EXPECT_EQ(end, "");
}

TEST(Ktls, IsUsedWhereTheKernelHasIt) { run(is_used()); }

Coroutine<> is_not_used(TLSVersion version, bool is_asked)
{
    SSLContext server = server_context();
    server.options(is_asked ? OP_ENABLE_KTLS : SSLOptions{});
    server.maximum_version(version);
    const SSLContext client = client_context();
    Ends ends = co_await connect_tls(server, client);
    EXPECT_EQ(ends.server.get_extra_info("ktls"), std::nullopt);
    EXPECT_EQ(ends.client.get_extra_info("ktls"), std::nullopt);
    ends.server.write("hello\n");
    ends.server.close();
    const std::string heard = co_await ends.client.read();
    EXPECT_EQ(heard, "hello\n");
}

TEST(Ktls, IsNotUsedUnasked) { run(is_not_used(TLSVersion::TLSv1_3, false)); }

TEST(Ktls, IsNotUsedWithTls12) { run(is_not_used(TLSVersion::TLSv1_2, true)); }

Coroutine<> write_and_close(Stream stream, std::string bytes)
{
    stream.write(bytes);
    stream.close();
    co_await stream.wait_closed();
}

/// How much the kernel takes while nobody reads.
Coroutine<std::size_t> room_of_kernel()
{
    Ends ends = co_await connect_ktls();
    const std::string sent = pattern(9'000'000);
    ends.client.write(sent);
    co_await sleep_ms(300);
    const std::size_t room = sent.size() - ends.client.get_write_buffer_size();
    ends.client.abort();
    ends.server.abort();
    co_return room;
}

/// The reader lets the writer come to its end, and the kernel's buffers be full, before it begins.
Coroutine<> late_reader(std::size_t size)
{
    Ends ends = co_await connect_ktls();
    const std::string sent = pattern(size);
    const auto writer = create_task(write_and_close(ends.client, sent));
    co_await sleep_ms(200);
    const std::string got = co_await ends.server.read();  // SSLEOFError if the end is cut off.
    EXPECT_EQ(got.size(), sent.size());
    EXPECT_TRUE(got == sent);
    ends.server.close();
    co_await writer;
}

TEST(Ktls, LosesNothingWhenTheBuffersAreFullAtTheEnd)
{
    const std::size_t room = run(room_of_kernel());
    for (std::size_t less = 0; less < 20'000; less += 2'000) {
        run(late_reader(room - less));
    }
}

TEST(Ktls, CarriesABigTransferWhole) { run(late_reader(8'000'000)); }

/// Two sockets whose bytes from the one to the other the kernel protects, with keys of ours.
class Sockets {
public:
    Sockets()
    {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const where = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener, where, length), 0);
        EXPECT_EQ(::listen(listener, 1), 0);
        EXPECT_EQ(::getsockname(listener, where, &length), 0);
        sender = ::socket(AF_INET, SOCK_STREAM, 0);
        EXPECT_EQ(::connect(sender, where, length), 0);
        receiver = ::accept(listener, nullptr, nullptr);
        ::close(listener);
        keys.info.version = TLS_1_3_VERSION;
        keys.info.cipher_type = TLS_CIPHER_AES_GCM_128;
        EXPECT_EQ(::setsockopt(receiver, IPPROTO_TCP, TCP_ULP, "tls", 4), 0);
        EXPECT_EQ(::setsockopt(receiver, 282, TLS_RX, &keys, sizeof keys), 0);
    }
    Sockets(const Sockets&) = delete;
    Sockets& operator=(const Sockets&) = delete;
    ~Sockets() { ::close(receiver); }

    /// Plain text up to the end.
    [[nodiscard]] std::size_t receive_all() const
    {
        std::vector<char> room(100'000);
        std::size_t sum = 0;
        for (ssize_t n = 1; n > 0; sum += static_cast<std::size_t>(std::max<ssize_t>(n, 0))) {
            n = ::recv(receiver, room.data(), room.size(), 0);
        }
        return sum;
    }

    tls12_crypto_info_aes_gcm_128 keys{};
    int sender = -1;
    int receiver = -1;
};

/// What the kernel has taken is not yet TCP's; without the wait its last record would be lost.
TEST(Ktls, IsAtItsEndWhenTcpHasAll)
{
    if (!kernel_has_tls()) {
        GTEST_SKIP() << "the kernel has no TLS";
    }
    const Sockets sockets;
    const auto backend = detail::make_backend();
    const detail::Socket socket{*backend, sockets.sender};
    detail::KernelSending kernel{socket};
    std::string nothing;
    ASSERT_TRUE(kernel.start(nothing, std::as_bytes(std::span{&sockets.keys, 1})));

    const std::vector<std::byte> part(100'000);
    std::size_t sent = 0;
    for (int n = 1; n > 0; sent += static_cast<std::size_t>(std::max(n, 0))) {
        n = socket.network().send(sockets.sender, part, std::uint8_t{0});
    }
    kernel.sent(sent);
    auto received = std::async(std::launch::async, [&sockets] { return sockets.receive_all(); });
    int result = kernel.finish();
    while (result == -EAGAIN) {
        pollfd room{sockets.sender, POLLOUT, 0};
        ::poll(&room, 1, 1000);
        result = kernel.finish();
    }
    EXPECT_EQ(result, 0);
    socket.shutdown_write();
    EXPECT_EQ(received.get(), sent);
}

Coroutine<> answer_after_end()
{
    Ends ends = co_await connect_ktls();
    const std::string question = pattern(300'000);
    const std::string answer = pattern(3'000'000);
    ends.client.write(question);
    ends.client.write_eof();
    const std::string heard = co_await ends.server.read();
    EXPECT_TRUE(heard == question);
    const auto writer = create_task(write_and_close(ends.server, answer));
    co_await sleep_ms(300);
    const std::string got = co_await ends.client.read();
    EXPECT_TRUE(got == answer);
    co_await writer;
}

TEST(Ktls, AnswersWhoHasEndedItsHalf) { run(answer_after_end()); }

Coroutine<> cancelled_drain()
{
    Ends ends = co_await connect_ktls();
    const std::string sent = pattern(9'000'000);
    ends.client.write(sent);
    const auto drain =
        create_task([](Stream stream) -> Coroutine<> { co_await stream.drain(); }(ends.client));
    co_await sleep_ms(50);
    EXPECT_FALSE(drain.done());  // Nobody reads.
    drain.cancel();
    const std::string end = co_await thrown_by(drain);
    EXPECT_EQ(end, "CancelledError");
    ends.client.write_eof();
    const std::string got = co_await ends.server.read();
    EXPECT_TRUE(got == sent);
}

TEST(Ktls, LosesNothingToACancelledDrain) { run(cancelled_drain()); }

Coroutine<> reset_one()
{
    Ends ends = co_await connect_ktls();
    ends.client.write(pattern(9'000'000));
    ends.client.abort();
    co_await ends.client.wait_closed();
    const std::string end = co_await thrown_by(ends.server.read());
    EXPECT_TRUE(starts_with(end, "OSError 104") || starts_with(end, "OSError 8")) << end;
}

TEST(Ktls, CanBeAborted) { run(reset_one()); }

Coroutine<> nobody_reads()
{
    SSLContext client = with_ktls(client_context());
    client.shutdown_timeout(0.3);
    const SSLContext server = server_context();
    Ends ends = co_await connect_tls(server, client);
    ends.client.write(pattern(9'000'000));
    const auto start = std::chrono::steady_clock::now();
    ends.client.close();
    co_await ends.client.wait_closed();
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Ktls, WaitsForAPeerThatTakesNothingOnlySoLong) { run(nobody_reads()); }

/// A client that the server finds no certificate of hears of it when it reads, as the handshake is
/// over for it by then.
Coroutine<> without_certificate()
{
    SSLContext server = with_ktls(server_context());
    server.load_verify_locations(test_authority().certificate());
    server.verify_mode(CERT_REQUIRED);
    const Server listening = co_await start_server(echo_back, "127.0.0.1", 0, 5, server);
    auto [stream, same] = co_await open_connection("127.0.0.1", listening.port(), client_context());
    const std::string end = co_await thrown_by(stream.read());
    EXPECT_NE(end.find("certificate"), end.npos) << end;
    EXPECT_TRUE(starts_with(end, "OSError 1 cannot read from")) << end;
}

TEST(Ktls, TellsAClientThatItLacksACertificate)
{
    new_event_loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    run(without_certificate());
    get_event_loop().set_exception_handler({});
}

/// The client has OpenSSL do it, and changes its keys.
Coroutine<> change_keys(bool asks_for_the_servers)
{
    const SSLContext server = with_ktls(server_context());
    const SSLContext client = client_context();
    Ends ends = co_await connect_tls(server, client);
    const auto* const session =
        dynamic_cast<const detail::TlsSession*>(ends.client.state().security());
    SSL_key_update(session->handle(),
                   asks_for_the_servers ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
    ends.client.write("with new keys\n");
    const std::string heard = co_await ends.server.readline();
    EXPECT_EQ(heard, "with new keys\n");
    const std::string error = thrown([&ends] { ends.server.write("hello\n"); });
    ends.server.close();
    const std::string end = co_await thrown_by(ends.client.read());
    if (kernel_has_tls() && asks_for_the_servers) {
        EXPECT_NE(error.find("the peer asks for new keys, which the kernel cannot take"),
                  error.npos)
            << error;
        EXPECT_NE(end.find("internal error"), end.npos) << end;
    } else {
        EXPECT_EQ(error, "nothing");
        EXPECT_EQ(end, "nothing");
    }
}

TEST(Ktls, FollowsNewKeysOfThePeer) { run(change_keys(false)); }

TEST(Ktls, SaysThatItCannotHaveNewKeys) { run(change_keys(true)); }

}  // namespace
}  // namespace asyncio::test
