// Where the kernel refuses its second GPIO interface. ./dev board-test has it on real lines.
#include "machine/kernel_request.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

TEST(KernelRequest, AKernelThatDoesNotKnowItRefusesWithItsReason)
{
    const int descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ASSERT_GE(descriptor, 0);
    EXPECT_FALSE(machine::detail::KernelRequest::possible(descriptor));
    try {
        const machine::detail::KernelRequest request{
            descriptor, 3, "line 3 of '/dev/null'", machine::LineConfig{machine::Mode::in},
            "a consumer whose name is longer than its place"};
        FAIL() << "there is no such line";
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), ENOTTY);
        EXPECT_EQ(std::string{error.what()},
                  "cannot request line 3 of '/dev/null': Inappropriate ioctl for device");
    }
    ::close(descriptor);
}

}  // namespace
