#include "boardd/toml_table.hpp"

#include "boardd/suggestion.hpp"

#include <algorithm>
#include <sstream>

namespace boardd {
namespace {

/// A value for a message: short, on one line, as it would stand in a file.
std::string shown(const toml::node& node)
{
    constexpr std::size_t longest = 60;
    if (node.is_table()) {
        return "{...}";
    }
    std::ostringstream text;
    if (const auto* string = node.as_string()) {
        text << '"';
        for (const char c : string->get()) {
            const auto code = static_cast<unsigned char>(c);
            text << (code < 0x20 || code == 0x7f ? '?' : c);
        }
        text << '"';
    } else if (const auto* array = node.as_array()) {
        text << '[';
        for (std::size_t i = 0; i < array->size(); ++i) {
            text << (i == 0 ? "" : ", ") << shown(*array->get(i));
        }
        text << ']';
    } else {
        node.visit([&text](const auto& value) {
            if constexpr (toml::is_value<decltype(value)>) {
                text << std::boolalpha << value.get();
            }
        });
    }
    std::string result = std::move(text).str();
    if (result.size() > longest) {
        result.resize(longest);
        result += "...";
    }
    return result;
}

/// "low", "high" or "input"
std::string one_of(std::span<const std::string_view> words)
{
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        text += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
        text += '"';
        text += words[i];
        text += '"';
    }
    return text;
}

}  // namespace

void ErrorList::add(const toml::source_region& where, std::string message)
{
    // Not sorted at the end: std::stable_sort of g++ 12 uses what is deprecated, says clang.
    const std::size_t line = where.begin.line;
    const auto behind = std::upper_bound(
        errors_.begin(), errors_.end(), line,
        [](std::size_t wanted, const ConfigError& error) { return wanted < error.line; });
    errors_.insert(behind, {file_, line, std::move(message)});
}

void TomlTable::allow(std::initializer_list<std::string_view> keys) const
{
    const std::vector<std::string_view> known{keys};
    for (const auto& [key, value] : *table_) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) {
            continue;
        }
        std::string message = value.is_table() ? "unknown table [" : "unknown key '";
        if (value.is_table()) {
            message += (path_.empty() ? "" : path_ + '.') + std::string{key.str()} + ']';
        } else {
            message += std::string{key.str()} + '\'';
            message += path_.empty() ? " outside of any table" : " in [" + path_ + ']';
        }
        const std::string_view meant = nearest(key.str(), known);
        if (!meant.empty()) {
            message += "; did you mean '" + std::string{meant} + "'?";
        } else {
            message += "; expected one of: ";
            for (std::size_t i = 0; i < known.size(); ++i) {
                message += (i == 0 ? "" : ", ") + std::string{known[i]};
            }
        }
        errors_->add(key.source(), std::move(message));
    }
}

std::optional<TomlTable> TomlTable::table(std::string_view key) const
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const toml::table* inner = node->as_table();
    if (inner == nullptr) {
        expected(key, *node, "a table, [" + std::string{key} + ']');
        return std::nullopt;
    }
    return TomlTable{*inner, (path_.empty() ? "" : path_ + '.') + std::string{key}, *errors_};
}

std::vector<std::pair<std::string, TomlTable>> TomlTable::tables() const
{
    std::vector<std::pair<std::string, TomlTable>> result;
    for (const auto& [key, value] : *table_) {
        if (std::optional<TomlTable> inner = table(key.str())) {
            result.emplace_back(key.str(), *inner);
        }
    }
    return result;
}

bool TomlTable::read(std::string_view key, bool& value) const
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return false;
    }
    const auto* boolean = node->as_boolean();
    if (boolean == nullptr) {
        expected(key, *node, "true or false");
        return false;
    }
    value = boolean->get();
    return true;
}

bool TomlTable::read(std::string_view key, std::string& value) const
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return false;
    }
    const auto* string = node->as_string();
    if (string == nullptr) {
        expected(key, *node, "a string, in quotes");
        return false;
    }
    value = string->get();
    return true;
}

bool TomlTable::read(std::string_view key, std::int64_t& value, std::int64_t least,
                     std::int64_t most) const
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return false;
    }
    const auto* integer = node->as_integer();
    if (integer == nullptr || integer->get() < least || integer->get() > most) {
        expected(key, *node,
                 "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return false;
    }
    value = integer->get();
    return true;
}

std::optional<std::vector<TomlTable::Item>> TomlTable::strings(std::string_view key,
                                                               std::string_view wanted) const
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
        expected(key, *node, wanted);
        return std::nullopt;
    }
    std::vector<Item> items;
    for (const toml::node& item : *array) {
        if (const auto* string = item.as_string()) {
            items.push_back({string->get(), &item});
        } else {
            expected(key, item, wanted);
        }
    }
    return items;
}

std::optional<std::size_t> TomlTable::choose(std::string_view key,
                                             std::span<const std::string_view> words) const
{
    const toml::node* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (const auto* string = node->as_string()) {
        const auto found = std::find(words.begin(), words.end(), string->get());
        if (found != words.end()) {
            return static_cast<std::size_t>(found - words.begin());
        }
    }
    expected(key, *node, one_of(words));
    return std::nullopt;
}

void TomlTable::expected(std::string_view key, const toml::node& value, std::string_view what) const
{
    errors_->add(value.source(), '\'' + std::string{key} + " = " + shown(value) + "': expected " +
                                     std::string{what});
}

void TomlTable::refuse(std::string_view key, std::string message) const
{
    const toml::node* node = find(key);
    errors_->add(node != nullptr ? node->source() : table_->source(), std::move(message));
}

void TomlTable::complain(std::string_view message) const
{
    errors_->add(table_->source(), '[' + path_ + "]: " + std::string{message});
}

}  // namespace boardd
