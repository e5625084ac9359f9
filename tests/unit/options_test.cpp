#include "boardd/options.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace boardd {
namespace {

std::variant<Options, Answer> parse(std::initializer_list<const char*> arguments)
{
    std::vector<const char*> words{"boardd"};
    words.insert(words.end(), arguments);
    return parse_options(words);
}

Options good(std::initializer_list<const char*> arguments)
{
    const auto parsed = parse(arguments);
    if (const auto* answer = std::get_if<Answer>(&parsed)) {
        ADD_FAILURE() << answer->text;
        return {};
    }
    return std::get<Options>(parsed);
}

/// The complaint, which must be one line and mean EX_USAGE.
std::string complaint(std::initializer_list<const char*> arguments)
{
    const auto parsed = parse(arguments);
    const auto* answer = std::get_if<Answer>(&parsed);
    if (answer == nullptr) {
        ADD_FAILURE() << "accepted";
        return {};
    }
    EXPECT_EQ(answer->exit_code, 64);
    EXPECT_EQ(answer->text.find('\n'), answer->text.size() - 1) << answer->text;
    return answer->text;
}

TEST(Options, WithoutAnyEverythingIsLeftToTheConfiguration)
{
    const Options options = good({});
    Config config = Config::defaults("");
    options.apply_to(config);
    EXPECT_EQ(config.pigpio_listen, Config::defaults("").pigpio_listen);
    EXPECT_FALSE(options.config_file);
    EXPECT_FALSE(options.check_config);
}

TEST(Options, EachOneArrives)
{
    const Options options =
        good({"--config", "/tmp/b.toml", "--backend", "simulated", "--pigpio-port", "0",
              "--text-port=9", "--log-level", "debug", "--check-config"});
    EXPECT_EQ(options.config_file, "/tmp/b.toml");
    EXPECT_TRUE(options.check_config);
    Config config = Config::defaults("");
    options.apply_to(config);
    EXPECT_EQ(config.backend, BoardBackend::simulated);
    EXPECT_EQ(config.pigpio_listen.tcp,
              (std::vector{Endpoint{"127.0.0.1", 0}, Endpoint{"::1", 0}}));
    EXPECT_EQ(config.text_listen.tcp, std::vector{(Endpoint{"127.0.0.1", 9})});
    EXPECT_EQ(config.log_level, LogLevel::debug);
}

TEST(Options, AnUnknownOneIsNamedWithASuggestion)
{
    EXPECT_EQ(complaint({"--port", "99999"}),
              "boardd: unknown option '--port'; did you mean '--pigpio-port' or '--text-port'?\n");
    EXPECT_EQ(complaint({"--conifg=x"}),
              "boardd: unknown option '--conifg'; did you mean '--config'?\n");
    EXPECT_EQ(complaint({"-z"}), "boardd: unknown option '-z'; see 'boardd --help'\n");
    EXPECT_EQ(complaint({"serve"}), "boardd: unexpected argument 'serve'; see 'boardd --help'\n");
}

TEST(Options, APortIsANumberThatFits)
{
    for (const char* bad : {"65536", "99999", "-1", "http", "80x", "1.5", "99999999999999999999"}) {
        EXPECT_EQ(complaint({"--pigpio-port", bad}),
                  "boardd: '--pigpio-port " + std::string{bad} +
                      "': expected a port from 0 to 65535; see 'boardd --help'\n");
    }
    EXPECT_EQ(good({"--text-port", "65535"}).text_port, 65535);
}

TEST(Options, AChoiceIsOneOfItsWords)
{
    EXPECT_EQ(complaint({"--backend", "real"}),
              "boardd: '--backend real': expected auto, simulated or gpiod; see 'boardd --help'\n");
    EXPECT_EQ(complaint({"--log-level", "loud"}),
              "boardd: '--log-level loud': expected debug, info, warning or error; "
              "see 'boardd --help'\n");
}

TEST(Options, AMissingOrDoubledValueIsAComplaint)
{
    EXPECT_NE(complaint({"--config"}).find("--config"), std::string::npos);
    EXPECT_NE(complaint({"--text-port", "1", "--text-port", "2"}).find("--text-port"),
              std::string::npos);
}

TEST(Options, HelpAndVersionAreAnswers)
{
    const auto help = parse({"--help"});
    ASSERT_TRUE(std::holds_alternative<Answer>(help));
    EXPECT_EQ(std::get<Answer>(help).exit_code, 0);
    for (const char* name : {"--config", "--backend", "--pigpio-port", "--text-port",
                             "--check-config", "--log-level", "--version", "78"}) {
        EXPECT_NE(std::get<Answer>(help).text.find(name), std::string::npos) << name;
    }
    const auto version = parse({"--version"});
    ASSERT_TRUE(std::holds_alternative<Answer>(version));
    EXPECT_EQ(std::get<Answer>(version).exit_code, 0);
    EXPECT_EQ(std::get<Answer>(version).text.substr(0, 7), "boardd ");
}

}  // namespace
}  // namespace boardd
