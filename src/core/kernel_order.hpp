#pragma once

namespace asyncio::detail {

// What was done before an operation was handed to the kernel comes before what is done after
// another's completion, in another thread too: bytes that were sent and received order them. The
// thread sanitizer sees no system call in which that happens, so it is told here.

#if defined(__SANITIZE_THREAD__)
#define ASYNCIO_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ASYNCIO_THREAD_SANITIZER 1
#endif
#endif

#ifdef ASYNCIO_THREAD_SANITIZER

extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);

inline char kernel_order_mark = 0;
inline void handed_to_kernel() noexcept { __tsan_release(&kernel_order_mark); }
inline void taken_from_kernel() noexcept { __tsan_acquire(&kernel_order_mark); }

#else

inline void handed_to_kernel() noexcept {}
inline void taken_from_kernel() noexcept {}

#endif

}  // namespace asyncio::detail
