#include "core/places.hpp"

#include <algorithm>
#include <array>

namespace asyncio::debug {
namespace {

/// What begins with '(' and is no parameter list.
constexpr std::array<std::string_view, 3> names_in_parentheses{"(anonymous namespace)",
                                                               "(anonymous class)", "(lambda"};

/// Where the parameters begin: the first '(' outside of <> that is no part of the name.
std::size_t end_of_name(std::string_view signature) noexcept
{
    int depth = 0;
    for (std::size_t i = 0; i < signature.size(); ++i) {
        const std::string_view rest = signature.substr(i);
        if (depth == 0 && rest.starts_with("operator")) {
            const std::size_t symbol = i + std::string_view{"operator"}.size();
            const std::size_t end =
                signature.find('(', symbol + (signature.substr(symbol).starts_with("()") ? 2 : 0));
            return std::min(end, signature.size());
        }
        if (rest.front() == '<') {
            ++depth;
        } else if (rest.front() == '>' && depth > 0) {
            --depth;
        } else if (rest.front() == '(' && depth == 0) {
            const bool is_name =
                std::any_of(names_in_parentheses.begin(), names_in_parentheses.end(),
                            [rest](std::string_view name) { return rest.starts_with(name); });
            if (!is_name) {
                return i;
            }
            i = std::min(signature.find(')', i), signature.size() - 1);
        }
    }
    return signature.size();
}

}  // namespace

std::string_view function_name(std::string_view signature) noexcept
{
    // Without the parameters: "asyncio::Coroutine<> lamps::blink". The name is behind the last
    // space that is outside of brackets.
    std::string_view name = signature.substr(0, end_of_name(signature));
    int depth = 0;
    for (std::size_t i = std::min(name.rfind("operator"), name.size()); i-- > 0;) {
        const char c = name[i];
        if (c == '>' || c == ')') {
            ++depth;
        } else if (c == '<' || c == '(') {
            --depth;
        } else if (c == ' ' && depth == 0) {
            return name.substr(i + 1);
        }
    }
    return name;
}

Place place_of(const std::source_location& where)
{
    return {std::string{function_name(where.function_name())}, where.file_name(), where.line()};
}

}  // namespace asyncio::debug
