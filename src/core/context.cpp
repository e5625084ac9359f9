#include <asyncio/detail/context.hpp>

namespace asyncio::detail {

constinit thread_local Context context;

}  // namespace asyncio::detail
