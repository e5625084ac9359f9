// Every kind of operation, cancelled again and again while a second thread brings about what it
// waits for: exactly one outcome each, no byte, connection or wake-up lost or doubled.
//
// ASYNCIO_STORM is the number of rounds of each kind: 10,000 if it is not set, 1,000,000 in
// `./dev torture`.

#include "support/guarded_buffer.hpp"
#include "support/operations.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <poll.h>
#include <random>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace asyncio::test {
namespace {

int rounds()
{
    const char* const wanted = std::getenv("ASYNCIO_STORM");
    return wanted != nullptr ? std::atoi(wanted) : 10'000;
}

/// Of so many rounds, some are cancelled and some are not, or it is no storm.
constexpr int enough = 1000;

/// A short while that is never the same.
class Delay {
public:
    explicit Delay(unsigned seed) : random_{seed} {}

    void operator()()
    {
        const unsigned length = static_cast<unsigned>(random_()) % 256;
        if (length == 0) {
            ::sched_yield();
        }
        for (unsigned i = 0; i < length; ++i) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
    }

private:
    std::minstd_rand random_;
};

/// A thread that calls `step()` again and again, until the end of the scope.
template <typename F>
class Rival {
public:
    explicit Rival(F step)
        : thread_{[this, step = std::move(step)]() mutable {
              Delay delay{2};
              while (!stop_) {
                  step();
                  delay();
              }
          }}
    {
    }
    Rival(const Rival&) = delete;
    Rival& operator=(const Rival&) = delete;
    ~Rival() { end(); }

    void end()
    {
        stop_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }

private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

class Storm : public OnEachBackend {
protected:
    /// Starts the operation, nearly always cancels it somewhat later, and waits for its end; when
    /// it has not come after so many turns, it is cancelled for that.
    void race(Probe& probe, int patience = 100)
    {
        probe.results.clear();
        probe.data.clear();
        probe.start();
        if (++started_ % 3 != 0) {
            turn();
        }
        delay_();
        if (!probe.ended && started_ % 16 != 0) {
            SmallLoop::backend().cancel(probe);
        }
        for (int turns = 0; !probe.ended; ++turns) {
            ASSERT_LT(turns, 1'000'000);
            if (turns == patience) {
                SmallLoop::backend().cancel(probe);
            }
            turn(1ms);
        }
        cancelled_ += probe.results.front() == -ECANCELED ? 1 : 0;
    }

    /// Sends in one piece, or gathers in two.
    void send_each_byte_once(Operation::Kind kind);
    /// All that come, or one at a time.
    void accept_each_connection_once(bool once);

    void TearDown() override
    {
        RecordProperty("cancelled", cancelled_);
        RecordProperty("started", started_);
        if (!IsSkipped() && rounds() >= enough) {
            EXPECT_GT(cancelled_, 0) << "of " << started_;
            EXPECT_LT(cancelled_, started_);
        }
    }

    int started_ = 0;
    int cancelled_ = 0;

private:
    Delay delay_{1};
};

INSTANTIATE_TEST_SUITE_P(Storm, Storm, each_backend(), name_of_backend);

/// The k-th byte of all streams here.
char letter(std::uint64_t k) { return static_cast<char>(k % 251); }

std::string letters(std::uint64_t first, std::size_t count)
{
    std::string text(count, '\0');
    for (std::size_t i = 0; i < count; ++i) {
        text[i] = letter(first + i);
    }
    return text;
}

TEST_P(Storm, ReceiveGetsEachByteOnce)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const Pair pair;
        std::uint64_t sent = 0;
        Rival rival{[&pair, &sent] {
            const std::string text = letters(sent, 1 + sent % 7);
            const ssize_t count =
                ::send(pair.other.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            sent += count > 0 ? static_cast<std::uint64_t>(count) : 0;
        }};
        const auto probe = make_ref<Probe>(Operation::Kind::receive, pair.one.get());
        std::uint64_t received = 0;
        const auto take = [&probe, &received] {
            ASSERT_EQ(probe->results.size(), 1U);
            const int result = probe->results.front();
            ASSERT_TRUE(result > 0 || result == -ECANCELED) << result;
            ASSERT_EQ(probe->data, letters(received, probe->data.size()));
            ASSERT_EQ(probe->data.size(), static_cast<std::size_t>(std::max(result, 0)));
            received += probe->data.size();
        };
        for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
            race(*probe);
            take();
        }
        rival.end();
        std::string rest(1 << 20, '\0');
        const ssize_t left = ::recv(pair.one.get(), rest.data(), rest.size(), MSG_DONTWAIT);
        EXPECT_EQ(received + static_cast<std::uint64_t>(std::max<ssize_t>(left, 0)), sent);
    }
    EXPECT_EQ(open_descriptors(), before);
}

