#pragma once

#include "net/stream_output.hpp"
#include "tls/handles.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace asyncio::detail {

/// What OpenSSL takes for the network: reads come from the bytes that have arrived, writes go to
/// the bytes that will be sent. Both are the stream's; nothing is copied on the way.
///
/// With SSL_OP_ENABLE_KTLS OpenSSL offers the keys for sending, as to a socket of its own, and from
/// then on writes plain text if they are taken.
class Wire {
public:
    class Use;

    Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// A BIO for reading and writing, which refers to this. Throws std::bad_alloc.
    [[nodiscard]] BioHandle make_bio();

    /// Where the bytes that will be sent go on to.
    void attach(StreamOutput& output) noexcept { output_ = &output; }

    /// Does the kernel encrypt what is sent?
    [[nodiscard]] bool kernel_sends() const noexcept { return kernel_sends_; }
    /// Did OpenSSL want to tell the peer of new keys, which the kernel would not have?
    [[nodiscard]] bool new_keys_refused() const noexcept { return new_keys_refused_; }

    /// Is all that has arrived taken?
    [[nodiscard]] bool is_read() const noexcept { return arrived_.empty(); }
    [[nodiscard]] bool out_of_memory() const noexcept { return out_of_memory_; }

private:
    bool offer_keys(const void* keys) noexcept;
    bool write_record(long type, std::span<const std::byte> text) noexcept;

    static const BIO_METHOD* method();
    static Wire& of(BIO* bio) noexcept;
    static int read(BIO* bio, char* data, std::size_t length, std::size_t* count) noexcept;
    static int write(BIO* bio, const char* data, std::size_t length, std::size_t* count) noexcept;
    static long control(BIO* bio, int command, long number, void* pointer) noexcept;

    std::span<const std::byte> arrived_;
    std::string* sent_ = nullptr;
    StreamOutput* output_ = nullptr;
    long record_type_ = 0;  // Of what is written next, if it is no data of the program's.
    bool kernel_sends_ = false;
    bool new_keys_refused_ = false;
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
