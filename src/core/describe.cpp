#include "core/describe.hpp"

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

}  // namespace asyncio::detail
