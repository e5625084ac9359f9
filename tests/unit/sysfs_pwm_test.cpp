#include "machine/pwm_driver.hpp"

#include "support/temporary_directory.hpp"

#include <asyncio/errors.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;
using machine::detail::open_sysfs_pwm;
using namespace std::chrono_literals;

/// A /sys/class/pwm with one chip of two channels. A thread plays the kernel: a channel that is
/// exported gets its folder, and loses it.
class PwmClass {
public:
    /// With `enable_fails` a channel that is exported can be neither started nor stopped; with
    /// `taken` another program has it at once.
    explicit PwmClass(bool enable_fails = false, bool taken = false)
        : enable_fails_{enable_fails}, taken_{taken}
    {
        fs::create_directory(chip());
        std::ofstream{chip() / "npwm"} << "2\n";
        for (std::size_t i = 0; i < commands_.size(); ++i) {
            const fs::path path = chip() / (i == 0 ? "export" : "unexport");
            EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
            commands_[i] = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        }
        EXPECT_EQ(::pipe2(end_.data(), O_CLOEXEC), 0);
        kernel_ = std::thread{&PwmClass::obey, this};
    }
    PwmClass(const PwmClass&) = delete;
    PwmClass& operator=(const PwmClass&) = delete;
    ~PwmClass()
    {
        settle();
        for (const int descriptor : {commands_[0], commands_[1], end_[0], lock_}) {
            ::close(descriptor);
        }
    }

    /// Waits until the kernel has done what it was told; it does no more then.
    void settle()
    {
        if (kernel_.joinable()) {
            ::close(end_[1]);
            kernel_.join();
        }
    }

    [[nodiscard]] fs::path chip() const { return folder / "pwmchip0"; }

    /// A channel that is exported; enable -1: its file `enable` cannot be written.
    void make_channel(int number, std::int64_t period, std::int64_t duty, int enable) const
    {
        const fs::path channel = chip() / ("pwm" + std::to_string(number));
        fs::create_directory(channel);
        std::ofstream{channel / "period"} << period << '\n';
        std::ofstream{channel / "duty_cycle"} << duty << '\n';
        if (enable < 0) {
            fs::create_symlink("/dev/full", channel / "enable");
        } else {
            std::ofstream{channel / "enable"} << enable << '\n';
        }
    }
    void make_unwritable(const std::string& file) const
    {
        fs::remove(chip() / file);
        fs::create_symlink("/dev/full", chip() / file);
    }

    [[nodiscard]] std::int64_t number_in(const std::string& file) const
    {
        std::int64_t number = -1;
        std::ifstream{chip() / file} >> number;
        return number;
    }

    [[nodiscard]] std::string word_in(const std::string& file) const
    {
        std::string word;
        std::ifstream{chip() / file} >> word;
        return word;
    }

