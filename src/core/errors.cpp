#include <asyncio/errors.hpp>

namespace asyncio::detail {

void throw_errno(int error, const std::string& what)
{
    // std::system_error appends ": <reason>" to the message.
    throw OSError{std::error_code{error, std::generic_category()}, "cannot " + what};
}

}  // namespace asyncio::detail
