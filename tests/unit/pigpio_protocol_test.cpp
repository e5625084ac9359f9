// The bytes of the pigpio protocol, and the filters of its reports: no loop, no board.

#include "boardd/pigpio/message.hpp"
#include "boardd/pigpio/report_filter.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using boardd::Time;
using boardd::pigpio::encode;
using boardd::pigpio::encode_reply;
using boardd::pigpio::FilteredLevel;
using boardd::pigpio::GlitchFilter;
using boardd::pigpio::NoiseFilter;
using boardd::pigpio::Report;
using boardd::pigpio::Request;
using boardd::pigpio::RequestParser;
using std::chrono::microseconds;

std::string bytes(std::string_view hex)
{
    std::string result;
    std::string digits;
    for (const char c : hex) {
        if (c != ' ') {
            digits.push_back(c);
        }
        if (digits.size() == 2) {
            result.push_back(static_cast<char>(std::stoi(digits, nullptr, 16)));
            digits.clear();
        }
    }
    return result;
}

std::vector<Request> all_of(RequestParser& parser)
{
    std::vector<Request> requests;
    while (auto request = parser.next()) {
        requests.push_back(*request);
    }
    return requests;
}

TEST(PigpioMessage, IsAsPigsSendsIt)
{
    EXPECT_EQ(encode(Request{0, 17, 1}), bytes("00000000 11000000 01000000 00000000"));
    EXPECT_EQ(encode(Request{37, 17, 10, bytes("01000000")}),
              bytes("25000000 11000000 0a000000 04000000 01000000"));
}

TEST(PigpioMessage, AReplyRepeatsTheRequestAndThenHasTheResult)
{
    EXPECT_EQ(encode_reply(Request{3, 17, 0}, 1), bytes("03000000 11000000 00000000 01000000"));
    EXPECT_EQ(encode_reply(Request{4, 99, 1}, static_cast<std::uint32_t>(-3)),
              bytes("04000000 63000000 01000000 fdffffff"));
    EXPECT_EQ(encode_reply(Request{37, 17, 10, bytes("01000000")}, 0),
              bytes("25000000 11000000 0a000000 00000000"));
}

