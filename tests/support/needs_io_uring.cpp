// Linked into programs whose tests run on the real ring when ASYNCIO_BACKEND=uring: where the
// kernel or a sandbox refuses io_uring (a container's seccomp profile, a sysctl), they are skipped,
// each by its name.

#include <gtest/gtest.h>

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

class NeedsIoUring final : public testing::Environment {
public:
    void SetUp() override
    {
        const char* const wanted = std::getenv("ASYNCIO_BACKEND");
        if (wanted == nullptr || std::strcmp(wanted, "uring") != 0) {
            return;
        }
        io_uring_params params{};
        const auto fd = syscall(SYS_io_uring_setup, 1, &params);
        const bool works = fd >= 0 && syscall(SYS_io_uring_enter, fd, 0, 0, 0, nullptr, 0) == 0;
        const int error = errno;
        if (fd >= 0) {
            close(static_cast<int>(fd));
        }
        if (!works && (error == EPERM || error == EACCES || error == ENOSYS)) {
            // GoogleTest does not name the tests it skips here; ctest looks for these words.
            std::printf("[  SKIPPED ] io_uring is refused: %s\n", std::strerror(error));
            GTEST_SKIP();
        }
    }
};

const auto* const registered = testing::AddGlobalTestEnvironment(new NeedsIoUring);

}  // namespace
