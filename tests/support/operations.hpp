#pragma once

// Backends as tests want them, and operations without a task.

#include "core/epoll_backend.hpp"
#include "core/operation.hpp"
#include "core/scheduler.hpp"
#include "core/this_loop.hpp"
#include "core/uring_backend.hpp"

#include <asyncio/errors.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <dirent.h>
#include <gtest/gtest.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace asyncio::test {

using namespace detail;

/// How many descriptors this process has.
inline int open_descriptors()
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
    ~Descriptor() { close(); }
    void close() noexcept
    {
        if (number_ >= 0) {
            ::close(std::exchange(number_, -1));
        }
    }
    [[nodiscard]] int get() const noexcept { return number_; }

private:
    int number_;
};

inline Descriptor make_eventfd() { return Descriptor{::eventfd(0, EFD_CLOEXEC)}; }

inline void write_one(const Descriptor& descriptor)
{
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(descriptor.get(), &one, sizeof one), 8);
}

/// Two connected stream sockets.
struct Pair {
    Pair() : Pair{make()} {}

    Descriptor one;
    Descriptor other;

private:
    explicit Pair(std::pair<int, int> ends) : one{ends.first}, other{ends.second} {}
    static std::pair<int, int> make()
    {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        return {ends[0], ends[1]};
    }
};

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

/// An abstract Unix socket that listens.
class UnixListener {
public:
    explicit UnixListener(int backlog)
        : descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        address.sun_family = AF_UNIX;
        EXPECT_EQ(::bind(descriptor.get(), generic, sizeof(sa_family_t)), 0);
        EXPECT_EQ(::listen(descriptor.get(), backlog), 0);
        length = sizeof address;
        EXPECT_EQ(::getsockname(descriptor.get(), generic, &length), 0);
    }
    [[nodiscard]] const sockaddr* generic() const
    {
        return reinterpret_cast<const sockaddr*>(&address);
    }

    /// Connects until there is no room for another one.
    void fill() const
    {
        for (bool has_room = true; has_room;) {
            const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            has_room = ::connect(client, generic(), length) == 0;
            ::close(client);
        }
    }

    Descriptor descriptor;
    sockaddr_un address{};
    socklen_t length = 0;
};

/// A backend to test, by its name in the names of the tests: those on a ring begin with "ring".
struct TestedBackend {
    const char* name;
    unsigned entries = 0;
    UringSetup setup = UringSetup::deferred;
    bool provided_buffers = true;

    [[nodiscard]] bool is_uring() const { return entries > 0; }
    [[nodiscard]] std::unique_ptr<Backend> make() const
    {
        if (is_uring()) {
            auto ring = std::make_unique<UringBackend>(entries, setup);
            if (!provided_buffers) {
                ring->do_without_provided_buffers();
            }
            return ring;
        }
        return std::make_unique<EpollBackend>();
    }
};

inline auto each_backend()
{
    return testing::Values(TestedBackend{"ring_deferred_2", 2},
                           TestedBackend{"ring_deferred_256", 256},
                           TestedBackend{"ring_cooperative_1", 1, UringSetup::cooperative},
                           TestedBackend{"ring_cooperative_64", 64, UringSetup::cooperative},
                           TestedBackend{"ring_plain_2", 2, UringSetup::plain},
                           TestedBackend{"ring_plain_256", 256, UringSetup::plain},
                           TestedBackend{"ring_without_buffers", 16, UringSetup::deferred, false},
                           TestedBackend{"epoll"});
}

inline std::string name_of_backend(const testing::TestParamInfo<TestedBackend>& info)
{
    return info.param.name;
}

/// A test on each backend; skipped where the kernel refuses it.
class OnEachBackend : public testing::TestWithParam<TestedBackend> {
protected:
    void SetUp() override
    {
        try {
            (void)GetParam().make();
        } catch (const OSError& error) {
            GTEST_SKIP() << error.what();
        }
    }
};

/// This thread's loop, on a backend of the test's choice, for the scope.
class SmallLoop {
public:
    explicit SmallLoop(const TestedBackend& tested)
        : previous_{set_this_loop(std::make_unique<Loop>(tested.make()))}
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
    explicit Probe(Kind what, int on = -1) : Operation{what} { descriptor = on; }

    void complete(const Completion& completion) noexcept override
    {
        results.push_back(completion.result);
        data.append(reinterpret_cast<const char*>(completion.data.data()), completion.data.size());
        ended = !completion.more;
    }
    void start()
    {
        ended = false;
        SmallLoop::backend().start(*this, Ref<RefCounted>{this});
    }

    std::vector<int> results;
    std::string data;
    bool ended = false;
};

/// One turn of the backend that waits at most that long.
inline void turn(Time longest = Time::zero())
{
    Backend& backend = SmallLoop::backend();
    backend.wait(longest == Time::zero() ? Time::min() : backend.now() + longest);
    backend.dispatch();
}

/// Lets the backend work until the condition holds; gives up after 5 s.
template <typename F>
void work_until(F condition)
{
    const Time deadline = SmallLoop::backend().now() + std::chrono::seconds{5};
    while (!condition() && SmallLoop::backend().now() < deadline) {
        turn(std::chrono::milliseconds{50});
    }
    EXPECT_TRUE(condition());
}

}  // namespace asyncio::test
