#pragma once

#include "boardd/config.hpp"

#include <toml++/toml.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boardd {

/// What is wrong with a file, collected while it is read.
class ErrorList {
public:
    explicit ErrorList(std::string file) : file_{std::move(file)} {}

    void add(const toml::source_region& where, std::string message);

    /// The errors in the order of the file.
    [[nodiscard]] std::vector<ConfigError> take() noexcept { return std::move(errors_); }

private:
    std::string file_;
    std::vector<ConfigError> errors_;
};

/// One table of a TOML file, read with checks: whatever is not as expected becomes an error of the
/// list, and the value in the configuration stays as it was.
class TomlTable {
public:
    /// `path` is the table's name for messages: "pins.lamp", or "" for the file itself.
    TomlTable(const toml::table& table, std::string path, ErrorList& errors)
        : table_{&table}, path_{std::move(path)}, errors_{&errors}
    {
    }

    /// Complains about every key that is not among these.
    void allow(std::initializer_list<std::string_view> keys) const;

    /// The table [path.key]; none if it is absent or no table.
    [[nodiscard]] std::optional<TomlTable> table(std::string_view key) const;

    /// All tables in this one, with their names.
    [[nodiscard]] std::vector<std::pair<std::string, TomlTable>> tables() const;

    /// Each of these returns true if the key is there and its value was stored.
    bool read(std::string_view key, bool& value) const;
    bool read(std::string_view key, std::string& value) const;
    bool read(std::string_view key, std::int64_t& value, std::int64_t least,
              std::int64_t most) const;

    /// An array of strings, each with the place where it stands.
    struct Item {
        std::string text;
        const toml::node* node;
    };
    [[nodiscard]] std::optional<std::vector<Item>> strings(std::string_view key,
                                                           std::string_view expected) const;

    /// One of several words, each with its meaning.
    template <typename T>
    struct Choice {
        std::string_view word;
        T meaning;
    };
    template <typename T>
    bool read(std::string_view key, T& value, std::initializer_list<Choice<T>> choices) const
    {
        std::vector<std::string_view> words;
        for (const Choice<T>& choice : choices) {
            words.push_back(choice.word);
        }
        const std::optional<std::size_t> chosen = choose(key, words);
        if (!chosen) {
            return false;
        }
        value = (choices.begin() + *chosen)->meaning;
        return true;
    }

    /// The value of the key as it is, or null.
    [[nodiscard]] const toml::node* find(std::string_view key) const { return table_->get(key); }

    /// Adds "'key = value': expected ...", at the value's line.
    void expected(std::string_view key, const toml::node& value, std::string_view what) const;

    /// Adds a message, at the line of the key's value, or the table's if it is not there.
    void refuse(std::string_view key, std::string message) const;

    /// Adds "[path]: message", at the table's line.
    void complain(std::string_view message) const;

    [[nodiscard]] std::size_t line_number() const { return table_->source().begin.line; }

private:
    [[nodiscard]] std::optional<std::size_t> choose(std::string_view key,
                                                    std::span<const std::string_view> words) const;

    const toml::table* table_;
    std::string path_;
    ErrorList* errors_;
};

}  // namespace boardd
