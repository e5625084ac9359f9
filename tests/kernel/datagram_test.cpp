#include "support/operations.hpp"
#include "support/streams.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

// UDP on the real backends, over loopback.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

DatagramOptions at(std::string host, int port)
{
    DatagramOptions options;
    options.local_addr.emplace(std::move(host), port);
    return options;
}

DatagramOptions towards(std::string host, int port)
{
    DatagramOptions options;
    options.remote_addr.emplace(std::move(host), port);
    return options;
}

Coroutine<> echo(DatagramSocket socket)
{
    for (;;) {
        const Datagram datagram = co_await socket.receive_from();
        co_await socket.send_to(datagram.data, datagram.address);
    }
}

Coroutine<> ask(std::string host)
{
    const DatagramSocket server = co_await open_datagram(at(host, 0));
    const auto answering = create_task(echo(server));
    const DatagramSocket client = co_await open_datagram(towards(host, server.port()));
    const std::size_t largest = host == "::1" ? 65'527 : 65'507;  // RFC 768 and RFC 8200.
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1500}, largest}) {
        const std::string question = pattern(size);
        co_await client.send(question);
        const Datagram answer = co_await wait_for(client.receive_from(), 5s);
        EXPECT_EQ(answer.data, question);
        EXPECT_FALSE(answer.truncated);
    }
    answering.cancel();
    const std::string end = co_await thrown_by(client.send(pattern(largest + 1)));
    EXPECT_EQ(end, "OSError 90 cannot send " + std::to_string(largest + 1) + " bytes to '" +
                       client.get_extra_info("peername").value() + "': Message too long");
    co_await sleep_ms(1);  // The other task ends.
}

TEST(KernelDatagram, GoesThereAndBack)
{
    (void)get_event_loop();
    const int before = open_descriptors();
    run(ask("127.0.0.1"));
    EXPECT_EQ(open_descriptors(), before);
}