void Storm::send_each_byte_once(Operation::Kind kind)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const Pair pair;
        const int small = 4096;  // Soon full.
        ::setsockopt(pair.one.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        std::uint64_t received = 0;
        std::atomic<bool> stray{false};
        const auto read_some = [&pair, &received, &stray](int flags) {
            std::string text(3000, '\0');
            const ssize_t count = ::recv(pair.other.get(), text.data(), text.size(), flags);
            if (count > 0) {
                text.resize(static_cast<std::size_t>(count));
                stray = stray || text != letters(received, text.size());
                received += static_cast<std::uint64_t>(count);
            }
            return count > 0;
        };
        Rival rival{[&read_some] { (void)read_some(MSG_DONTWAIT); }};
        const GuardedBuffer buffer{2000};
        const auto probe = make_ref<Probe>(kind, pair.one.get());
        std::uint64_t sent = 0;
        for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
            const std::string text = letters(sent, 1 + static_cast<std::size_t>(i) % 2000);
            std::byte* const at = buffer.bytes().last(text.size()).data();
            std::memcpy(at, text.data(), text.size());
            iovec pieces[] = {{at, text.size() / 3},
                              {at + text.size() / 3, text.size() - text.size() / 3}};
            msghdr message{};
            message.msg_iov = pieces;
            message.msg_iovlen = 2;
            if (kind == Operation::Kind::gather) {
                probe->message = &message;
            } else {
                probe->buffer = at;
                probe->length = text.size();
            }
            race(*probe);
            ASSERT_EQ(probe->results.size(), 1U);
            const int result = probe->results.front();
            ASSERT_TRUE(result > 0 || result == -ECANCELED) << result;
            sent += static_cast<std::uint64_t>(std::max(result, 0));
            buffer.fill_with_canaries();  // A byte that is read late would be a stray one.
        }
        rival.end();
        while (read_some(MSG_DONTWAIT)) {
        }
        EXPECT_FALSE(stray);
        EXPECT_EQ(received, sent);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Storm, SendSendsEachByteOnce) { send_each_byte_once(Operation::Kind::send); }

TEST_P(Storm, GatherSendsEachByteOnce) { send_each_byte_once(Operation::Kind::gather); }

TEST_P(Storm, ReadTakesEachCountOnce)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const Descriptor event = make_eventfd();
        std::uint64_t written = 0;
        Rival rival{[&event, &written] {
            write_one(event);
            ++written;
        }};
        const GuardedBuffer buffer{sizeof(std::uint64_t)};
        const auto probe = make_ref<Probe>(Operation::Kind::read, event.get());
        probe->buffer = buffer.bytes().data();
        probe->length = buffer.bytes().size();
        std::uint64_t taken = 0;
        for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
            buffer.fill_with_canaries();
            race(*probe);
            ASSERT_EQ(probe->results.size(), 1U);
            if (probe->results.front() == -ECANCELED) {
                ASSERT_TRUE(buffer.is_untouched());
                continue;
            }
            ASSERT_EQ(probe->results.front(), 8);
            std::uint64_t count = 0;
            std::memcpy(&count, buffer.bytes().data(), sizeof count);
            taken += count;
        }
        buffer.fill_with_canaries();
        rival.end();
        turn(1ms);
        EXPECT_TRUE(buffer.is_untouched());
        write_one(event);
        std::uint64_t rest = 0;
        EXPECT_EQ(::read(event.get(), &rest, sizeof rest), 8);
        EXPECT_EQ(taken + rest, written + 1);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Storm, PollTellsOnceOrIsCancelled)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const Descriptor event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
        Rival rival{[&event, raised = false]() mutable {
            std::uint64_t count = 1;
            raised = !raised;
            EXPECT_EQ(raised ? ::write(event.get(), &count, sizeof count)
                             : ::read(event.get(), &count, sizeof count),
                      8);
        }};
        const auto probe = make_ref<Probe>(Operation::Kind::poll, event.get());
        probe->events = POLLIN;
        for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
            race(*probe);
            ASSERT_EQ(probe->results.size(), 1U);
            const int result = probe->results.front();
            ASSERT_TRUE(result == POLLIN || result == -ECANCELED) << result;
        }
    }
    EXPECT_EQ(open_descriptors(), before);
}

