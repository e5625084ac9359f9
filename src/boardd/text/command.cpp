#include "boardd/text/command.hpp"

#include "boardd/suggestion.hpp"
#include "boardd/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace boardd::text {
namespace {

using Words = std::vector<std::string>;
using Arguments = std::span<const std::string>;

/// What a verb takes, and how to make a command of it.
struct Verb {
    std::string_view name;
    std::string_view usage;  ///< Its arguments.
    std::string_view meaning;
    std::size_t least;
    std::size_t most;
    Command (*make)(Arguments);
};

constexpr std::size_t any_number = 4096;
constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string upper(std::string_view word)
{
    std::string result{word};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return result;
}

/// The index of a word in a list, in any case. Throws Refusal.
std::size_t one_of(std::string_view argument, std::span<const std::string_view> words)
{
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (upper(argument) == upper(words[i])) {
            return i;
        }
        list += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
        list += words[i];
    }
    throw Refusal{Code::bad_argument, '\'' + std::string{argument} + "': expected " + list};
}

Command make_set(Arguments arguments)
{
    constexpr std::array<std::string_view, 2> values{"0", "1"};
    return Set{arguments[0], one_of(arguments[1], values) == 1};
}

Command make_mode(Arguments arguments)
{
    constexpr std::array<std::string_view, 3> modes{"in", "out", "open_drain"};
    constexpr std::array mode_meanings{PinMode::in, PinMode::out, PinMode::open_drain};
    constexpr std::array<std::string_view, 3> pulls{"off", "up", "down"};
    constexpr std::array pull_meanings{PinPull::off, PinPull::up, PinPull::down};
    Mode mode{arguments[0], {}, {}};
    if (arguments.size() > 1) {
        mode.mode = mode_meanings[one_of(arguments[1], modes)];
    }
    if (arguments.size() > 2) {
        mode.pull = pull_meanings[one_of(arguments[2], pulls)];
    }
    return mode;
}

Command make_simulate(Arguments arguments)
{
    constexpr std::array<std::string_view, 3> levels{"0", "1", "release"};
    const std::size_t level = one_of(arguments[1], levels);
    return Simulate{arguments[0], level == 2 ? std::nullopt : std::optional{level == 1}};
}

const std::array<Verb, 12> verbs{{
    {"LIST", "", "all pins, a line each", 0, 0, [](Arguments) { return Command{List{}}; }},
    {"GET", "pin", "its value, 0 or 1", 1, 1, [](Arguments a) { return Command{Get{a[0]}}; }},
    {"SET", "pin 0|1", "makes it an output with this value", 2, 2, make_set},
    {"TOGGLE", "pin", "turns its value around", 1, 1,
     [](Arguments a) { return Command{Toggle{a[0]}}; }},
    {"MODE", "pin [in|out|open_drain [up|down|off]]", "its mode and pull", 1, 3, make_mode},
    {"WATCH", "pin...", "sends EVENT pin value timestamp_us at each change", 1, any_number,
     [](Arguments a) { return Command{Watch{{a.begin(), a.end()}}}; }},
    {"UNWATCH", "[pin...]", "sends no more of these, or none at all", 0, any_number,
     [](Arguments a) { return Command{Unwatch{{a.begin(), a.end()}}}; }},
    {"SIMULATE", "pin 0|1|release", "a hand on the wire of the simulated board", 2, 2,
     make_simulate},
    {"INFO", "", "about boardd and the board", 0, 0, [](Arguments) { return Command{Info{}}; }},
    {"PING", "", "answers OK pong", 0, 0, [](Arguments) { return Command{Ping{}}; }},
    {"HELP", "", "these lines", 0, 0, [](Arguments) { return Command{Help{}}; }},
    {"QUIT", "", "ends the connection", 0, 0, [](Arguments) { return Command{Quit{}}; }},
}};

/// Reads a word in quotes; `rest` begins behind the first quote and then behind the last.
std::string take_quoted(std::string_view& rest)
{
    std::string word;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return word;
        }
        if (rest[i] == '\\' && i + 1 < rest.size()) {
            ++i;
        }
        word += rest[i];
    }
    throw Refusal{Code::bad_command, "a quote is not closed"};
}

Words split(std::string_view line)
{
    Words words;
    while (true) {
        while (!line.empty() && is_space(line.front())) {
            line.remove_prefix(1);
        }
        if (line.empty()) {
            return words;
        }
        if (line.front() == '"') {
            line.remove_prefix(1);
            words.push_back(take_quoted(line));
            continue;
        }
        const std::size_t length = std::min(line.find_first_of(" \t"), line.size());
        words.emplace_back(line.substr(0, length));
        line.remove_prefix(length);
    }
}

void check_characters(std::string_view line)
{
    if (!is_utf8(line)) {
        throw Refusal{Code::bad_command, "the line is not UTF-8"};
    }
    const auto is_control = [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return (code < 0x20 && c != '\t') || code == 0x7f;
    };
    if (std::any_of(line.begin(), line.end(), is_control)) {
        throw Refusal{Code::bad_command, "the line contains control characters"};
    }
}

const Verb& find_verb(const std::string& word)
{
    const std::string name = upper(word);
    std::vector<std::string_view> names;
    for (const Verb& verb : verbs) {
        if (verb.name == name) {
            return verb;
        }
        names.push_back(verb.name);
    }
    constexpr std::size_t longest_shown = 32;
    const std::string_view meant = nearest(name, names);
    throw Refusal{Code::bad_command,
                  "unknown command" + (word.size() > longest_shown ? "" : " '" + word + '\'') +
                      "; " +
                      (meant.empty() ? "try HELP" : "did you mean " + std::string{meant} + '?')};
}

Command parse(std::string_view line)
{
    check_characters(line);
    const Words words = split(line);
    if (words.empty()) {
        return Nothing{};
    }
    const Verb& verb = find_verb(words.front());
    const Arguments arguments = Arguments{words}.subspan(1);
    if (arguments.size() < verb.least || arguments.size() > verb.most) {
        throw Refusal{Code::bad_command, "usage: " + std::string{verb.name} +
                                             (verb.usage.empty() ? "" : " ") +
                                             std::string{verb.usage}};
    }
    return verb.make(arguments);
}

}  // namespace

std::variant<Command, Refusal> parse_command(std::string_view line)
{
    try {
        return parse(line);
    } catch (const Refusal& refusal) {
        return refusal;
    }
}

const std::vector<std::string>& help_lines()
{
    static const std::vector<std::string> lines = [] {
        std::vector<std::string> result;
        for (const Verb& verb : verbs) {
            constexpr std::size_t column = 48;
            std::string line = std::string{verb.name} + ' ' + std::string{verb.usage};
            line.resize(std::max(column, line.size() + 1), ' ');
            result.push_back(line + std::string{verb.meaning});
        }
        return result;
    }();
    return lines;
}

}  // namespace boardd::text
