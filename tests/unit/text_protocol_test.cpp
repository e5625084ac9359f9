#include "boardd/text/command.hpp"
#include "boardd/text/event_queue.hpp"
#include "boardd/text/line_splitter.hpp"
#include "boardd/text/reply.hpp"
#include "boardd/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace boardd::text {
namespace {

template <typename T>
T parsed_as(std::string_view line)
{
    const auto parsed = parse_command(line);
    if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
        ADD_FAILURE() << line << ": " << refusal->text;
        return {};
    }
    const auto& command = std::get<Command>(parsed);
    EXPECT_TRUE(std::holds_alternative<T>(command)) << line;
    return std::holds_alternative<T>(command) ? std::get<T>(command) : T{};
}

/// The reply to a line that is no command.
std::string refusal_of(std::string_view line)
{
    const auto parsed = parse_command(line);
    const auto* refusal = std::get_if<Refusal>(&parsed);
    return refusal == nullptr ? "accepted" : err(refusal->code, refusal->text);
}

TEST(TextCommand, EachVerbHasItsArguments)
{
    parsed_as<List>("LIST");
    parsed_as<Info>("INFO");
    parsed_as<Ping>("PING");
    parsed_as<Help>("HELP");
    parsed_as<Quit>("QUIT");
    EXPECT_EQ(parsed_as<Get>("GET lamp").pin, "lamp");
    EXPECT_TRUE(parsed_as<Set>("SET lamp 1").value);
    EXPECT_FALSE(parsed_as<Set>("SET lamp 0").value);
    EXPECT_EQ(parsed_as<Toggle>("TOGGLE 17").pin, "17");
    EXPECT_EQ(parsed_as<Mode>("MODE a").mode, std::nullopt);
    EXPECT_EQ(parsed_as<Mode>("MODE a out").mode, PinMode::out);
    EXPECT_EQ(parsed_as<Mode>("MODE a open_drain up").pull, PinPull::up);
    EXPECT_EQ(parsed_as<Mode>("MODE a in down").pull, PinPull::down);
    EXPECT_EQ(parsed_as<Mode>("MODE a in off").pull, PinPull::off);
    EXPECT_EQ(parsed_as<Watch>("WATCH a b").pins, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(parsed_as<Unwatch>("UNWATCH").pins.empty());
    EXPECT_EQ(parsed_as<Simulate>("SIMULATE a 1").level, true);
    EXPECT_EQ(parsed_as<Simulate>("SIMULATE a release").level, std::nullopt);
}

TEST(TextCommand, CaseAndSpacesDoNotMatterButNamesStayAsTheyAre)
{
    EXPECT_EQ(parsed_as<Get>("  get \t Lamp  ").pin, "Lamp");
    EXPECT_EQ(parsed_as<Mode>("mode a OUT").mode, PinMode::out);
    EXPECT_EQ(parsed_as<Simulate>("Simulate a Release").level, std::nullopt);
    parsed_as<Nothing>("");
    parsed_as<Nothing>(" \t ");
}

TEST(TextCommand, ANameInQuotesMayHaveSpacesAndQuotes)
{
    EXPECT_EQ(parsed_as<Get>("GET \"front door\"").pin, "front door");
    EXPECT_EQ(parsed_as<Get>(R"(GET "a \"b\" \\ c")").pin, R"(a "b" \ c)");
    EXPECT_EQ(parsed_as<Get>("GET \"\"").pin, "");
    EXPECT_EQ(parsed_as<Get>("GET t\xc3\xbcr").pin, "t\xc3\xbcr");
    EXPECT_EQ(refusal_of("GET \"front"), "ERR 400 bad_command \"a quote is not closed\"\n");
}

TEST(TextCommand, AWrongOneIsRefusedWithTheCure)
{
    EXPECT_EQ(refusal_of("LSIT"),
              "ERR 400 bad_command \"unknown command 'LSIT'; did you mean LIST?\"\n");
    EXPECT_EQ(refusal_of("frobnicate"),
              "ERR 400 bad_command \"unknown command 'frobnicate'; try HELP\"\n");
    EXPECT_EQ(refusal_of("SET lamp"), "ERR 400 bad_command \"usage: SET pin 0|1\"\n");
    EXPECT_EQ(refusal_of("PING 1"), "ERR 400 bad_command \"usage: PING\"\n");
    EXPECT_EQ(refusal_of("SET lamp 2"), "ERR 422 bad_argument \"'2': expected 0 or 1\"\n");
    EXPECT_EQ(refusal_of("MODE lamp off"),
              "ERR 422 bad_argument \"'off': expected in, out or open_drain\"\n");
    EXPECT_EQ(refusal_of("SET lamp 01"), "ERR 422 bad_argument \"'01': expected 0 or 1\"\n");
}

TEST(TextCommand, WhatIsNoTextIsRefused)
{
    EXPECT_EQ(refusal_of("GET \xff"), "ERR 400 bad_command \"the line is not UTF-8\"\n");
    EXPECT_EQ(refusal_of(std::string_view{"GET \0", 5}),
              "ERR 400 bad_command \"the line contains control characters\"\n");
    EXPECT_EQ(refusal_of("GET \x1b[31m"),
              "ERR 400 bad_command \"the line contains control characters\"\n");
}

TEST(TextReply, IsAlwaysOneLine)
{
    EXPECT_EQ(ok(), "OK\n");
    EXPECT_EQ(ok("1"), "OK 1\n");
    EXPECT_EQ(err(Code::unknown_pin, "no \"x\"\r\n\xff"),
              "ERR 404 unknown_pin \"no \\\"x\\\"\\r\\n\\xff\"\n");
    EXPECT_EQ(word("GPIO17"), "GPIO17");
    EXPECT_EQ(word("front door"), "\"front door\"");
    EXPECT_EQ(word(""), "\"\"");
}

TEST(Utf8, KnowsWhatIsValid)
{
    for (const char* good : {"", "a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x92\xa1",
                             "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
    }
    for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "a\xc3z"}) {
        EXPECT_FALSE(is_utf8(bad)) << escaped(bad);
    }
}

TEST(Utf8, EscapesWhatATerminalWouldObey)
{
    EXPECT_EQ(escaped("a\xc3\xbc\n\t\r\\\x1b\x7f\xff\xc2\x9b"),
              "a\xc3\xbc\\n\\t\\r\\\\\\x1b\\x7f\\xff\\xc2\\x9b");
}

/// All lines that are complete now; too long ones as "!".
std::vector<std::string> lines_of(LineSplitter& splitter)
{
    std::vector<std::string> lines;
    while (const auto line = splitter.next()) {
        lines.push_back(line->too_long ? "!" : line->text);
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(LineSplitter, CutsAtLfAndCrLf)
{
    LineSplitter splitter{10};
    splitter.push("a\r\nb\n\nc");
    EXPECT_EQ(lines_of(splitter), (Lines{"a", "b", ""}));
    splitter.push("d\r");
    EXPECT_EQ(lines_of(splitter), Lines{});
    splitter.push("\ne");
    EXPECT_EQ(lines_of(splitter), Lines{"cd"});
    splitter.finish();
    EXPECT_EQ(lines_of(splitter), Lines{"e"});
    EXPECT_EQ(lines_of(splitter), Lines{});
}

TEST(LineSplitter, GivesTheSameLinesHoweverTheBytesArrive)
{
    const std::string bytes =
        "PING\r\nGET lamp\n0123456789\r\n01234567890\nxxxxxxxxxxxxxxxxxx\nend";
    const Lines expected{"PING", "GET lamp", "0123456789", "!", "!", "end"};
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        LineSplitter splitter{10};
        Lines lines;
        for (std::size_t i = 0; i < bytes.size(); i += step) {
            splitter.push(std::string_view{bytes}.substr(i, step));
            for (std::string& line : lines_of(splitter)) {
                lines.push_back(std::move(line));
            }
        }
        splitter.finish();
        for (std::string& line : lines_of(splitter)) {
            lines.push_back(std::move(line));
        }
        EXPECT_EQ(lines, expected) << "in steps of " << step;
    }
}

TEST(LineSplitter, ALineThatNeverEndsIsReportedOnceAndHoldsNoMemory)
{
    LineSplitter splitter{100};
    Lines lines;
    for (int i = 0; i < 1000; ++i) {
        splitter.push(std::string(1000, 'x'));
        for (std::string& line : lines_of(splitter)) {
            lines.push_back(std::move(line));
        }
    }
    EXPECT_EQ(lines, Lines{"!"});
    splitter.push("xxx\nPING\n");
    EXPECT_EQ(lines_of(splitter), Lines{"PING"});
}

TEST(EventQueue, CountsWhatDoesNotFit)
{
    EventQueue queue{10};
    EXPECT_TRUE(queue.empty());
    queue.push("12345\n");
    queue.push("67890\n");
    queue.push("x\n");  // It would fit, but then the client would not know where the gap is.
    EXPECT_EQ(queue.take(), "12345\nEVENT lost 2\n");
    EXPECT_TRUE(queue.empty());
    queue.push("x\n");
    EXPECT_EQ(queue.take(), "x\n");
}

}  // namespace
}  // namespace boardd::text
