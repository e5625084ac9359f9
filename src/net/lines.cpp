#include <asyncio/lines.hpp>

#include <utility>

namespace asyncio {

Generator<std::string> lines(Stream stream)
{
    std::string line = co_await stream.readline();
    while (!line.empty()) {
        co_yield std::move(line);
        line = co_await stream.readline();
    }
}

}  // namespace asyncio
