#pragma once

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace asyncio::test {

/// The number that the next file of this process gets.
inline int next_descriptor()
{
    const int next = ::eventfd(0, EFD_CLOEXEC);
    ::close(next);
    return next;
}

/// For the scope, the descriptor of somebody else is as good as closed: what O_PATH opens can be
/// neither read nor polled, and keeps the number from being used again. Or the number is used
/// again, for another file.
class Closed {
public:
    explicit Closed(int descriptor, const char* file = "/", int flags = O_PATH)
        : descriptor_{descriptor}, kept_{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)}
    {
        const int nothing = ::open(file, flags | O_CLOEXEC);
        ::dup3(nothing, descriptor, O_CLOEXEC);
        ::close(nothing);
    }
    Closed(const Closed&) = delete;
    Closed& operator=(const Closed&) = delete;
    ~Closed()
    {
        ::dup3(kept_, descriptor_, O_CLOEXEC);
        ::close(kept_);
    }
    /// The same file by another number.
    [[nodiscard]] int kept() const noexcept { return kept_; }

private:
    int descriptor_;
    int kept_;
};

}  // namespace asyncio::test
