#include "support/streams.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

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

TEST(SocketAddress, IsWhatItWasMadeOf)
{
    const SocketAddress four{"192.0.2.7", 5353};
    EXPECT_EQ(four.host(), "192.0.2.7");
    EXPECT_EQ(four.port(), 5353);
    EXPECT_EQ(four.to_string(), "192.0.2.7:5353");
    const SocketAddress six{"2001:db8::1", 80};
    EXPECT_EQ(six.host(), "2001:db8::1");
    EXPECT_EQ(six.to_string(), "[2001:db8::1]:80");
    EXPECT_EQ(SocketAddress{}.to_string(), "");
    EXPECT_TRUE(four == (SocketAddress{"192.0.2.7", 5353}));
    EXPECT_FALSE(four == (SocketAddress{"192.0.2.7", 5354}));
    EXPECT_THROW((SocketAddress{"board.local", 1}), std::invalid_argument);
    EXPECT_THROW((SocketAddress{"", 1}), std::invalid_argument);
    EXPECT_THROW((SocketAddress{"192.0.2.7", 65536}), std::invalid_argument);
}

TEST(Datagram, GoesThereAndBack)
{
    for (const char* host : {"127.0.0.1", "::1"}) {
        VirtualLoop loop;
        const DatagramSocket server = loop.run(open_datagram(at(host, 0)));
        const DatagramSocket client = loop.run(open_datagram(towards(host, server.port())));
        EXPECT_EQ(client.get_extra_info("peername"), server.get_extra_info("sockname"));
        EXPECT_EQ(server.get_extra_info("peername"), std::nullopt);

        loop.run(client.send("hello"));
        const Datagram question = loop.run(server.receive_from());
        EXPECT_EQ(question.data, "hello");
        EXPECT_FALSE(question.truncated);
        EXPECT_EQ(question.address.to_string(), client.get_extra_info("sockname"));
        loop.run(server.send_to("welcome", question.address));
        EXPECT_EQ(loop.run(client.receive_from()).data, "welcome");
    }
}

TEST(Datagram, KeepsItsBounds)
{
    VirtualLoop loop;
    const DatagramSocket server = loop.run(open_datagram(at("127.0.0.1", 9)));
    const DatagramSocket client = loop.run(open_datagram(towards("127.0.0.1", 9)));
    for (const char* text : {"one", "", "three"}) {
        loop.run(client.send(text));
    }
    EXPECT_EQ(loop.run(server.receive_from()).data, "one");
    EXPECT_EQ(loop.run(server.receive_from()).data, "");
    EXPECT_EQ(loop.run(server.receive_from()).data, "three");
}

TEST(Datagram, ThatIsLongerThanTheLimitSaysSo)
{
    VirtualLoop loop;
    const DatagramSocket server = loop.run(open_datagram(at("127.0.0.1", 9)));
    const DatagramSocket client = loop.run(open_datagram(towards("127.0.0.1", 9)));
    loop.run(client.send("four"));
    loop.run(client.send("fives"));
    const Datagram whole = loop.run(server.receive_from(4));
    EXPECT_EQ(whole.data, "four");
    EXPECT_FALSE(whole.truncated);
    const Datagram cut = loop.run(server.receive_from(4));
    EXPECT_EQ(cut.data, "five");
    EXPECT_TRUE(cut.truncated);
}

Coroutine<> turns(int count)
{
    for (int i = 0; i < count; ++i) {
        co_await sleep_ms(0);
    }
}

TEST(DatagramReceive, LosesNothingToACancel)
{
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        VirtualLoop loop{seed};
        const DatagramSocket server = loop.run(open_datagram(at("127.0.0.1", 9)));
        const DatagramSocket client = loop.run(open_datagram(towards("127.0.0.1", 9)));
        std::string got;
        for (char c = 'a'; c <= 'z'; ++c) {
            const auto receive = loop.create_task(server.receive_from());
            const auto send = loop.create_task(client.send(std::string(1, c)));
            if (seed % 2 == 0) {
                loop.run(turns(static_cast<int>(seed % 5)));
            }
            receive.cancel();
            loop.run_until_idle();
            if (!receive.cancelled()) {
                got += receive.result().data;
            }
        }
        while (got.size() < 26) {
            got += loop.run(server.receive_from()).data;
        }
        EXPECT_EQ(got, "abcdefghijklmnopqrstuvwxyz") << "seed " << seed;
    }
}

