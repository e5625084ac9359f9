#pragma once

#include <asyncio/loop.hpp>

#include <memory>

namespace asyncio::detail {

/// Makes `loop` this thread's loop (null: none yet) and gives the one that was.
std::unique_ptr<Loop> set_this_loop(std::unique_ptr<Loop> loop) noexcept;

}  // namespace asyncio::detail
