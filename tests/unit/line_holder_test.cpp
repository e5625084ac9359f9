#include "machine/line_holder.hpp"

#include "support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

using machine::LineAddress;
using machine::detail::holder_of;

/// A /proc with one process that holds lines 4 and 17 of gpiochip0.
class LineHolder : public ::testing::Test {
protected:
    void SetUp() override
    {
        write("812/comm", "pigpiod\n");
        descriptor("812", "3", "/dev/gpiochip0", "pos:\t0\nflags:\t02000002\nmnt_id:\t15\n");
        descriptor("812", "5", "anon_inode:gpio-line",
                   "pos:\t0\nflags:\t02\ngpio-chip:\tgpiochip0\ngpio-line:\t4\n"
                   "gpio-line:\t17\n");
        write("813/comm", "another\n");
        descriptor("813", "0", "/dev/null", "pos:\t0\n");
        write("1/comm", "systemd\n");
        namespace_of_processes("pid:[4026531836]");
        write("cpuinfo", "gpio-chip: gpiochip0\ngpio-line: 18\n");
    }

    void write(const std::string& name, const std::string& text)
    {
        std::filesystem::create_directories((processes / name).parent_path());
        std::ofstream{processes / name} << text;
    }

    void namespace_of_processes(const std::string& name)
    {
        const std::filesystem::path link = processes / "self/ns/pid";
        std::filesystem::create_directories(link.parent_path());
        std::filesystem::remove(link);
        std::filesystem::create_symlink(name, link);
    }

    void descriptor(const std::string& process, const std::string& number,
                    const std::string& target, const std::string& info)
    {
        write(process + "/fdinfo/" + number, info);
        std::filesystem::create_directories(processes / process / "fd");
        std::filesystem::create_symlink(target, processes / process / "fd" / number);
    }

    const asyncio::test::TemporaryDirectory directory;
    const std::filesystem::path processes{directory.path()};
};

TEST_F(LineHolder, IsTheProcessWhoseRequestHasTheLine)
{
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 17}, processes), "process 812 'pigpiod'");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 4}, processes), "process 812 'pigpiod'");
}

TEST_F(LineHolder, IsTheKernelWhereNoProcessHasIt)
{
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes), "the kernel");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip1", 17}, processes), "the kernel");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 17}, processes / "none"),
              "the kernel or a hidden process");
}

TEST_F(LineHolder, MayBeAProcessThatIsHidden)
{
    std::filesystem::remove_all(processes / "1");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes), "the kernel or a hidden process");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 17}, processes), "process 812 'pigpiod'");
}

TEST_F(LineHolder, MayBeAProcessOutsideOfThisContainer)
{
    namespace_of_processes("pid:[4026532201]");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes), "the kernel or a hidden process");
    std::filesystem::remove_all(processes / "self");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes), "the kernel or a hidden process");
}

TEST_F(LineHolder, MayBeAProcessWhoseRequestsTheKernelDoesNotDescribe)
{
    descriptor("813", "7", "anon_inode:gpio-line", "pos:\t0\nflags:\t02\n");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes),
              "process 813 'another' or the kernel");
}

TEST_F(LineHolder, MayBeAProcessWithRequestsOfTheFirstInterfaceOfWhichTheKernelTellsNothing)
{
    descriptor("813", "7", "anon_inode:gpio-linehandle", "pos:\t0\n");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes),
              "process 813 'another' or the kernel");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 17}, processes), "process 812 'pigpiod'");

    const std::string ours = std::to_string(::getpid());
    write(ours + "/comm", "unit_tests\n");
    descriptor(ours, "4", "anon_inode:gpio-event", "pos:\t0\n");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes),
              "process 813 'another' or the kernel")
        << "what we have ourselves is known";
}

}  // namespace