TEST(DatagramReceive, IsForOneTask)
{
    VirtualLoop loop;
    const DatagramSocket server = loop.run(open_datagram(at("127.0.0.1", 9)));
    const auto first = loop.create_task(server.receive_from());
    loop.run_until_idle();
    EXPECT_EQ(loop.run(thrown_by(server.receive_from())),
              "RuntimeError cannot receive at '127.0.0.1:9': another task is receiving");
    server.close();
    EXPECT_EQ(loop.run(thrown_by(server.receive_from())),
              "OSError 9 cannot receive at '127.0.0.1:9' after it was closed: Bad file descriptor");
    loop.run_until_idle();
    EXPECT_THROW((void)first.result(), OSError);
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(DatagramReceive, HearsThatNobodyListensAndGoesOn)
{
    VirtualLoop loop;
    const DatagramSocket client = loop.run(open_datagram(towards("127.0.0.1", 9)));
    const std::string refused = "from '127.0.0.1:9': Connection refused";
    const auto waiting = loop.create_task(thrown_by(client.receive_from()));
    loop.run(client.send("anybody?"));
    loop.run_until_idle();
    EXPECT_EQ(waiting.result(), "OSError 111 cannot receive " + refused);
    loop.run(client.send("anybody?"));
    EXPECT_EQ(loop.run(thrown_by(client.send("hello?"))),
              "OSError 111 cannot send 6 bytes to '127.0.0.1:9': Connection refused");

    const DatagramSocket server = loop.run(open_datagram(at("127.0.0.1", 9)));
    loop.run(client.send("now?"));
    EXPECT_EQ(loop.run(server.receive_from()).data, "now?");
}

TEST(DatagramSend, SaysWhatIsWrongWithIt)
{
    VirtualLoop loop;
    const DatagramSocket socket = loop.run(open_datagram(at("127.0.0.1", 9)));
    EXPECT_EQ(loop.run(thrown_by(socket.send("x"))),
              "OSError 89 cannot send 1 bytes: Destination address required");
    EXPECT_EQ(loop.run(thrown_by(socket.send_to(std::string(70'000, 'x'), {"127.0.0.1", 9}))),
              "OSError 90 cannot send 70000 bytes to '127.0.0.1:9': Message too long");
    EXPECT_EQ(loop.run(thrown_by(socket.send_to("x", {"::1", 9}))).substr(0, 11), "OSError 97 ");
    EXPECT_TRUE(starts_with(loop.run(thrown_by(DatagramSocket{}.send("x"))), "RuntimeError "));
}

/// Sends without end.
Coroutine<> flood(DatagramSocket socket)
{
    for (;;) {
        co_await socket.send("x");
    }
}

Coroutine<> receive_all(DatagramSocket socket, std::size_t& count)
{
    for (;;) {
        (void)co_await socket.receive_from();
        ++count;
    }
}

TEST(Datagram, LeavesOthersTheirTurnHoweverManyThereAre)
{
    VirtualLoop loop;
    const DatagramSocket server = loop.run(open_datagram(at("127.0.0.1", 9)));
    const DatagramSocket client = loop.run(open_datagram(towards("127.0.0.1", 9)));
    std::size_t count = 0;
    const auto sender = loop.create_task(flood(client));
    const auto receiver = loop.create_task(receive_all(server, count));
    loop.run(turns(100));
    EXPECT_GT(count, 100U);
    sender.cancel();
    receiver.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(sender.cancelled());
    EXPECT_TRUE(receiver.cancelled());
}

TEST(Datagram, MemoryOfASocketThatNobodyReadsIsBounded)
{
    VirtualLoop loop;
    const DatagramSocket server = loop.run(open_datagram(at("127.0.0.1", 9)));
    const DatagramSocket client = loop.run(open_datagram(towards("127.0.0.1", 9)));
    for (int i = 0; i < 1000; ++i) {
        loop.run(client.send(std::string(1000, 'x')));
    }
    std::size_t count = 0;
    const auto receiver = loop.create_task(receive_all(server, count));
    loop.run_until_idle();
    EXPECT_EQ(count, 65U);
    receiver.cancel();
}

TEST(OpenDatagram, SaysWhyItCannot)
{
    VirtualLoop loop;
    const DatagramSocket socket = loop.run(open_datagram(at("127.0.0.1", 9)));
    EXPECT_EQ(loop.run(thrown_by(open_datagram(at("127.0.0.1", 9)))),
              "OSError 98 cannot open a UDP socket at '127.0.0.1:9': Address already in use");
    DatagramOptions mixed = at("127.0.0.1", 0);
    mixed.remote_addr.emplace("::1", 9);
    EXPECT_EQ(loop.run(thrown_by(open_datagram(mixed))),
              "OSError 97 cannot open a UDP socket at '127.0.0.1:0' for '::1:9': "
              "Address family not supported by protocol");
    EXPECT_THROW((void)loop.run(open_datagram(DatagramOptions{})), std::invalid_argument);
    EXPECT_THROW((void)loop.run(open_datagram(at("127.0.0.1", -1))), std::invalid_argument);
    EXPECT_EQ(loop.open_descriptors(), 1U);
}

TEST(Datagram, MayOutliveItsLoop)
{
    std::size_t count = 0;
    DatagramSocket socket;
    EXPECT_THROW((void)socket.is_closing(), RuntimeError);
    {
        VirtualLoop loop;
        socket = loop.run(open_datagram(at("127.0.0.1", 9)));
        loop.create_task(receive_all(socket, count));
        loop.run_until_idle();
    }
    socket.close();
}

}  // namespace
}  // namespace asyncio::test