/// Those of Unix sockets: TCP would run out of ports.
void Storm::accept_each_connection_once(bool once)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const UnixListener listener{128};
        std::uint64_t connected = 0;
        Rival rival{[&listener, &connected] {
            const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            connected += ::connect(client, listener.generic(), listener.length) == 0 ? 1U : 0U;
            ::close(client);
        }};
        const auto probe = make_ref<Probe>(Operation::Kind::accept, listener.descriptor.get());
        probe->once = once;
        std::uint64_t accepted = 0;
        for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
            race(*probe, 2);
            if (once) {
                ASSERT_EQ(probe->results.size(), 1U);
            }
            if (!once || probe->results.back() == -ECANCELED) {
                ASSERT_EQ(probe->results.back(), -ECANCELED);
                probe->results.pop_back();
            }
            for (const int descriptor : probe->results) {
                ASSERT_GE(descriptor, 0);
                ASSERT_EQ(::close(descriptor), 0);
                ++accepted;
            }
        }
        rival.end();
        pollfd ready{listener.descriptor.get(), POLLIN, 0};
        while (::poll(&ready, 1, 0) > 0) {
            ::close(::accept(listener.descriptor.get(), nullptr, nullptr));
            ++accepted;
        }
        EXPECT_EQ(accepted, connected);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Storm, AcceptGivesEachConnectionOnce) { accept_each_connection_once(false); }

/// As a server with a limit does.
TEST_P(Storm, AcceptOnceGivesOneConnectionOrIsCancelled) { accept_each_connection_once(true); }

/// Of TCP, to a listener whose queue is full at times: then the kernel drops what asks for more.
TEST_P(Storm, ConnectOverTcpSucceedsOrIsCancelled)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const Listener listener;
        ASSERT_EQ(::listen(listener.descriptor.get(), 1), 0);
        const linger reset{.l_onoff = 1, .l_linger = 0};  // Or it would run out of ports.
        Rival rival{[&listener, &reset] {
            pollfd ready{listener.descriptor.get(), POLLIN, 0};
            if (::poll(&ready, 1, 0) > 0) {
                const int accepted = ::accept(listener.descriptor.get(), nullptr, nullptr);
                ::setsockopt(accepted, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
                ::close(accepted);
            }
        }};
        for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
            const Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
            ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            const auto probe = make_ref<Probe>(Operation::Kind::connect, socket.get());
            probe->address = listener.generic();
            probe->address_length = sizeof listener.address;
            race(*probe, 2);
            ASSERT_EQ(probe->results.size(), 1U);
            const int result = probe->results.front();
            // Or the other end is gone again before this one has looked.
            ASSERT_TRUE(result == 0 || result == -ECANCELED || result == -ECONNRESET) << result;
        }
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Storm, ConnectSucceedsOrIsCancelled)
{
    const int before = open_descriptors();
    {
        const SmallLoop loop{GetParam()};
        const UnixListener listener{1};
        Rival rival{[&listener] {
            pollfd ready{listener.descriptor.get(), POLLIN, 0};
            if (::poll(&ready, 1, 0) > 0) {
                ::close(::accept(listener.descriptor.get(), nullptr, nullptr));
            }
        }};
        const GuardedBuffer address{listener.length};
        for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
            const Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
            const auto probe = make_ref<Probe>(Operation::Kind::connect, socket.get());
            std::memcpy(address.bytes().data(), listener.generic(), listener.length);
            probe->address = reinterpret_cast<const sockaddr*>(address.bytes().data());
            probe->address_length = listener.length;
            if (i % 8 == 0) {
                listener.fill();  // So it waits in the kernel until the rival has made room.
            }
            race(*probe);
            address.fill_with_canaries();
            ASSERT_EQ(probe->results.size(), 1U);
            const int result = probe->results.front();
            ASSERT_TRUE(result == 0 || result == -ECANCELED) << result;
        }
    }
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace asyncio::test
