#pragma once

#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace asyncio {

/// Several exceptions at once; all of them are kept.
///
/// what() is "<message> (2 sub-exceptions): std::runtime_error: no lamp; asyncio::OSError: ...".
/// Source: Python's ExceptionGroup.
class ExceptionGroup : public std::runtime_error {
public:
    ExceptionGroup(const std::string& message, std::vector<std::exception_ptr> exceptions);

    [[nodiscard]] std::span<const std::exception_ptr> exceptions() const noexcept
    {
        return *exceptions_;
    }

private:
    std::shared_ptr<const std::vector<std::exception_ptr>> exceptions_;
};

}  // namespace asyncio
