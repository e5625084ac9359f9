#include <asyncio/exception_group.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace asyncio::test {
namespace {

TEST(ExceptionGroup, ListsWhatItHolds)
{
    const ExceptionGroup group{
        "two lamps",
        {std::make_exception_ptr(std::runtime_error{"no light"}), std::make_exception_ptr(7)}};
    EXPECT_STREQ(group.what(), "two lamps (2 sub-exceptions): std::runtime_error: no light; int");
    ASSERT_EQ(group.exceptions().size(), 2U);
    EXPECT_THROW(std::rethrow_exception(group.exceptions()[0]), std::runtime_error);
    EXPECT_THROW(std::rethrow_exception(group.exceptions()[1]), int);
}

TEST(ExceptionGroup, MayHoldGroups)
{
    const auto inner = std::make_exception_ptr(
        ExceptionGroup{"inner", {std::make_exception_ptr(std::logic_error{"x"})}});
    EXPECT_STREQ((ExceptionGroup{"outer", {inner}}.what()),
                 "outer (1 sub-exception): asyncio::ExceptionGroup: "
                 "inner (1 sub-exception): std::logic_error: x");
}

}  // namespace
}  // namespace asyncio::test
