// What the kernel does for us: on rings of all sizes, cancelled, dropped, and too many at once.

#include "core/operation.hpp"

#include "core/readable.hpp"
#include "core/scheduler.hpp"
#include "core/this_loop.hpp"
#include "core/uring_backend.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread_safe_flag.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace asyncio::detail {
namespace {

/// How many descriptors this process has.
int open_descriptors()
{
    int count = 0;
    DIR* directory = ::opendir("/proc/self/fd");
    while (::readdir(directory) != nullptr) {
        ++count;
    }
    ::closedir(directory);
    return count;
}

/// A descriptor that is closed at the end of the scope.
class Descriptor {
public:
    explicit Descriptor(int number) : number_{number} { EXPECT_GE(number, 0); }
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor()
    {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int get() const noexcept { return number_; }

private:
    int number_;
};

Descriptor make_eventfd() { return Descriptor{::eventfd(0, EFD_CLOEXEC)}; }

void write_one(const Descriptor& descriptor)
{
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(descriptor.get(), &one, sizeof one), 8);
}

/// This thread's loop, on a ring of its own size, for the scope.
class SmallLoop {
public:
    explicit SmallLoop(unsigned entries)
        : previous_{set_this_loop(std::make_unique<Loop>(std::make_unique<UringBackend>(entries)))}
    {
    }
    SmallLoop(const SmallLoop&) = delete;
    SmallLoop& operator=(const SmallLoop&) = delete;
    ~SmallLoop()
    {
        get_event_loop().close();
        EXPECT_EQ(backend().in_flight(), 0U);
        set_this_loop(std::move(previous_));
    }

    [[nodiscard]] static Backend& backend() { return get_event_loop().scheduler().backend(); }

private:
    std::unique_ptr<Loop> previous_;
};

/// An operation that keeps what it was told.
class Probe final : public RefCounted, public Operation {
public:
    explicit Probe(Kind what) : Operation{what} {}

    void complete(const Completion& completion) noexcept override
    {
        results.push_back(completion.result);
        data.append(reinterpret_cast<const char*>(completion.data.data()), completion.data.size());
        ended = !completion.more;
    }
    void start() { SmallLoop::backend().start(*this, Ref<RefCounted>{this}); }

    std::vector<int> results;
    std::string data;
    bool ended = false;
};

/// Lets the backend work until the condition holds; gives up after 5 s.
template <typename F>
void work_until(F condition)
{
    Backend& backend = SmallLoop::backend();
    const Time deadline = backend.now() + 5s;
    while (!condition() && backend.now() < deadline) {
        backend.wait(backend.now() + 50ms);
        backend.dispatch();
    }
    EXPECT_TRUE(condition());
}

Coroutine<> wait_readable(const Descriptor& descriptor, int& woken)
{
    co_await Readable{descriptor.get()};
    ++woken;
}

Coroutine<> write_after(std::vector<Descriptor>& descriptors, std::int64_t ms)
{
    co_await sleep_ms(ms);
    for (const Descriptor& descriptor : descriptors) {
        write_one(descriptor);
    }
}

class Rings : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Operations, Rings, testing::Values(1U, 2U, 8U, 256U),
                         testing::PrintToStringParamName());

TEST_P(Rings, CompleteAThousandPollsThatComeAtOnce)  // The completion queue overflows.
{
    int woken = 0;
    std::vector<Descriptor> descriptors;
    for (int i = 0; i < 500; ++i) {
        descriptors.push_back(make_eventfd());
    }
    const SmallLoop loop{GetParam()};
    std::vector<Task<>> tasks;
    for (int round = 0; round < 2; ++round) {
        for (const Descriptor& descriptor : descriptors) {
            tasks.push_back(create_task(wait_readable(descriptor, woken)));
        }
    }
    run(write_after(descriptors, 5));
    for (const Task<>& task : tasks) {
        get_event_loop().run_until_complete(task);
    }
    EXPECT_EQ(woken, 1000);
    EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
}

TEST_P(Rings, LoseNoCancelOfAThousand)
{
    int woken = 0;
    const Descriptor silent = make_eventfd();
    const SmallLoop loop{GetParam()};
    std::vector<Task<>> tasks;
    for (int i = 0; i < 1000; ++i) {
        tasks.push_back(create_task(wait_readable(silent, woken)));
    }
    std::vector<Descriptor> none;
    run(write_after(none, 5));
    EXPECT_EQ(SmallLoop::backend().in_flight(), 1000U);
    for (const Task<>& task : tasks) {
        task.cancel();
    }
    for (const Task<>& task : tasks) {
        EXPECT_THROW(get_event_loop().run_until_complete(task), CancelledError);
    }
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
}

