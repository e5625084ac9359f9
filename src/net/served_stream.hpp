#pragma once

#include "net/stream_state.hpp"

#include <asyncio/detail/task_state.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace asyncio::detail {

class ServerState;

/// A connection that a server has accepted. The server counts it until it is closed and its
/// handler has ended.
class ServedStream final : public StreamState {
public:
    class Handling;

    ServedStream(ServerState& server, Socket socket, std::string peer, std::string self);
    ~ServedStream() override;

    /// The task that handles it, from now on until its Handling ends.
    void handled_by(TaskState& task) noexcept { handler_ = &task; }
    /// Null: there is none.
    [[nodiscard]] TaskState* handler() const noexcept { return handler_; }

private:
    friend class ServedStreams;

    void note_closed() noexcept override { leave_if_over(); }
    void handler_ended() noexcept;
    void leave_if_over() noexcept;
    void leave() noexcept;

    Ref<ServerState> server_;  // Null when it is not counted any more.
    TaskState* handler_ = nullptr;
    ServedStream* previous_ = nullptr;  // Links of the server's list.
    ServedStream* next_ = nullptr;
};

/// What the task of a connection has while it lives: the stream.
class ServedStream::Handling {
public:
    explicit Handling(Stream stream) noexcept : stream_{std::move(stream)} {}
    Handling(Handling&&) noexcept = default;
    Handling& operator=(Handling&&) = delete;
    ~Handling()
    {
        if (stream_) {
            static_cast<ServedStream&>(stream_.state()).handler_ended();
        }
    }

    [[nodiscard]] const Stream& stream() const noexcept { return stream_; }

private:
    Stream stream_;
};

/// The connections of a server, in the order in which they came.
class ServedStreams {
public:
    void add(ServedStream& stream) noexcept;
    void remove(ServedStream& stream) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::vector<Ref<ServedStream>> all() const;

private:
    ServedStream* first_ = nullptr;
    ServedStream* last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace asyncio::detail
