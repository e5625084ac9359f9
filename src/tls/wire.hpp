#pragma once

#include "tls/handles.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace asyncio::detail {

/// What OpenSSL takes for the network: reads come from the bytes that have arrived, writes go to
/// the bytes that will be sent. Both are the stream's; nothing is copied on the way.
class Wire {
public:
    class Use;

    Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// A BIO for reading and writing, which refers to this. Throws std::bad_alloc.
    [[nodiscard]] BioHandle make_bio();

    /// Is all that has arrived taken?
    [[nodiscard]] bool is_read() const noexcept { return arrived_.empty(); }
    [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }

private:
    static const BIO_METHOD* method();
    static Wire& of(BIO* bio) noexcept;
    static int read(BIO* bio, char* data, std::size_t length, std::size_t* count) noexcept;
    static int write(BIO* bio, const char* data, std::size_t length, std::size_t* count) noexcept;
    static long control(BIO* bio, int command, long number, void* pointer) noexcept;

    std::span<const std::byte> arrived_;
    std::string* sent_ = nullptr;
    bool out_of_memory_ = false;
};

/// While it lives, the wire has these bytes at its ends.
class Wire::Use {
public:
    Use(Wire& wire, std::span<const std::byte> arrived, std::string& sent) noexcept : wire_{wire}
    {
        wire.arrived_ = arrived;
        wire.sent_ = &sent;
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use()
    {
        wire_.arrived_ = {};
        wire_.sent_ = nullptr;
    }

private:
    Wire& wire_;
};

}  // namespace asyncio::detail
