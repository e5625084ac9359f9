#pragma once

#include "net/stream_state.hpp"

#include <asyncio/detail/task_companion.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace asyncio::detail {

class ServerState;

/// A connection that a server has accepted, and the companion of the task that handles it. The
/// server counts it until it is closed and its handler has ended.
///
/// The task needs no coroutine of the server's around the handler's own: what such a one would do
/// when the handler fails or ends is done here, for a few bytes.
class ServedStream final : public StreamState, public TaskCompanion {
public:
    ServedStream(ServerState& server, Socket socket, std::string peer, std::string self);
    ~ServedStream() override;

    /// The task that handles it, which holds the stream open until its end.
    void handled_by(TaskState& task) noexcept;
    /// Null: there is none.
    [[nodiscard]] TaskState* handler() const noexcept { return handler_; }
    /// "connection from 192.0.2.7:51734"
    [[nodiscard]] std::string task_name() const override;

private:
    friend class ServedStreams;

    void rename_task(std::string name) override;
    void task_ended(bool failed) noexcept override;
    void task_gone() noexcept override;
    void note_closed() noexcept override { leave_if_over(); }
    void leave_if_over() noexcept;
    void leave() noexcept;

    Ref<ServerState> server_;  // Null when it is not counted any more.
    TaskState* handler_ = nullptr;
    std::unique_ptr<std::string> name_;  // The task's, if it was given one.
    ServedStream* previous_ = nullptr;  // Links of the server's list.
    ServedStream* next_ = nullptr;
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