TEST_P(Rings, DrainWithEverythingInFlight)
{
    int woken = 0;
    const int before = open_descriptors();
    {
        std::vector<Descriptor> descriptors;
        for (int i = 0; i < 300; ++i) {
            descriptors.push_back(make_eventfd());
        }
        const SmallLoop loop{GetParam()};
        for (const Descriptor& descriptor : descriptors) {
            create_task(wait_readable(descriptor, woken));
        }
        std::vector<Descriptor> none;
        run(write_after(none, 1));
        write_one(descriptors[17]);  // One that completes while it is cancelled.
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST_P(Rings, ReceiveOnMoreSocketsAtOnceThanThereAreBuffers)
{
    constexpr std::size_t count = 4 * UringBuffers::at_first;
    const SmallLoop loop{GetParam()};
    std::vector<Descriptor> ends;
    std::vector<Ref<Probe>> probes;
    for (std::size_t i = 0; i < count; ++i) {
        int pair[2];
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        ends.emplace_back(pair[0]);
        ends.emplace_back(pair[1]);
        const auto probe = make_ref<Probe>(Operation::Kind::receive);
        probe->descriptor = pair[0];
        probe->start();
        probes.push_back(probe);
    }
    SmallLoop::backend().wait(Time::min());
    SmallLoop::backend().dispatch();
    for (std::size_t i = 0; i < count; ++i) {
        const std::string text = "hello " + std::to_string(i);
        ASSERT_EQ(::write(ends[2 * i + 1].get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }
    work_until([&probes] {
        return std::all_of(probes.begin(), probes.end(), [](const auto& p) { return p->ended; });
    });
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(probes[i]->data, "hello " + std::to_string(i));
    }
}

TEST(Operations, ACancelledReceiveEndsOnceWithBytesOrWithECANCELED)
{
    const SmallLoop loop{8};
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

/// A listening socket of the loopback, and where to connect.
class Listener {
public:
    Listener() : descriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(descriptor.get(), generic(), sizeof address), 0);
        EXPECT_EQ(::listen(descriptor.get(), 128), 0);
        socklen_t length = sizeof address;
        EXPECT_EQ(::getsockname(descriptor.get(), reinterpret_cast<sockaddr*>(&address), &length),
                  0);
    }
    [[nodiscard]] const sockaddr* generic() const
    {
        return reinterpret_cast<const sockaddr*>(&address);
    }
    [[nodiscard]] Descriptor connect() const
    {
        Descriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::connect(client.get(), generic(), sizeof address), 0);
        return client;
    }

    Descriptor descriptor;
    sockaddr_in address{};
};

TEST_P(Rings, AcceptEveryConnectionThoughTheCompletionsOverflow)
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

TEST(Operations, AnAcceptThatIsCancelledAsConnectionsComeLosesNone)
{
    const SmallLoop loop{8};
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

// --- Frames that are dropped ----------------------------------------------------------------

Coroutine<> insist_on_reading(const Descriptor& descriptor, int& woken)
{
    for (;;) {
        try {
            co_await Readable{descriptor.get()};
            ++woken;
        } catch (const CancelledError&) {
        }
    }
}

Coroutine<> insist_on_flag(ThreadSafeFlag& flag)
{
    for (;;) {
        try {
            co_await flag.wait();
        } catch (const CancelledError&) {
        }
    }
}

TEST(Operations, OfAFrameThatIsDroppedLeaveNoOperationAndNoDescriptorBehind)
{
    const int before = open_descriptors();
    int woken = 0;
    {
        const Descriptor silent = make_eventfd();
        ThreadSafeFlag flag;
        const SmallLoop loop{8};
        // They swallow the cancel, so that closing the loop must drop them in flight.
        const Task<> reader = create_task(insist_on_reading(silent, woken));
        create_task(insist_on_flag(flag));
        std::vector<Descriptor> none;
        run(write_after(none, 1));
        EXPECT_EQ(SmallLoop::backend().in_flight(), 2U);
        get_event_loop().close();
        EXPECT_TRUE(reader.done());
        EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
        write_one(silent);
    }
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(open_descriptors(), before);
}

TEST(Operations, OfACancelledTaskHaveEndedBeforeItGoesOn)
{
    int woken = 0;
    const SmallLoop loop{8};
    for (int i = 0; i < 200; ++i) {
        const Descriptor silent = make_eventfd();
        const Task<> reader = create_task(wait_readable(silent, woken));
        std::vector<Descriptor> none;
        run(write_after(none, 0));
        reader.cancel();
        EXPECT_THROW(get_event_loop().run_until_complete(reader), CancelledError);
        EXPECT_EQ(SmallLoop::backend().in_flight(), 0U);
    }
}

TEST(Operations, OnABadDescriptorThrowOSError)
{
    int woken = 0;
    const SmallLoop loop{8};
    int number = 0;
    {
        const Descriptor gone = make_eventfd();
        number = gone.get();
    }
    try {
        const Descriptor bad{number};
        get_event_loop().run_until_complete(wait_readable(bad, woken));
        FAIL() << "nothing was thrown";
    } catch (const OSError& error) {
        EXPECT_EQ(error.code().value(), EBADF);
        EXPECT_EQ(std::string{error.what()}, "cannot poll file descriptor " +
                                                 std::to_string(number) + ": Bad file descriptor");
    }
}

}  // namespace
}  // namespace asyncio::detail