    const asyncio::test::TemporaryDirectory directory;
    const fs::path folder{directory.path()};

private:
    /// Before its other files are there.
    void take(int number)
    {
        const fs::path channel = chip() / ("pwm" + std::to_string(number));
        fs::create_directory(channel);
        lock_ = ::open((channel / "period").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        EXPECT_EQ(::flock(lock_, LOCK_EX), 0);
    }

    void obey()
    {
        for (;;) {
            std::array<pollfd, 3> ready{pollfd{commands_[0], POLLIN, 0},
                                        pollfd{commands_[1], POLLIN, 0},
                                        pollfd{end_[0], POLLIN, 0}};
            (void)::poll(ready.data(), ready.size(), -1);
            for (std::size_t i = 0; i < commands_.size(); ++i) {
                char text[8];
                const ssize_t size = ::read(commands_[i], text, sizeof text);
                if (size > 0) {
                    const int channel =
                        std::stoi(std::string{text, static_cast<std::size_t>(size)});
                    if (i == 0 && taken_) {
                        take(channel);
                    }
                    if (i == 0) {
                        make_channel(channel, 0, 0, enable_fails_ ? -1 : 0);
                    } else {
                        fs::remove_all(chip() / ("pwm" + std::to_string(channel)));
                    }
                }
            }
            if (ready[0].revents == 0 && ready[1].revents == 0) {
                return;
            }
        }
    }

    const bool enable_fails_;
    const bool taken_;
    int lock_ = -1;
    std::array<int, 2> commands_{};  // export and unexport
    std::array<int, 2> end_{};
    std::thread kernel_;
};

/// The names of the files of a channel, in the order in which they are written.
class Writes {
public:
    explicit Writes(const fs::path& channel) : inotify_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)}
    {
        EXPECT_GE(::inotify_add_watch(inotify_, channel.c_str(), IN_MODIFY), 0);
    }
    Writes(const Writes&) = delete;
    Writes& operator=(const Writes&) = delete;
    ~Writes() { ::close(inotify_); }

    std::vector<std::string> take()
    {
        std::vector<std::string> names;
        alignas(inotify_event) char buffer[4096];
        const ssize_t size = ::read(inotify_, buffer, sizeof buffer);
        for (ssize_t at = 0; at < size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
            names.emplace_back(event->name);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        }
        return names;
    }

private:
    int inotify_;
};

using Names = std::vector<std::string>;

