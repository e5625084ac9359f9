// Receives on more sockets at once than there are buffers for them: nothing is lost, and everybody
// goes on.

#include "support/operations.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace asyncio::test {
namespace {

class ProvidedBuffers : public OnEachBackend {};

INSTANTIATE_TEST_SUITE_P(Operations, ProvidedBuffers, each_backend(), name_of_backend);

/// Sockets with a receive each.
class Receivers {
public:
    explicit Receivers(std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            pairs_.emplace_back();
            probes_.push_back(make_ref<Probe>(Operation::Kind::receive, pairs_[i].one.get()));
        }
    }

    void start()
    {
        for (const auto& probe : probes_) {
            probe->start();
        }
    }
    void write(const std::string& text) const
    {
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
            const std::string line = text + " " + std::to_string(i);
            ASSERT_EQ(::write(pairs_[i].other.get(), line.data(), line.size()),
                      static_cast<ssize_t>(line.size()));
        }
    }
    [[nodiscard]] std::ptrdiff_t ended() const
    {
        return std::ranges::count_if(probes_, [](const auto& probe) { return probe->ended; });
    }
    /// Lets each receive what was written to it, and nothing else.
    void expect(const std::string& text)
    {
        work_until([this] { return ended() == std::ssize(probes_); });
        for (std::size_t i = 0; i < probes_.size(); ++i) {
            const std::string line = text + " " + std::to_string(i);
            EXPECT_EQ(probes_[i]->data, line);
            EXPECT_EQ(probes_[i]->results, std::vector{static_cast<int>(line.size())});
            probes_[i]->data.clear();
            probes_[i]->results.clear();
        }
    }

private:
    std::vector<Pair> pairs_;
    std::vector<Ref<Probe>> probes_;
};

TEST_P(ProvidedBuffers, GrowWhenTheyDoNotSuffice)
{
    const SmallLoop loop{GetParam()};
    Receivers receivers{std::size_t{4} * UringBuffers::at_first};
    receivers.start();
    turn();
    receivers.write("hello");
    receivers.expect("hello");
}

/// Room for the descriptors of so many pairs of sockets.
bool may_have(rlim_t pairs)
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 2 * pairs + 100;
}

/// What has come before a receive is started takes a buffer at once, so all of them are asked for
/// before the first is free again.
TEST_P(ProvidedBuffers, AreNeverMoreThanTheyMayBeAndThenTheReceivesWait)
{
    constexpr std::size_t count = 4 * UringBuffers::most;
    if (!may_have(count)) {
        GTEST_SKIP() << "this process may not open " << 2 * count << " descriptors";
    }
    const SmallLoop loop{GetParam()};
    Receivers receivers{count};
    for (const char* const text : {"first", "second", "third"}) {
        SCOPED_TRACE(text);
        receivers.write(text);
        receivers.start();
        EXPECT_EQ(receivers.ended(), 0);
        receivers.expect(text);
    }
    auto* const ring = dynamic_cast<UringBackend*>(&SmallLoop::backend());
    if (ring != nullptr && GetParam().provided_buffers) {
        EXPECT_EQ(ring->provided_buffers(), UringBuffers::most);
    }
}

}  // namespace
}  // namespace asyncio::test
