#include "core/describe.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <typeinfo>

namespace asyncio::detail {
namespace {

std::string name_of_current_exception()
{
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) {
        return "unknown exception";
    }
    int status = 0;
    char* name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    std::string text = status == 0 ? name : type->name();
    std::free(name);
    return text;
}

}  // namespace

std::string describe(const std::exception_ptr& exception)
{
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception& error) {
        return name_of_current_exception() + ": " + error.what();
    } catch (...) {
        return name_of_current_exception();
    }
}

std::string one_line(std::string_view text)
{
    std::string line;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            std::array<char, 5> escape{};
            (void)std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
            line += escape.data();
        } else {
            line += c;
        }
    }
    return line;
}

std::string in_seconds(Time duration)
{
    using namespace std::chrono_literals;
    const double seconds = std::chrono::duration<double>{duration}.count();
    const bool fine = duration > Time::zero() && duration < 1ms;
    std::array<char, 48> text{};
    const int length = std::snprintf(text.data(), text.size(), fine ? "%.6f s" : "%.3f s", seconds);
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string time_left(Time deadline, Time now)
{
    return deadline == Time::max() ? "for ever"
                                   : in_seconds(std::max(deadline - now, Time::zero())) + " left";
}

}  // namespace asyncio::detail