TEST(SysfsPwm, AChannelIsExportedSetAndLetGo)
{
    PwmClass kernel;
    auto channel = open_sysfs_pwm("pwmchip0:1", kernel.folder);
    ASSERT_NE(channel, nullptr);
    EXPECT_FALSE(channel->software());
    EXPECT_EQ(channel->where(), "pwmchip0:1");
    channel->pulse(1ms, 250us);
    EXPECT_EQ(kernel.number_in("pwm1/period"), 1'000'000);
    EXPECT_EQ(kernel.number_in("pwm1/duty_cycle"), 250'000);
    EXPECT_EQ(kernel.number_in("pwm1/enable"), 1);
    channel->stop();
    EXPECT_EQ(kernel.number_in("pwm1/duty_cycle"), 0);
    EXPECT_EQ(kernel.number_in("pwm1/enable"), 0);
    channel.reset();
    kernel.settle();
    EXPECT_FALSE(fs::exists(kernel.chip() / "pwm1"));
}

TEST(SysfsPwm, OneThatIsNotThereIsAnError)
{
    PwmClass kernel;
    EXPECT_EQ(open_sysfs_pwm("GPIO18", kernel.folder), nullptr);
    EXPECT_THROW((void)open_sysfs_pwm("pwmchip0:2", kernel.folder), std::invalid_argument);
    EXPECT_THROW((void)open_sysfs_pwm("pwmchip1:0", kernel.folder), std::invalid_argument);
    fs::remove(kernel.chip() / "export");
    fs::create_directory(kernel.chip() / "export");
    EXPECT_THROW((void)open_sysfs_pwm("pwmchip0:1", kernel.folder), asyncio::OSError);
}

TEST(SysfsPwm, ThePulsesGoOverFromOneLengthToTheOtherWithoutAGap)
{
    PwmClass kernel;
    const auto channel = open_sysfs_pwm("pwmchip0:0", kernel.folder);
    channel->pulse(1ms, 600us);
    Writes writes{kernel.chip() / "pwm0"};
    channel->pulse(500us, 300us);  // A time at the high level of 600 us would be too long.
    EXPECT_EQ(writes.take(), (Names{"duty_cycle", "period", "enable"}));
    channel->pulse(400us, 350us);
    EXPECT_EQ(writes.take(), (Names{"period", "duty_cycle", "enable"}));
    channel->pulse(1ms, 900us);
    EXPECT_EQ(writes.take(), (Names{"period", "duty_cycle", "enable"}));
    channel->pulse(1ms, 100us);
    EXPECT_EQ(writes.take(), (Names{"duty_cycle", "enable"}));
    channel->pulse(200us, 100us);
    EXPECT_EQ(writes.take(), (Names{"period", "enable"}));
    EXPECT_EQ(kernel.number_in("pwm0/period"), 200'000);
    EXPECT_EQ(kernel.number_in("pwm0/duty_cycle"), 100'000);
}

TEST(SysfsPwm, OneThatAKilledProcessHasLeftIsTakenOverAndStopped)
{
    PwmClass kernel;
    kernel.make_channel(1, 1'000'000, 600'000, 1);
    {
        const auto channel = open_sysfs_pwm("pwmchip0:1", kernel.folder);
        EXPECT_EQ(kernel.number_in("pwm1/duty_cycle"), 0);
        EXPECT_EQ(kernel.number_in("pwm1/enable"), 0);
        Writes writes{kernel.chip() / "pwm1"};
        channel->pulse(500us, 300us);  // Its period is known, too.
        EXPECT_EQ(writes.take(), (Names{"period", "duty_cycle", "enable"}));
    }
    kernel.settle();
    EXPECT_EQ(kernel.number_in("pwm1/enable"), 0);
    EXPECT_TRUE(fs::exists(kernel.chip() / "pwm1")) << "whoever exported it may want it so";
}

TEST(SysfsPwm, OneThatIsInversedIsStoppedLowAndMadeNormal)
{
    PwmClass kernel;
    kernel.make_channel(1, 1'000'000, 600'000, 1);
    std::ofstream{kernel.chip() / "pwm1" / "polarity"} << "inversed\n";
    const auto channel = open_sysfs_pwm("pwmchip0:1", kernel.folder);
    EXPECT_EQ(kernel.number_in("pwm1/duty_cycle"), 1'000'000) << "all of it is low";
    EXPECT_EQ(kernel.number_in("pwm1/enable"), 0);
    Writes writes{kernel.chip() / "pwm1"};
    channel->pulse(1ms, 250us);
    EXPECT_EQ(writes.take(), (Names{"duty_cycle", "polarity", "enable"}));
    EXPECT_EQ(kernel.word_in("pwm1/polarity"), "normal");
    EXPECT_EQ(kernel.number_in("pwm1/duty_cycle"), 250'000);
    channel->pulse(1ms, 500us);
    EXPECT_EQ(writes.take(), (Names{"duty_cycle", "enable"})) << "once is enough";
    channel->stop();
    EXPECT_EQ(kernel.number_in("pwm1/duty_cycle"), 0);
}

TEST(SysfsPwm, OneThatAnotherProgramIsJustGivingBackIsExportedAnew)
{
    PwmClass kernel;
    fs::create_directory(kernel.chip() / "pwm1");  // Its files are gone already.
    std::thread other{[&kernel] {
        std::this_thread::sleep_for(10ms);
        fs::remove(kernel.chip() / "pwm1");
    }};
    EXPECT_NO_THROW((void)open_sysfs_pwm("pwmchip0:1", kernel.folder));
    other.join();
}

/// Lets each open() for writing alone fail in this thread, as writing to `export` does. False: it
/// is not allowed to.
bool refuse_exports()
{
    constexpr auto flags_at = static_cast<unsigned>(offsetof(seccomp_data, args[2]));
    std::array<sock_filter, 6> rules{
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags_at),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, O_WRONLY | O_CLOEXEC, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EBUSY),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// What opening a channel says in a thread that cannot export it.
std::string open_without_export(const PwmClass& kernel)
{
    std::string result;
    std::thread{[&] {
        if (!refuse_exports()) {
            result = "no filter";
            return;
        }
        try {
            (void)open_sysfs_pwm("pwmchip0:1", kernel.folder);
            result = "it is open";
        } catch (const asyncio::OSError& error) {
            result = error.what();
        }
    }}.join();
    return result;
}

TEST(SysfsPwm, OneThatIsBusyWithoutAnybodyHavingExportedItIsADrivers)
{
    PwmClass kernel;
    const std::string result = open_without_export(kernel);
    if (result == "no filter") {
        GTEST_SKIP() << "system calls cannot be refused here";
    }
    EXPECT_EQ(result, "cannot use the PWM channel 'pwmchip0:1' (a driver of the kernel has it): "
                      "Device or resource busy");
}

TEST(SysfsPwm, OneThatAnotherProgramIsJustExportingIsWaitedFor)
{
    PwmClass kernel;
    std::thread other{[&kernel] {
        std::this_thread::sleep_for(10ms);
        kernel.make_channel(1, 0, 0, 0);
    }};
    const std::string result = open_without_export(kernel);
    other.join();
    if (result == "no filter") {
        GTEST_SKIP() << "system calls cannot be refused here";
    }
    EXPECT_EQ(result, "it is open");
}

TEST(SysfsPwm, OneThatIsInUseIsBusy)
{
    PwmClass kernel;
    const auto channel = open_sysfs_pwm("pwmchip0:1", kernel.folder);
    try {
        (void)open_sysfs_pwm("pwmchip0:1", kernel.folder);
        FAIL();
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), EBUSY);
        EXPECT_STREQ(error.what(), "cannot use the PWM channel 'pwmchip0:1' (another program has "
                                   "it): Device or resource busy");
    }
    EXPECT_NO_THROW(channel->pulse(1ms, 1us));
}

TEST(SysfsPwm, OneThatCannotBeStoppedIsGivenBackAllTheSame)
{
    PwmClass kernel{true};
    auto channel = open_sysfs_pwm("pwmchip0:1", kernel.folder);
    EXPECT_THROW(channel->pulse(1ms, 250us), asyncio::OSError);
    EXPECT_THROW(channel->stop(), asyncio::OSError);
    channel.reset();
    kernel.settle();
    EXPECT_FALSE(fs::exists(kernel.chip() / "pwm1"));
}

TEST(SysfsPwm, AChangeWhoseSecondHalfIsRefusedIsNone)
{
    PwmClass kernel;
    kernel.make_channel(0, 1'000'000, 600'000, 0);
    kernel.make_unwritable("pwm0/period");
    const auto no_period = open_sysfs_pwm("pwmchip0:0", kernel.folder);
    EXPECT_THROW(no_period->pulse(1ms, 300us), asyncio::OSError);
    EXPECT_EQ(kernel.number_in("pwm0/duty_cycle"), 600'000);

    kernel.make_channel(1, 1'000'000, 0, 0);
    kernel.make_unwritable("pwm1/duty_cycle");
    const auto no_duty = open_sysfs_pwm("pwmchip0:1", kernel.folder);
    EXPECT_THROW(no_duty->pulse(2ms, 300us), asyncio::OSError);
    EXPECT_EQ(kernel.number_in("pwm1/period"), 1'000'000);
}

TEST(SysfsPwm, OneThatAnotherProgramWasFasterToTakeIsLeftToIt)
{
    PwmClass kernel{false, true};
    EXPECT_THROW((void)open_sysfs_pwm("pwmchip0:1", kernel.folder), asyncio::OSError);
    kernel.settle();
    EXPECT_TRUE(fs::exists(kernel.chip() / "pwm1"));
}

TEST(SysfsPwm, OneWhosePeriodCannotBeReadIsNotTakenForOneWithoutAny)
{
    PwmClass kernel;
    kernel.make_channel(1, 1'000'000, 0, 0);
    const fs::path period = kernel.chip() / "pwm1" / "period";
    fs::remove(period);
    ASSERT_EQ(::mkfifo(period.c_str(), 0600), 0);  // Which has no position to read at.
    EXPECT_THROW((void)open_sysfs_pwm("pwmchip0:1", kernel.folder), asyncio::OSError);
}

}  // namespace
