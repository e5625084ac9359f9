// What the kernel does with sockets: each byte and each connection once, whatever is cancelled, on
// epoll and rings of all kinds and sizes.

#include "support/operations.hpp"

#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace asyncio::test {
namespace {

class SocketOperations : public OnEachBackend {};

INSTANTIATE_TEST_SUITE_P(Operations, SocketOperations, each_backend(), name_of_backend);

TEST_P(SocketOperations, ACancelledReceiveEndsOnceWithBytesOrWithECANCELED)
{
    const SmallLoop loop{GetParam()};
    int with_bytes = 0;
    for (int i = 0; i < 500; ++i) {
        int pair[2];
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        const Descriptor one{pair[0]};
        const Descriptor other{pair[1]};
        const auto probe = make_ref<Probe>(Operation::Kind::receive);
        probe->descriptor = one.get();
        probe->start();
        SmallLoop::backend().wait(Time::min());
        SmallLoop::backend().dispatch();
        ASSERT_EQ(::write(other.get(), "x", 1), 1);
        SmallLoop::backend().cancel(*probe);
        SmallLoop::backend().cancel(*probe);  // Harmless.
        work_until([&probe] { return probe->ended; });
        ASSERT_EQ(probe->results.size(), 1U);
        if (probe->results[0] == 1) {
            EXPECT_EQ(probe->data, "x");
            ++with_bytes;
        } else {
            EXPECT_EQ(probe->results[0], -ECANCELED);
            char byte = 0;
            EXPECT_EQ(::recv(one.get(), &byte, 1, MSG_DONTWAIT), 1);  // It was not taken.
        }
    }
    RecordProperty("with_bytes", with_bytes);
}

TEST_P(SocketOperations, AcceptEveryConnectionThoughTheCompletionsOverflow)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const Listener listener;
        const auto probe = make_ref<Probe>(Operation::Kind::accept);
        probe->descriptor = listener.descriptor.get();
        probe->start();
        SmallLoop::backend().wait(Time::min());
        std::vector<Descriptor> clients;
        for (int i = 0; i < 100; ++i) {
            clients.push_back(listener.connect());
        }
        work_until([&probe] { return probe->results.size() >= 100; });
        EXPECT_FALSE(probe->ended);
        SmallLoop::backend().cancel(*probe);
        work_until([&probe] { return probe->ended; });
        for (const int accepted : probe->results) {
            if (accepted >= 0) {
                ::close(accepted);
            }
        }
        EXPECT_EQ(probe->results.size(), 101U);
        EXPECT_EQ(probe->results.back(), -ECANCELED);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(SocketOperations, AnAcceptThatIsCancelledAsConnectionsComeLosesNone)
{
    const SmallLoop loop{GetParam()};
    const int before = open_descriptors();
    for (int i = 0; i < 100; ++i) {
        const Listener listener;
        const auto probe = make_ref<Probe>(Operation::Kind::accept);
        probe->descriptor = listener.descriptor.get();
        probe->start();
        SmallLoop::backend().wait(Time::min());
        const Descriptor client = listener.connect();
        SmallLoop::backend().cancel(*probe);
        work_until([&probe] { return probe->ended; });
        int accepted = 0;
        for (const int result : probe->results) {
            if (result >= 0) {
                ::close(result);
                ++accepted;
            } else {
                EXPECT_EQ(result, -ECANCELED);
            }
        }
        EXPECT_LE(accepted, 1);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(SocketOperations, ASendIsNotSeenBeforeTheEndOfTheTurnAndACancelComesAfterIt)
{
    const SmallLoop loop{GetParam()};
    const Pair pair;
    std::byte byte{};
    char received = 0;
    const auto send = make_ref<Probe>(Operation::Kind::send, pair.one.get());
    send->buffer = &byte;
    send->length = 1;
    send->start();
    EXPECT_EQ(::recv(pair.other.get(), &received, 1, MSG_DONTWAIT), -1);
    work_until([&send] { return send->ended; });
    EXPECT_EQ(::recv(pair.other.get(), &received, 1, MSG_DONTWAIT), 1);
    send->results.clear();
    send->start();
    SmallLoop::backend().cancel(*send);
    work_until([&send] { return send->ended; });
    EXPECT_EQ(send->results, std::vector<int>{1});
    EXPECT_EQ(::recv(pair.other.get(), &received, 1, MSG_DONTWAIT), 1);
}

TEST_P(SocketOperations, AGatherSendsItsPiecesInOrderAsFarAsThereIsRoom)
{
    const SmallLoop loop{GetParam()};
    const Pair pair;
    std::string first = "first ";
    std::string second(1'000'000, 'x');  // More than the socket takes.
    iovec pieces[] = {{first.data(), first.size()}, {second.data(), second.size()}};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = 2;
    const auto gather = make_ref<Probe>(Operation::Kind::gather, pair.one.get());
    gather->message = &message;
    gather->start();
    work_until([&gather] { return gather->ended; });
    const int sent = gather->results.at(0);
    ASSERT_GT(sent, 6);
    ASSERT_LT(sent, 1'000'006);
    std::string received(static_cast<std::size_t>(sent), '\0');
    EXPECT_EQ(::recv(pair.other.get(), received.data(), received.size(), MSG_WAITALL), sent);
    EXPECT_EQ(received.substr(0, 8), "first xx");

    // And one that has to wait is cancelled without a byte.
    int filled = 0;
    while (filled >= 0) {
        filled = static_cast<int>(::send(pair.one.get(), second.data(), 4096, MSG_DONTWAIT));
    }
    gather->results.clear();
    gather->start();
    turn(20ms);
    EXPECT_FALSE(gather->ended);
    SmallLoop::backend().cancel(*gather);
    work_until([&gather] { return gather->ended; });
    EXPECT_EQ(gather->results, std::vector<int>{-ECANCELED});
}

TEST_P(SocketOperations, AGatherToAClosedEndFailsWithoutASignal)
{
    const SmallLoop loop{GetParam()};
    Pair pair;
    pair.other.close();
    std::byte byte{};
    iovec piece{&byte, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    const auto gather = make_ref<Probe>(Operation::Kind::gather, pair.one.get());
    gather->message = &message;
    gather->start();
    work_until([&gather] { return gather->ended; });
    EXPECT_EQ(gather->results, std::vector<int>{-EPIPE});
}

TEST_P(SocketOperations, ASendToAClosedEndFailsWithoutASignal)
{
    const SmallLoop loop{GetParam()};
    Pair pair;
    pair.other.close();
    std::byte byte{};
    const auto send = make_ref<Probe>(Operation::Kind::send, pair.one.get());
    send->buffer = &byte;
    send->length = 1;
    send->start();
    work_until([&send] { return send->ended; });
    EXPECT_EQ(send->results, std::vector<int>{-EPIPE});
}

TEST_P(SocketOperations, AConnectToAUnixSocketWaitsUntilTheQueueHasRoom)
{
    const SmallLoop loop{GetParam()};
    const Descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socklen_t length = sizeof(sa_family_t);  // The kernel chooses an abstract name.
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener.get(), generic, length), 0);
    ASSERT_EQ(::listen(listener.get(), 0), 0);
    length = sizeof address;
    ASSERT_EQ(::getsockname(listener.get(), generic, &length), 0);

    std::vector<Descriptor> sockets;
    std::vector<Ref<Probe>> connects;
    for (int i = 0; i < 3; ++i) {
        sockets.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        connects.push_back(make_ref<Probe>(Operation::Kind::connect, sockets.back().get()));
        connects.back()->address = generic;
        connects.back()->address_length = length;
        connects.back()->start();
    }
    turn(30ms);
    turn(30ms);
    const auto ended = [&connects] {
        return std::count_if(connects.begin(), connects.end(),
                             [](const auto& p) { return p->ended; });
    };
    EXPECT_EQ(ended(), 1);
    for (int i = 0; i < 3; ++i) {
        work_until([&] { return ended() > i; });
        ::close(::accept(listener.get(), nullptr, nullptr));
    }
    for (const auto& connect : connects) {
        EXPECT_EQ(connect->results, std::vector<int>{0});
    }
}

/// The kernel tries such a connect again and again at first; a cancel that comes meanwhile finds
/// nothing.
TEST_P(SocketOperations, AConnectToAFullUnixSocketIsCancelledWhenever)
{
    const SmallLoop loop{GetParam()};
    const UnixListener listener{1};
    listener.fill();
    for (int i = 0; i < 100; ++i) {
        SCOPED_TRACE("cancelled after " + std::to_string(i % 5) + " turns");
        const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        const auto probe = make_ref<Probe>(Operation::Kind::connect, socket.get());
        probe->address = listener.generic();
        probe->address_length = listener.length;
        probe->start();
        for (int turns = i % 5; turns > 0; --turns) {
            turn();
        }
        SmallLoop::backend().cancel(*probe);
        work_until([&probe] { return probe->ended; });
        ASSERT_EQ(probe->results, std::vector{-ECANCELED});
    }
}

}  // namespace
}  // namespace asyncio::test
