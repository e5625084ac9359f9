// The text protocol, as a person with nc sees it.

#include "boardd/client.hpp"
#include "boardd/process.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace boardd_test {
namespace {

constexpr std::string_view pins = R"(
[pins.lamp]
line = 17
mode = "out"
on_start = "high"
[pins.button]
line = "GPIO4"
mode = "in"
pull = "up"
active_low = true
)";

/// An event without its time.
std::string without_time(const std::string& event) { return event.substr(0, event.rfind(' ')); }

TEST(Text, SetsReadsAndTogglesAPinByEachOfItsNames)
{
    ServingBoardd boardd{pins};
    Client client{boardd->text_port()};
    EXPECT_EQ(client.ask("GET lamp"), "OK 1");
    EXPECT_EQ(client.ask("SET lamp 0"), "OK 0");
    EXPECT_EQ(client.ask("get 17"), "OK 0");
    EXPECT_EQ(client.ask("Set GPIO17 1"), "OK 1");
    EXPECT_EQ(client.ask("TOGGLE lamp\r"), "OK 0");
    EXPECT_EQ(client.ask("GET lamp"), "OK 0");
    EXPECT_EQ(client.ask("MODE 22 out"), "OK out off");
    EXPECT_EQ(client.ask("MODE 22 in up"), "OK in up");
    EXPECT_EQ(client.ask("GET 22"), "OK 1");
    EXPECT_EQ(client.ask("MODE 22"), "OK in up");
}

TEST(Text, ListNamesEveryPinOnce)
{
    ServingBoardd boardd{pins};
    Client client{boardd->text_port()};
    const std::string head = client.ask("LIST");
    ASSERT_EQ(head.substr(0, 3), "OK ");
    const int count = std::stoi(head.substr(3));
    EXPECT_EQ(count, 54);
    std::string all;
    for (int i = 0; i < count; ++i) {
        const std::string line = client.line();
        EXPECT_EQ(line.substr(0, 4), "PIN ");
        all += line + '\n';
    }
    EXPECT_NE(all.find("PIN lamp line=GPIO17 at="), std::string::npos) << all;
    EXPECT_NE(all.find(" gpio=17 mode=out pull=off value=1\n"), std::string::npos) << all;
    EXPECT_NE(all.find("PIN button line=GPIO4"), std::string::npos) << all;
    EXPECT_NE(all.find(" gpio=4 mode=in pull=up value=0 active_low\n"), std::string::npos) << all;
    EXPECT_EQ(client.ask("PING"), "OK pong");
}

TEST(Text, AButtonPressedByHandIsSeenByTheWatcher)
{
    ServingBoardd boardd{pins};
    Client watcher{boardd->text_port()};
    Client hand{boardd->text_port()};
    EXPECT_EQ(watcher.ask("WATCH button lamp"), "OK 0 1");
    EXPECT_EQ(hand.ask("SIMULATE button 0"), "OK");
    EXPECT_EQ(without_time(watcher.line()), "EVENT button 1");
    EXPECT_EQ(hand.ask("SIMULATE button release"), "OK");
    EXPECT_EQ(without_time(watcher.line()), "EVENT button 0");
    EXPECT_EQ(hand.ask("SET lamp 0"), "OK 0");
    EXPECT_EQ(without_time(watcher.line()), "EVENT lamp 0");
    EXPECT_EQ(watcher.ask("UNWATCH button"), "OK");
    EXPECT_EQ(hand.ask("SIMULATE button 0"), "OK");
    EXPECT_EQ(hand.ask("SET lamp 1"), "OK 1");
    EXPECT_EQ(without_time(watcher.line()), "EVENT lamp 1");
    EXPECT_EQ(watcher.ask("UNWATCH"), "OK");
    EXPECT_EQ(hand.ask("SET lamp 0"), "OK 0");
    EXPECT_EQ(watcher.ask("GET lamp"), "OK 0");
}

TEST(Text, TheReplyToACommandComesBeforeTheEventsItCauses)
{
    ServingBoardd boardd{pins};
    Client client{boardd->text_port()};
    EXPECT_EQ(client.ask("WATCH lamp"), "OK 1");
    client.send("SET lamp 0\nSET lamp 1\nPING\n");
    std::string replies;
    std::string events;
    for (int i = 0; i < 5; ++i) {
        const std::string line = client.line();
        if (line[0] == 'E') {
            events += without_time(line) + ';';
            EXPECT_FALSE(replies.empty()) << "an event came before any reply";
        } else {
            replies += line + ';';
        }
    }
    EXPECT_EQ(replies, "OK 0;OK 1;OK pong;");
    EXPECT_EQ(events, "EVENT lamp 0;EVENT lamp 1;");
}

