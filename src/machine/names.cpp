#include "machine/names.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace machine::detail {

std::string folded(std::string_view text)
{
    std::string result{text};
    for (char& letter : result) {
        if (letter >= 'A' && letter <= 'Z') {
            letter = static_cast<char>(letter - 'A' + 'a');
        }
    }
    return result;
}

int to_number(std::string_view text) noexcept
{
    int number = -1;
    const char* end = text.data() + text.size();
    if (text.empty() || text.size() > 6 || text.front() == '-') {
        return -1;
    }
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && rest == end ? number : -1;
}

std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::vector<std::string> nearest(std::string_view name, const std::vector<std::string>& names,
                                 std::size_t count)
{
    const std::string wanted = folded(name.substr(0, 64));
    std::vector<std::pair<std::size_t, std::size_t>> found;  // How far, and which.
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::size_t apart = distance(wanted, folded(names[i]));
        if (apart <= std::max<std::size_t>(2, wanted.size() / 2)) {
            found.emplace_back(apart, i);
        }
    }
    std::ranges::sort(found);
    std::vector<std::string> result;
    for (const auto& [apart, i] : found) {
        if (result.size() < count && std::ranges::find(result, names[i]) == result.end()) {
            result.push_back(names[i]);
        }
    }
    return result;
}

std::vector<std::string> near_numbers(std::string_view prefix, std::string_view number,
                                      unsigned end)
{
    std::vector<std::string> result;
    for (unsigned i = 0; i < end && number.size() > 1; ++i) {  // Else any digit would do.
        const std::string candidate = std::to_string(i);
        if (distance(number, candidate) == 1) {
            result.push_back(std::string{prefix} + candidate);
        }
    }
    return result;
}

std::string hint(std::vector<std::string> names)
{
    names.resize(std::min<std::size_t>(names.size(), 3));
    return names.empty() ? "" : "; did you mean " + either(names) + "?";
}

std::string either(const std::vector<std::string>& names)
{
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += i == 0 ? "'" : i + 1 == names.size() ? " or '" : ", '";
        text += names[i] + "'";
    }
    return text;
}

}  // namespace machine::detail
