#pragma once

#include "net/buffer_share.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace asyncio::detail {

/// Bytes that arrive at one end and are taken from the other.
///
/// Taking costs no move of the rest, and an empty queue holds no memory worth mentioning.
class ByteQueue {
public:
    ByteQueue() = default;
    ByteQueue(const ByteQueue&) = delete;
    ByteQueue& operator=(const ByteQueue&) = delete;
    ~ByteQueue() { BufferShare::change(size(), 0); }

    [[nodiscard]] bool empty() const noexcept { return front_ == bytes_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - front_; }
    [[nodiscard]] std::string_view view() const noexcept
    {
        return std::string_view{bytes_}.substr(front_);
    }

    void append(std::span<const std::byte> bytes)
    {
        if (front_ >= bytes_.size() - front_) {
            bytes_.erase(0, front_);  // Moves less than was taken.
            front_ = 0;
        }
        bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        BufferShare::change(size() - bytes.size(), size());
    }

    /// Takes the first n bytes. Requires: there are so many.
    [[nodiscard]] std::string take(std::size_t n)
    {
        if (front_ == 0 && n == bytes_.size()) {
            BufferShare::change(n, 0);
            return std::exchange(bytes_, {});
        }
        std::string taken{view().substr(0, n)};
        drop(n);
        return taken;
    }

    void drop(std::size_t n) noexcept
    {
        BufferShare::change(size(), size() - n);
        front_ += n;
        if (empty()) {
            clear();
        }
    }

    void clear() noexcept
    {
        BufferShare::change(size(), 0);
        front_ = 0;
        bytes_.clear();
        if (bytes_.capacity() > kept) {
            std::string{}.swap(bytes_);
        }
    }

    /// Does it count for something in the budget of the process?
    [[nodiscard]] bool counts() const noexcept { return BufferShare::counts(size()); }

private:
    static constexpr std::size_t kept = 256;  // Capacity that an empty queue may keep.

    std::string bytes_;
    std::size_t front_ = 0;  // Bytes in front of this one were taken.
};

}  // namespace asyncio::detail