TEST(Text, UnknownPinsAndWrongWordsAreErrors)
{
    ServingBoardd boardd{pins};
    Client client{boardd->text_port()};
    EXPECT_EQ(client.ask("GET lump").substr(0, 21), "ERR 404 unknown_pin \"");
    EXPECT_EQ(client.ask("WATCH lamp lump").substr(0, 21), "ERR 404 unknown_pin \"");
    EXPECT_EQ(client.ask("BLINK").substr(0, 20), "ERR 400 bad_command ");
    EXPECT_EQ(client.ask("SET lamp x").substr(0, 21), "ERR 422 bad_argument ");
    EXPECT_EQ(client.ask("GET \xff\xfe").substr(0, 20), "ERR 400 bad_command ");
    EXPECT_EQ(client.ask("PING"), "OK pong");
}

TEST(Text, InfoAndHelpAreForPeople)
{
    ServingBoardd boardd{pins};
    Client client{boardd->text_port()};
    const std::string info = client.ask("INFO");
    EXPECT_EQ(info.substr(0, 11), "OK version=") << info;
    EXPECT_NE(info.find("board=\"simulated board"), std::string::npos) << info;
    EXPECT_NE(info.find("clients=1"), std::string::npos) << info;
    const int count = std::stoi(client.ask("HELP").substr(3));
    for (int i = 0; i < count; ++i) {
        EXPECT_EQ(client.line().substr(0, 5), "HELP ");
    }
}

TEST(Text, AtTheEndOfInputEverythingIsAnsweredFirst)
{
    ServingBoardd boardd{pins};
    Client client{boardd->text_port()};
    client.send("SET lamp 0\nGET lamp\nGET lamp");
    client.end_of_input();
    EXPECT_EQ(client.rest(), "OK 0\nOK 0\nOK 0\n");
}

TEST(Text, QuitEndsTheConnectionAndWhatFollowsIsIgnored)
{
    ServingBoardd boardd{pins};
    Client client{boardd->text_port()};
    client.send("quit\nSET lamp 0\n");
    EXPECT_EQ(client.rest(), "OK bye\n");
    Client another{boardd->text_port()};
    EXPECT_EQ(another.ask("GET lamp"), "OK 1");
}

TEST(Text, HostileBytesHurtNobody)
{
    ServingBoardd boardd{pins};
    Client honest{boardd->text_port()};
    {
        Client endless{boardd->text_port()};
        endless.send(std::string(1024 * 1024, 'x'));
        EXPECT_EQ(endless.line().substr(0, 22), "ERR 413 line_too_long ");
        EXPECT_EQ(endless.ask("\nPING"), "OK pong");
    }
    {
        std::string binary;
        for (int i = 0; i < 65536; ++i) {
            binary += static_cast<char>(i * 7 + i / 256);
        }
        Client noise{boardd->text_port()};
        noise.send(binary + '\n');
        noise.end_of_input();
        EXPECT_NE(noise.rest().find("ERR 400 bad_command"), std::string::npos);
    }
    EXPECT_EQ(honest.ask("GET lamp"), "OK 1");
    EXPECT_EQ(boardd->stop(), 0) << boardd->log();
}

TEST(Text, ASlowWatcherLosesEventsAndIsToldWhileOthersGoOn)
{
    // A Unix socket, since it holds much less than TCP.
    const TemporaryDirectory directory;
    ServingBoardd boardd{std::string{pins} + "[limits]\nbuffered_bytes = 4096\n",
                         {},
                         {"RUNTIME_DIRECTORY=" + directory.path()}};
    Client slow{directory.path() + "/boardd.sock"};
    Client quick{boardd->text_port()};
    EXPECT_EQ(slow.ask("WATCH lamp"), "OK 1");
    constexpr int batches = 400;
    constexpr int batch = 100;
    std::string toggles;
    for (int i = 0; i < batch; ++i) {
        toggles += "TOGGLE lamp\n";
    }
    for (int i = 0; i < batches; ++i) {
        quick.send(toggles);
        for (int j = 0; j < batch; ++j) {
            ASSERT_EQ(quick.line().substr(0, 3), "OK ");
        }
    }
    long seen = 0;
    long lost = 0;
    const std::string lost_words = "EVENT lost ";
    while (seen + lost < batches * batch) {
        const std::string line = slow.line();
        if (line.rfind(lost_words, 0) == 0) {
            lost += std::stol(line.substr(lost_words.size()));
        } else {
            ASSERT_EQ(line.rfind("EVENT lamp ", 0), 0U) << line;
            ++seen;
        }
    }
    EXPECT_GT(lost, 0);
    EXPECT_EQ(seen + lost, batches * batch);
    EXPECT_EQ(slow.ask("PING"), "OK pong");
}

TEST(Text, AnIdleClientIsClosedButNotOneThatWatches)
{
    ServingBoardd boardd{std::string{pins} + "[limits]\nidle_seconds = 1\n"};
    Client watcher{boardd->text_port()};
    EXPECT_EQ(watcher.ask("WATCH lamp"), "OK 1");
    Client idle{boardd->text_port()};
    EXPECT_EQ(idle.ask("PING"), "OK pong");
    EXPECT_EQ(idle.rest(), "ERR 408 idle \"no command for 1000 ms, closing\"\n");
    EXPECT_EQ(watcher.ask("PING"), "OK pong");
}

}  // namespace
}  // namespace boardd_test
