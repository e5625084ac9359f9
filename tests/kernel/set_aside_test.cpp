// Completions that are taken out of a full queue in the middle of a dispatch keep their place.

#include "support/operations.hpp"

#include <cerrno>
#include <cstdint>
#include <dlfcn.h>
#include <functional>
#include <gtest/gtest.h>
#include <liburing.h>
#include <utility>
#include <vector>

namespace {

/// So many of the next submits find the kernel without room.
int busy_submits = 0;

}  // namespace

// In place of liburing's, for the whole program.
extern "C" int io_uring_submit(io_uring* ring) noexcept(noexcept(::io_uring_submit(ring)))
{
    using Submit = int (*)(io_uring*);
    static const auto real = reinterpret_cast<Submit>(::dlsym(RTLD_NEXT, "io_uring_submit"));
    if (busy_submits > 0) {
        --busy_submits;
        return -EBUSY;
    }
    return real(ring);
}

namespace asyncio::test {
namespace {

class SetAside : public OnEachBackend {};

INSTANTIATE_TEST_SUITE_P(Operations, SetAside, each_backend(), name_of_backend);

/// Reads an eventfd that is raised, so it completes while it is submitted.
class ReadAtOnce final : public RefCounted, public Operation {
public:
    ReadAtOnce(int number, std::vector<int>& order, std::function<void()> then)
        : Operation{Kind::read}, number_{number}, order_{order}, then_{std::move(then)}
    {
        write_one(event_);
        descriptor = event_.get();
        buffer = reinterpret_cast<std::byte*>(&count_);
        length = sizeof count_;
    }
    void start() { SmallLoop::backend().start(*this, Ref<RefCounted>{this}); }
    void complete(const Completion& completion) noexcept override
    {
        EXPECT_EQ(completion.result, 8);
        order_.push_back(number_);
        if (then_) {
            then_();
        }
    }

private:
    const Descriptor event_ = make_eventfd();
    int number_;
    std::vector<int>& order_;
    std::function<void()> then_;
    std::uint64_t count_ = 0;
};

TEST_P(SetAside, CompletionsAreNotOvertakenByLaterOnes)
{
    if (!GetParam().is_uring()) {
        GTEST_SKIP() << "epoll has no queue of completions";
    }
    const SmallLoop loop{GetParam()};
    const int later = static_cast<int>(GetParam().entries) + 2;  // More than a queue has room for.
    std::vector<int> order;
    std::vector<Ref<ReadAtOnce>> reads;
    const auto start_more = [&] {
        busy_submits = 1;
        for (int i = 0; i < later; ++i) {
            reads.push_back(make_ref<ReadAtOnce>(100 + i, order, nullptr));
            reads.back()->start();
        }
        EXPECT_EQ(busy_submits, 0);
    };
    reads.push_back(make_ref<ReadAtOnce>(0, order, start_more));
    reads.push_back(make_ref<ReadAtOnce>(1, order, nullptr));
    reads.push_back(make_ref<ReadAtOnce>(2, order, nullptr));
    for (std::size_t i = 0; i < 3; ++i) {
        reads[i]->start();
    }
    std::vector<int> expected{0, 1, 2};
    for (int i = 0; i < later; ++i) {
        expected.push_back(100 + i);
    }
    work_until([&] { return order.size() == expected.size(); });
    EXPECT_EQ(order, expected);
}

}  // namespace
}  // namespace asyncio::test