TEST(KernelDatagram, GoesThereAndBackOverIPv6)
{
    const Descriptor six{::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in6 loopback{};
    loopback.sin6_family = AF_INET6;
    loopback.sin6_addr = in6addr_loopback;
    if (::bind(six.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) != 0) {
        GTEST_SKIP() << "this machine has no [::1]";
    }
    run(ask("::1"));
}

Coroutine<> cut()
{
    const DatagramSocket server = co_await open_datagram(at("127.0.0.1", 0));
    const DatagramSocket client = co_await open_datagram(towards("127.0.0.1", server.port()));
    co_await client.send("fives");
    const Datagram datagram = co_await server.receive_from(4);
    EXPECT_EQ(datagram.data, "five");
    EXPECT_TRUE(datagram.truncated);
}

TEST(KernelDatagram, ThatIsLongerThanTheLimitSaysSo) { run(cut()); }

Coroutine<> cancelled_receives(int times)
{
    const DatagramSocket server = co_await open_datagram(at("127.0.0.1", 0));
    const DatagramSocket client = co_await open_datagram(towards("127.0.0.1", server.port()));
    int got = 0;
    for (int i = 0; i < times; ++i) {
        const auto receive = create_task(server.receive_from());
        for (int turn = 0; turn < i % 4; ++turn) {
            co_await sleep_ms(0);
        }
        co_await client.send(std::to_string(i));
        if (i % 2 == 0) {
            co_await sleep_ms(0);
        }
        receive.cancel();
        const std::string end = co_await thrown_by(
            [](Task<Datagram> task) -> Coroutine<> { (void)co_await task; }(receive));
        if (end == "nothing") {
            EXPECT_EQ(receive.result().data, std::to_string(got));
            ++got;
        }
    }
    while (got < times) {
        const Datagram datagram = co_await wait_for(server.receive_from(), 5s);
        EXPECT_EQ(datagram.data, std::to_string(got));
        ++got;
    }
}

TEST(KernelDatagram, IsNotLostToACancel) { run(cancelled_receives(100)); }

Coroutine<> nobody_listens()
{
    DatagramSocket gone = co_await open_datagram(at("127.0.0.1", 0));
    const int port = gone.port();
    gone.close();
    const DatagramSocket client = co_await open_datagram(towards("127.0.0.1", port));
    const std::string peer = "'127.0.0.1:" + std::to_string(port) + "'";
    const auto waiting = create_task(thrown_by(client.receive_from()));
    co_await sleep_ms(1);
    co_await client.send("anybody?");
    const std::string end = co_await wait_for(waiting, 5s);
    EXPECT_EQ(end, "OSError 111 cannot receive from " + peer + ": Connection refused");
    co_await client.send("anybody?");
    const std::string sent = co_await thrown_by(client.send("hello?"));
    EXPECT_EQ(sent, "OSError 111 cannot send 6 bytes to " + peer + ": Connection refused");

    const DatagramSocket server = co_await open_datagram(at("127.0.0.1", port));
    co_await client.send("now?");
    const Datagram datagram = co_await wait_for(server.receive_from(), 5s);
    EXPECT_EQ(datagram.data, "now?");
}

TEST(KernelDatagram, TellsThatNobodyListensAndGoesOn) { run(nobody_listens()); }

Coroutine<> closed_while_waiting()
{
    const DatagramSocket socket = co_await open_datagram(at("127.0.0.1", 0));
    const auto waiting = create_task(thrown_by(socket.receive_from()));
    co_await sleep_ms(1);
    socket.close();
    const std::string end = co_await wait_for(waiting, 5s);
    EXPECT_TRUE(starts_with(end, "OSError 9 ")) << end;
}

Coroutine<> port_used_again()
{
    int port = 0;
    for (int i = 0; i < 10; ++i) {
        const DatagramSocket socket = co_await open_datagram(at("127.0.0.1", port));
        port = socket.port();
        const auto waiting = create_task(thrown_by(socket.receive_from()));
        co_await sleep_ms(1);
        co_await socket.wait_closed();
        co_await socket.wait_closed();  // It is.
        const std::string end = co_await wait_for(waiting, 5s);
        EXPECT_TRUE(starts_with(end, "OSError 9 ")) << end;
    }
}

TEST(KernelDatagram, FreesItsPortBeforeWaitClosedReturns) { run(port_used_again()); }

TEST(KernelDatagram, WakesItsReceiverWhenItIsClosed)
{
    (void)get_event_loop();
    const int before = open_descriptors();
    run(closed_while_waiting());
    EXPECT_EQ(open_descriptors(), before);
}

Coroutine<> shared_port()
{
    DatagramOptions options = at("127.0.0.1", 0);
    options.reuse_port = true;
    const DatagramSocket one = co_await open_datagram(options);
    options.local_addr->second = one.port();
    const DatagramSocket two = co_await open_datagram(options);
    EXPECT_EQ(one.port(), two.port());
    options.reuse_port = false;
    const std::string end = co_await thrown_by(open_datagram(options));
    EXPECT_TRUE(starts_with(end, "OSError 98 ")) << end;
}

TEST(KernelDatagram, CanShareItsPort) { run(shared_port()); }

Coroutine<> broadcast()
{
    DatagramOptions options = at("127.0.0.1", 0);
    const DatagramSocket forbidden = co_await open_datagram(options);
    const SocketAddress all{"255.255.255.255", 9};
    const std::string end = co_await thrown_by(forbidden.send_to("x", all));
    EXPECT_TRUE(starts_with(end, "OSError 13 ")) << end;
    options.allow_broadcast = true;
    const DatagramSocket allowed = co_await open_datagram(options);
    const std::string other = co_await thrown_by(allowed.send_to("x", all));
    EXPECT_FALSE(starts_with(other, "OSError 13 ")) << other;
}

TEST(KernelDatagram, ReachesAllHostsOnlyWhenItMay) { run(broadcast()); }

Coroutine<> group()
{
    const DatagramSocket receiver = co_await open_datagram(at("", 0));
    receiver.join_group("239.255.77.1", "lo");
    const DatagramSocket sender = co_await open_datagram(at("127.0.0.1", 0));
    co_await sender.send_to("all of you", SocketAddress{"239.255.77.1", receiver.port()});
    const Datagram datagram = co_await wait_for(receiver.receive_from(), 5s);
    EXPECT_EQ(datagram.data, "all of you");
    receiver.leave_group("239.255.77.1", "lo");
    EXPECT_EQ(thrown([&] { receiver.leave_group("239.255.77.1", "lo"); }),
              "OSError 99 cannot leave group '239.255.77.1': Cannot assign requested address");
    EXPECT_TRUE(starts_with(thrown([&] { receiver.join_group("239.255.77.1", "none"); }),
                            "OSError 19 cannot join group '239.255.77.1' on 'none'"));
}

TEST(KernelDatagram, ReachesThoseWhoHaveJoinedAGroup) { run(group()); }

}  // namespace
}  // namespace asyncio::test
