// Which backend a machine gets, before its kernel is asked.

#include "core/backend_choice.hpp"

#include "core/uring_faults.hpp"

#include <asyncio/errors.hpp>

#include <gtest/gtest.h>
#include <string>

namespace asyncio::detail {
namespace {

constexpr Machine good{{6, 12, 0}, false};
constexpr Machine arm32{{6, 12, 0}, true};
constexpr Machine old{{5, 15, 90}, false};
constexpr Machine wrong_accept{{6, 6, 9}, false};

TEST(KernelVersion, IsTheBeginningOfTheRelease)
{
    EXPECT_EQ(parse_kernel_version("6.1.0-27-amd64"), (KernelVersion{6, 1, 0}));
    EXPECT_EQ(parse_kernel_version("6.12.34+rpt-rpi-v8"), (KernelVersion{6, 12, 34}));
    EXPECT_EQ(parse_kernel_version("6.19-rc3"), (KernelVersion{6, 19, 0}));
    EXPECT_EQ(parse_kernel_version("7"), (KernelVersion{7, 0, 0}));
    EXPECT_EQ(parse_kernel_version("linux"), (KernelVersion{0, 0, 0}));
    EXPECT_EQ((KernelVersion{6, 1, 7}.to_string()), "6.1.7");
}

TEST(BackendChoice, IsIoUringWithEpollBehindIt)
{
    const BackendChoice choice = choose_backend("auto", good);
    EXPECT_TRUE(choice.uring);
    EXPECT_TRUE(choice.may_fall_back);
    EXPECT_EQ(choice.best, UringSetup::deferred);
    EXPECT_EQ(choice.reason, "");
}

TEST(BackendChoice, IsEpollWhereIoUringIsNotTrusted)
{
    const BackendChoice on_arm = choose_backend("auto", arm32);
    EXPECT_FALSE(on_arm.uring);
    EXPECT_EQ(on_arm.reason,
              "io_uring is not trusted on 32-bit ARM (libuv issue 4158 and pull request 4187); "
              "ASYNCIO_BACKEND=uring uses it all the same");
    const BackendChoice on_old = choose_backend("auto", old);
    EXPECT_FALSE(on_old.uring);
    EXPECT_EQ(on_old.reason,
              "this kernel's io_uring lacks the multishot accept of Linux 5.19 "
              "(io_uring_prep_multishot_accept(3)); Linux 5.19.0 or later is free of it; "
              "ASYNCIO_BACKEND=uring uses it all the same");
}

TEST(BackendChoice, AvoidsWhatIsFaultyInAKernelAndNoMore)
{
    const BackendChoice choice = choose_backend("auto", wrong_accept);
    EXPECT_TRUE(choice.uring);
    EXPECT_EQ(choice.best, UringSetup::cooperative);
    EXPECT_EQ(choice.reason, "with DEFER_TASKRUN this kernel's accept may give a wrong descriptor "
                             "(liburing issue 1062); Linux 6.8.0 or later is free of it");
    EXPECT_EQ(choose_backend("auto", {{6, 5, 13}, false}).best, UringSetup::deferred);
    EXPECT_EQ(choose_backend("auto", {{6, 8, 0}, false}).best, UringSetup::deferred);
}

TEST(BackendChoice, IsTheUsersIfThereIsOne)
{
    const BackendChoice forced = choose_backend("uring", arm32);
    EXPECT_TRUE(forced.uring);
    EXPECT_FALSE(forced.may_fall_back);
    EXPECT_EQ(choose_backend("uring", wrong_accept).best, UringSetup::cooperative);
    const BackendChoice epoll = choose_backend("epoll", good);
    EXPECT_FALSE(epoll.uring);
    EXPECT_EQ(epoll.reason, "ASYNCIO_BACKEND asks for it; without it io_uring is tried first");
}

TEST(BackendChoice, OfAnUnknownNameIsRefused)
{
    EXPECT_THROW((void)choose_backend("uringg", good), RuntimeError);
    EXPECT_THROW((void)choose_backend("", good), RuntimeError);
}

TEST(UringFaults, SaySinceWhenUntilWhenWhatAndWhere)
{
    for (const UringFault& fault : uring_faults()) {
        EXPECT_LT(fault.first, fault.fixed);
        EXPECT_NE(std::string{fault.what}, "");
        EXPECT_NE(std::string{fault.source}, "");
    }
}

}  // namespace
}  // namespace asyncio::detail
