// What is particular to the epoll backend.

#include "core/epoll_timer.hpp"
#include "core/monotonic.hpp"
#include "support/operations.hpp"

#include <array>
#include <gtest/gtest.h>
#include <optional>
#include <sys/epoll.h>

using namespace std::chrono_literals;

namespace asyncio::test {
namespace {

TEST(KernelEpollTimer, IsNeverEarlyAndNeverSpinsWithoutEpollPwait2)
{
    const Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
    EpollTimer timer;
    timer.use_ppoll();
    std::array<epoll_event, 4> events{};
    for (int i = 1; i <= 200; ++i) {
        const Time deadline = monotonic_now() + i * 3'001ns;
        int waits = 0;
        for (Time left = deadline - monotonic_now(); left > Time::zero();
             left = deadline - monotonic_now()) {
            ASSERT_EQ(timer.wait(epoll.get(), events, left), 0);
            ++waits;
        }
        EXPECT_LE(waits, 3);
    }
}

TEST(KernelEpollTimer, TellsWhatIsReadyWithoutEpollPwait2)
{
    const Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
    const Descriptor event = make_eventfd();
    epoll_event wanted{.events = EPOLLIN, .data = {.fd = event.get()}};
    ASSERT_EQ(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, event.get(), &wanted), 0);
    EpollTimer timer;
    timer.use_ppoll();
    std::array<epoll_event, 4> events{};
    write_one(event);
    for (const std::optional<Time> timeout :
         {std::optional<Time>{3600s}, std::optional<Time>{0s}, std::optional<Time>{}}) {
        ASSERT_EQ(timer.wait(epoll.get(), events, timeout), 1);
        EXPECT_EQ(events[0].data.fd, event.get());
    }
}

TEST(KernelEpoll, AcceptWaitsOnThoughAnotherHasTakenTheConnection)
{
    const SmallLoop loop{TestedBackend{"epoll"}};
    const Listener listener;
    const auto accept = make_ref<Probe>(Operation::Kind::accept, listener.descriptor.get());
    accept->start();
    for (int i = 0; i < 100; ++i) {
        const Descriptor client = listener.connect();
        SmallLoop::backend().wait(Time::min());  // epoll has announced it now ...
        const Descriptor taken{::accept4(listener.descriptor.get(), nullptr, nullptr, 0)};
        SmallLoop::backend().dispatch();  // ... and it is gone.
        ASSERT_TRUE(accept->results.empty());
    }
    const Descriptor client = listener.connect();
    work_until([&accept] { return !accept->results.empty(); });
    const Descriptor accepted{accept->results.at(0)};
    SmallLoop::backend().cancel(*accept);
    work_until([&accept] { return accept->ended; });
}

}  // namespace
}  // namespace asyncio::test