TEST(PigpioMessage, AReportIsAsRecorded)
{
    EXPECT_EQ(encode(Report{0, 0, 0x4216dbd5, 0x00020000}), bytes("00000000 d5db1642 00000200"));
    EXPECT_EQ(encode(Report{6, 0x24, 0x42203a47, 0x00020010}), bytes("06002400 473a2042 10000200"));
    EXPECT_EQ(encode(Report{65'536 + 8, 0x85, 1, 2}), bytes("08008500 01000000 02000000"));
}

TEST(PigpioMessage, RequestsAreFoundWhereverTheBytesWereSplit)
{
    const std::vector<Request> sent{Request{99, 0, 0}, Request{37, 17, 10, bytes("01000000")},
                                    Request{54, 1, 2, std::string(300, 'x')}, Request{3, 4, 0}};
    std::string stream;
    for (const Request& request : sent) {
        stream += encode(request);
    }
    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (const std::size_t second : {first, (first + stream.size()) / 2, stream.size()}) {
            RequestParser parser;
            std::vector<Request> received;
            for (const std::string& part :
                 {stream.substr(0, first), stream.substr(first, second - first),
                  stream.substr(second)}) {
                parser.feed(part);
                for (const Request& request : all_of(parser)) {
                    received.push_back(request);
                }
            }
            ASSERT_EQ(received, sent) << first << ' ' << second;
            ASSERT_EQ(parser.pending(), 0U);
        }
    }
}

TEST(PigpioMessage, RequestsAreFoundByteByByte)
{
    const Request sent{98, 4, 1000, bytes("d0070000")};
    RequestParser parser;
    const std::string stream = encode(sent);
    for (const char byte : stream.substr(0, stream.size() - 1)) {
        parser.feed(std::string(1, byte));
        EXPECT_FALSE(parser.next());
    }
    parser.feed(stream.substr(stream.size() - 1));
    EXPECT_EQ(parser.next(), sent);
    EXPECT_EQ(sent.extension_word(), 2000U);
}

TEST(PigpioMessage, TheLongestExtensionIsAcceptedAndALongerOneBreaksTheConnection)
{
    const Request longest{54, 0, 0, std::string(65'535, 'x')};
    RequestParser parser;
    parser.feed(encode(longest));
    EXPECT_EQ(parser.next(), longest);

    parser.feed(encode(Request{3, 4, 0}) + bytes("03000000 04000000 00000000 00000100"));
    EXPECT_EQ(parser.next(), (Request{3, 4, 0}));
    EXPECT_FALSE(parser.broken());
    EXPECT_FALSE(parser.next());
    EXPECT_TRUE(parser.broken());
    parser.feed(encode(Request{3, 4, 0}));
    EXPECT_FALSE(parser.next());
}

TEST(PigpioMessage, AnAnnouncedLengthAllocatesNothing)
{
    RequestParser parser;
    parser.feed(bytes("00000000 00000000 00000000 ffff0000"));
    EXPECT_FALSE(parser.next());
    EXPECT_EQ(parser.pending(), 16U);
}

TEST(PigpioMessage, AShortExtensionHasNoWord)
{
    EXPECT_FALSE((Request{37, 0, 0, "abc"}).extension_word());
    EXPECT_FALSE((Request{37, 0, 0}).extension_word());
}

FilteredLevel at(int us, bool level) { return FilteredLevel{level, microseconds{us}}; }

TEST(GlitchFilterOfReports, OffPassesEverythingAtOnce)
{
    GlitchFilter filter;
    EXPECT_EQ(filter.change(at(5, true)), at(5, true));
    EXPECT_FALSE(filter.deadline());
}

TEST(GlitchFilterOfReports, PassesALevelThatWasSteadyWithTheTimeItWasSteadyAt)
{
    GlitchFilter filter;
    filter.set(microseconds{100});
    EXPECT_FALSE(filter.change(at(0, true)));
    EXPECT_EQ(filter.deadline(), microseconds{100});
    EXPECT_FALSE(filter.change(at(60, false)));
    EXPECT_FALSE(filter.change(at(70, true)));
    EXPECT_EQ(filter.deadline(), microseconds{170});
    EXPECT_FALSE(filter.expire(microseconds{169}));
    EXPECT_EQ(filter.expire(microseconds{180}), at(170, true));
    EXPECT_FALSE(filter.deadline());
}

TEST(GlitchFilterOfReports, WhatWaitsPassesWhenItIsTurnedOff)
{
    GlitchFilter filter;
    filter.set(microseconds{100});
    EXPECT_FALSE(filter.change(at(10, true)));
    filter.set(Time{0});
    EXPECT_EQ(filter.expire(microseconds{20}), at(10, true));
}

TEST(NoiseFilterOfReports, OpensAfterASteadyLevelAndClosesAgain)
{
    NoiseFilter filter;
    filter.set(microseconds{100}, microseconds{1000});
    EXPECT_FALSE(filter.change(at(0, true)));
    EXPECT_FALSE(filter.change(at(50, false)));
    EXPECT_FALSE(filter.change(at(60, true)));
    EXPECT_EQ(filter.expire(microseconds{160}), at(160, true));
    EXPECT_EQ(filter.change(at(200, false)), at(200, false));    // Active until 1160.
    EXPECT_EQ(filter.change(at(1159, true)), at(1159, true));
    EXPECT_FALSE(filter.change(at(1160, false)));
    EXPECT_EQ(filter.deadline(), microseconds{1260});
}

TEST(NoiseFilterOfReports, OffPassesEverything)
{
    NoiseFilter filter;
    EXPECT_EQ(filter.change(at(1, true)), at(1, true));
    filter.set(Time{0}, microseconds{1000});
    EXPECT_EQ(filter.change(at(2, false)), at(2, false));
}

}  // namespace
