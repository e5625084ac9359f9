#include "boardd/config.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace boardd {
namespace {

Config parse_good(std::string_view toml)
{
    const ParsedConfig parsed = parse_config(toml, "boardd.toml", Config::defaults(""));
    for (const ConfigError& error : parsed.errors) {
        ADD_FAILURE() << error.to_string();
    }
    return parsed.config;
}

std::vector<std::string> errors_of(std::string_view toml)
{
    std::vector<std::string> texts;
    for (const ConfigError& error : parse_config(toml, "b.toml", Config::defaults("")).errors) {
        texts.push_back(error.to_string());
    }
    return texts;
}

/// The only error of a text.
std::string error_of(std::string_view toml)
{
    const std::vector<std::string> errors = errors_of(toml);
    EXPECT_EQ(errors.size(), 1U) << toml;
    return errors.empty() ? "" : errors.front();
}

TEST(Config, WithoutAFileServesBothProtocolsOnLoopback)
{
    const Config config = Config::defaults("/run/boardd");
    EXPECT_EQ(config.pigpio_listen.tcp,
              (std::vector{Endpoint{"127.0.0.1", 8888}, Endpoint{"::1", 8888}}));
    EXPECT_EQ(config.text_listen.tcp, std::vector{(Endpoint{"127.0.0.1", 8880})});
    EXPECT_EQ(config.text_listen.unix_path, "/run/boardd/boardd.sock");
    EXPECT_EQ(Config::defaults("").text_listen.unix_path, "");
}

TEST(Config, AnEmptyFileChangesNothing)
{
    const Config config = parse_good("# nothing\n");
    EXPECT_EQ(config.text_listen, Config::defaults("").text_listen);
    EXPECT_TRUE(config.pins.empty());
}

TEST(Config, EveryKeyArrives)
{
    const Config config = parse_good(R"(
[listen.pigpio]
tcp = ["127.0.0.1:7777"]
unix = "/run/pigpio.sock"
[listen.text]
tcp = []
[board]
backend = "gpiod"
revision = 0xa22082
[pigpio]
sync_reports = false
pins = ["lamp", "GPIO4"]
[log]
level = "debug"
[limits]
connections = 7
connections_per_address = 3
line_length = 100
buffered_bytes = 5000
idle_seconds = 60
handshake_seconds = 3
[pins.lamp]
line = 17
mode = "out"
active_low = true
on_start = "high"
on_stop = "low"
[pins.door]
line = "GPIO4"
mode = "in"
pull = "up"
)");
    EXPECT_EQ(config.pigpio_listen.tcp, std::vector{(Endpoint{"127.0.0.1", 7777})});
    EXPECT_EQ(config.pigpio_listen.unix_path, "/run/pigpio.sock");
    EXPECT_TRUE(config.text_listen.tcp.empty());
    EXPECT_EQ(config.backend, BoardBackend::gpiod);
    EXPECT_EQ(config.revision, 0xa22082U);
    EXPECT_FALSE(config.pigpio.sync_reports);
    EXPECT_EQ(config.pigpio.pins, (std::vector<std::string>{"lamp", "GPIO4"}));
    EXPECT_EQ(config.log_level, LogLevel::debug);
    EXPECT_EQ(config.limits.connections, 7U);
    EXPECT_EQ(config.limits.connections_per_address, 3U);
    EXPECT_EQ(config.limits.line_length, 100U);
    EXPECT_EQ(config.limits.buffered_bytes, 5000U);
    EXPECT_EQ(config.limits.idle_ms, 60'000);
    EXPECT_EQ(config.limits.handshake_ms, 3'000);

    const PinConfig& lamp = config.pins.at("lamp");
    EXPECT_EQ(lamp.line, "17");
    EXPECT_EQ(lamp.mode, PinMode::out);
    EXPECT_TRUE(lamp.active_low);
    EXPECT_TRUE(lamp.on_start_high);
    EXPECT_EQ(lamp.on_stop, OnStop::low);
    EXPECT_EQ(lamp.line_number, 22U);
    const PinConfig& door = config.pins.at("door");
    EXPECT_EQ(door.line, "GPIO4");
    EXPECT_EQ(door.mode, PinMode::in);
    EXPECT_EQ(door.pull, PinPull::up);
}

TEST(Config, AnUnknownKeyIsAnErrorWithASuggestion)
{
    EXPECT_EQ(error_of("[pins.lamp]\nline = 17\nmod = \"out\"\n"),
              "b.toml:3: unknown key 'mod' in [pins.lamp]; did you mean 'mode'?");
    EXPECT_EQ(error_of("[pins.lamp]\nline = 17\ncolour = \"red\"\n"),
              "b.toml:3: unknown key 'colour' in [pins.lamp]; expected one of: line, mode, pull, "
              "active_low, on_start, on_stop");
    EXPECT_EQ(error_of("\n[pin.lamp]\nline = 17\n"),
              "b.toml:2: unknown table [pin]; did you mean 'pins'?");
    EXPECT_EQ(error_of("[listen.txt]\n"),
              "b.toml:1: unknown table [listen.txt]; did you mean 'text'?");
    EXPECT_EQ(error_of("level = \"debug\"\n").substr(0, 48),
              "b.toml:1: unknown key 'level' outside of any tab");
}

TEST(Config, AValueOfTheWrongTypeOrRangeIsQuoted)
{
    EXPECT_EQ(error_of("[limits]\nconnections = \"many\"\n"),
              "b.toml:2: 'connections = \"many\"': expected a whole number from 1 to 10000");
    EXPECT_EQ(error_of("[limits]\nconnections = 0\n"),
              "b.toml:2: 'connections = 0': expected a whole number from 1 to 10000");
    EXPECT_EQ(error_of("[limits]\nconnections = 1.5\n"),
              "b.toml:2: 'connections = 1.5': expected a whole number from 1 to 10000");
    EXPECT_EQ(error_of("[pigpio]\nsync_reports = 1\n"),
              "b.toml:2: 'sync_reports = 1': expected true or false");
    EXPECT_EQ(error_of("[pins.a]\nline = 1\nmode = \"output\"\n"),
              "b.toml:3: 'mode = \"output\"': expected \"in\", \"out\" or \"open_drain\"");
    EXPECT_EQ(
        error_of("[pins.a]\nline = -1\n"),
        "b.toml:2: 'line = -1': expected a number from 0 to 1023, or a line's name in quotes");
    EXPECT_EQ(error_of("log = \"debug\"\n"),
              "b.toml:1: 'log = \"debug\"': expected a table, [log]");
    EXPECT_EQ(error_of("[pigpio]\npins = [1]\n"),
              "b.toml:2: 'pins = 1': expected a list of pins, as in [\"lamp\", \"GPIO17\"]");
    EXPECT_EQ(error_of("[board]\nrevision = 0x1_0000_0000\n"),
              "b.toml:2: 'revision = 4294967296': expected a whole number from 0 to 4294967295");
}

TEST(Config, APinNeedsALineAndASensibleName)
{
    EXPECT_EQ(error_of("[pins.lamp]\nmode = \"out\"\n"),
              "b.toml:1: [pins.lamp]: expected the key 'line', as in line = 17 or "
              "line = \"GPIO17\"");
    const std::string sensible =
        "expected a name of at most 64 letters, digits, '_', '-' and '.', which is not a number";
    EXPECT_EQ(error_of("[pins.17]\nline = 17\n"), "b.toml:1: [pins.17]: " + sensible);
    EXPECT_EQ(error_of("[pins.\"a b\"]\nline = 17\n"), "b.toml:1: [pins.a b]: " + sensible);
}

TEST(Config, TwoPinsCannotHaveOneLineOrOneName)
{
    EXPECT_EQ(error_of("[pins.a]\nline = 17\n[pins.b]\nline = \"17\"\n"),
              "b.toml:4: 'line = \"17\"': expected a line that no other pin has");
    const std::string twice = error_of("[pins.a]\nline = 17\n[pins.a]\nline = 18\n");
    EXPECT_EQ(twice.substr(0, 10), "b.toml:3: ") << twice;
    EXPECT_NE(twice.find("pins.a"), std::string::npos) << twice;
}

TEST(Config, AKeyThatTheModeMakesPointlessIsAnError)
{
    EXPECT_EQ(error_of("[pins.a]\nline = 1\nmode = \"out\"\npull = \"up\"\n"),
              "b.toml:4: 'pull = \"up\"': expected mode = \"in\" or \"open_drain\" in the same "
              "table");
    EXPECT_EQ(error_of("[pins.a]\nline = 1\non_start = \"high\"\n"),
              "b.toml:3: 'on_start = \"high\"': expected mode = \"out\" or \"open_drain\" in the "
              "same table");
    // An output may also become one later, by a client.
    EXPECT_TRUE(errors_of("[pins.a]\nline = 1\non_stop = \"low\"\n").empty());
}

TEST(Config, AnAddressIsNumericAndHasAPort)
{
    for (const char* bad : {"8888", "localhost:8888", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                            "127.0.0.1:-1", "::1:8888", "[127.0.0.1]:8888", "[::1]", "", ":8888",
                            "127.0.0.1:8888 ", "127.0.0.1:+1", "[::1]8888"}) {
        EXPECT_EQ(error_of("[listen.text]\ntcp = [\"" + std::string{bad} + "\"]\n"),
                  "b.toml:2: 'tcp = \"" + std::string{bad} +
                      "\"': expected an address and a port, as in \"127.0.0.1:8888\" or "
                      "\"[::1]:8888\"");
    }
    EXPECT_EQ(error_of("[listen.text]\ntcp = \"127.0.0.1:8880\"\n"),
              "b.toml:2: 'tcp = \"127.0.0.1:8880\"': expected a list of addresses and ports, as in "
              "[\"127.0.0.1:8888\", \"[::1]:8888\"]");
}

TEST(Config, OnlyLoopbackIsServedWithoutTls)
{
    for (const char* open : {"0.0.0.0:8888", "192.0.2.7:8888", "[::]:8888", "[2001:db8::1]:8888",
                             "[::ffff:127.0.0.1]:8888"}) {
        const std::string error =
            error_of("[listen.pigpio]\ntcp = [\"" + std::string{open} + "\"]\n");
        EXPECT_NE(error.find("expected a loopback address, because whoever connects drives the "
                             "pins"),
                  std::string::npos)
            << error;
        EXPECT_NE(error.find("ssh -L 8888:localhost:8888 HOST"), std::string::npos) << error;
    }
    EXPECT_TRUE(errors_of("[listen.pigpio]\ntcp = [\"127.9.9.9:1\", \"[::1]:1\"]\n").empty());
}

TEST(Config, OneAddressCannotServeTwoProtocols)
{
    EXPECT_EQ(error_of("[listen.pigpio]\ntcp = [\"127.0.0.1:1\"]\n"
                       "[listen.text]\ntcp = [\"127.0.0.1:1\"]\n"),
              "b.toml:4: 'tcp = \"127.0.0.1:1\"': expected an address that is not listed twice");
    EXPECT_EQ(error_of("[listen.pigpio]\nunix = \"/run/b\"\n[listen.text]\nunix = \"/run/b\"\n"),
              "b.toml:4: 'unix = \"/run/b\"': expected a path that is not listed twice");
    EXPECT_TRUE(errors_of("[listen.pigpio]\ntcp = [\"127.0.0.1:0\", \"127.0.0.1:0\"]\n").empty());
}

TEST(Config, AUnixSocketHasAnAbsolutePathThatFits)
{
    const std::string path(108, 'x');
    for (const std::string& bad : {std::string{"boardd.sock"}, "/" + path}) {
        const std::string error = error_of("[listen.text]\nunix = \"" + bad + "\"\n");
        EXPECT_NE(error.find("expected an absolute path of at most 107 bytes"), std::string::npos);
    }
    const Config with_default = Config::defaults("/run/boardd");
    EXPECT_EQ(
        parse_config("[listen.text]\nunix = \"\"\n", "", with_default).config.text_listen.unix_path,
        "");
}

TEST(Config, AllErrorsAreCollectedInTheOrderOfTheFile)
{
    const std::vector<std::string> errors = errors_of("[limits]\n"
                                                      "connections = 0\n"
                                                      "lines = 4\n"
                                                      "[pins.b]\n"
                                                      "line = 1\n"
                                                      "pull = 3\n"
                                                      "[listen.text]\n"
                                                      "tcp = [\"1\",\n"
                                                      "       \"2\"]\n");
    ASSERT_EQ(errors.size(), 5U);
    const std::size_t lines[] = {2, 3, 6, 8, 9};
    for (std::size_t i = 0; i < errors.size(); ++i) {
        EXPECT_EQ(errors[i].rfind("b.toml:" + std::to_string(lines[i]) + ": ", 0), 0U) << errors[i];
    }
}

TEST(Config, ASyntaxErrorNamesItsLine)
{
    const std::string error = error_of("[limits]\nconnections = = 3\n");
    EXPECT_EQ(error.rfind("b.toml:2: ", 0), 0U) << error;
}

TEST(Config, HostileFilesAreOnlyErrors)
{
    for (const std::string& bad :
         {std::string("\0\0", 2), std::string("\xff\xfe"), std::string(100'000, '['),
          std::string("[pins.a]\nline = \"\\u0000\"\nmode = \"\x01\""), std::string("x"),
          std::string("pins = 3"), std::string("[[pins]]\nline = 3"),
          std::string("[pins]\nlamp = 3")}) {
        EXPECT_FALSE(errors_of(bad).empty()) << bad.substr(0, 40);
    }
}

TEST(Config, AFileThatCannotBeReadSaysWhy)
{
    try {
        (void)load_config("/nonexistent/boardd.toml", Config::defaults(""));
        FAIL() << "no exception";
    } catch (const ConfigUnreadable& error) {
        EXPECT_STREQ(error.what(),
                     "cannot read '/nonexistent/boardd.toml': No such file or directory");
    }
    EXPECT_THROW((void)load_config("/tmp", Config::defaults("")), ConfigUnreadable);
}

TEST(Endpoint, APeerCountsByItsAddressAndWithIpv6ByItsNetwork)
{
    EXPECT_EQ(origin_of("192.0.2.9:51734"), "192.0.2.9");
    EXPECT_EQ(origin_of("[2001:db8:0:1:a:b:c:d]:51734"), "2001:db8:0:1::/64");
    EXPECT_EQ(origin_of("[2001:db8:0:1::1]:1"), "2001:db8:0:1::/64");
    EXPECT_EQ(origin_of("[2001:db8:0:2::1]:1"), "2001:db8:0:2::/64");
    EXPECT_EQ(origin_of("[fe80::a:b%eth0]:1"), "fe80::/64%eth0");
    EXPECT_EQ(origin_of("[fe80::a:b%eth1]:1"), "fe80::/64%eth1");
    EXPECT_EQ(origin_of("[::1]:1"), "::/64");
}

TEST(Endpoint, IsShownAsItIsWritten)
{
    for (const char* text : {"127.0.0.1:8888", "[::1]:0", "[fe80::1]:65535", "0.0.0.0:1"}) {
        const std::optional<Endpoint> endpoint = parse_endpoint(text);
        ASSERT_TRUE(endpoint) << text;
        EXPECT_EQ(endpoint->to_string(), text);
    }
}

}  // namespace
}  // namespace boardd
