#include <asyncio/exception_group.hpp>

#include "core/describe.hpp"

#include <utility>

namespace asyncio {
namespace {

std::string listed(const std::string& message, const std::vector<std::exception_ptr>& exceptions)
{
    std::string text = message + " (" + std::to_string(exceptions.size()) +
                       (exceptions.size() == 1 ? " sub-exception)" : " sub-exceptions)");
    const char* separator = ": ";
    for (const std::exception_ptr& exception : exceptions) {
        text += separator + detail::describe(exception);
        separator = "; ";
    }
    return text;
}

}  // namespace

ExceptionGroup::ExceptionGroup(const std::string& message,
                               std::vector<std::exception_ptr> exceptions)
    : std::runtime_error{listed(message, exceptions)},
      exceptions_{std::make_shared<const std::vector<std::exception_ptr>>(std::move(exceptions))}
{
}

}  // namespace asyncio
