#include "machine/line_holder.hpp"

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
        std::string pattern = (std::filesystem::temp_directory_path() / "proc-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        processes = pattern;
        write("812/comm", "pigpiod\n");
        write("812/fdinfo/3", "pos:\t0\nflags:\t02000002\nmnt_id:\t15\n");
        write("812/fdinfo/5", "pos:\t0\nflags:\t02\ngpio-chip:\tgpiochip0\ngpio-line:\t4\n"
                              "gpio-line:\t17\n");
        write("813/comm", "another\n");
        write("813/fdinfo/0", "pos:\t0\n");
        write("cpuinfo", "gpio-chip: gpiochip0\ngpio-line: 18\n");
    }
    void TearDown() override { std::filesystem::remove_all(processes); }

    void write(const std::string& name, const std::string& text)
    {
        std::filesystem::create_directories((processes / name).parent_path());
        std::ofstream{processes / name} << text;
    }

    std::filesystem::path processes;
};

TEST_F(LineHolder, IsTheProcessWhoseRequestHasTheLine)
{
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 17}, processes), "process 812 'pigpiod'");
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 4}, processes), "process 812 'pigpiod'");
}

TEST_F(LineHolder, IsNotToldWhereNoProcessHasIt)
{
    const std::string nobody = "the kernel or another user's process";
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 18}, processes), nobody);
    EXPECT_EQ(holder_of(LineAddress{"gpiochip1", 17}, processes), nobody);
    EXPECT_EQ(holder_of(LineAddress{"gpiochip0", 17}, processes / "none"), nobody);
}

}  // namespace
