#include "net/served_stream.hpp"

#include "net/server_state.hpp"

namespace asyncio::detail {

ServedStream::ServedStream(ServerState& server, Socket socket, std::string peer, std::string self)
    : StreamState{std::move(socket), std::move(peer), std::move(self)}, server_{&server}
{
    server.clients().add(*this);
}

ServedStream::~ServedStream() { leave(); }

void ServedStream::handled_by(TaskState& task) noexcept
{
    handler_ = &task;
    attach();
    retain();
    task.accompany(*this);
}

std::string ServedStream::task_name() const
{
    return name_ != nullptr ? *name_ : "connection from " + name();
}

void ServedStream::rename_task(std::string name)
{
    name_ = std::make_unique<std::string>(std::move(name));
}

void ServedStream::task_ended(bool failed) noexcept
{
    const Ref<ServedStream> kept{this};
    const Ref<ServerState> server{server_};
    handler_ = nullptr;
    if (failed) {
        close();
    }
    detach();
    leave_if_over();
    server->handler_ended();
}

void ServedStream::task_gone() noexcept
{
    if (handler_ != nullptr) {
        task_ended(true);  // No loop took the task.
    }
    release();
}

void ServedStream::leave_if_over() noexcept
{
    if (has_closed() && handler_ == nullptr) {
        leave();
    }
}

void ServedStream::leave() noexcept
{
    if (const Ref<ServerState> server = std::exchange(server_, {})) {
        server->clients().remove(*this);
        server->client_left();
    }
}

void ServedStreams::add(ServedStream& stream) noexcept
{
    stream.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &stream;
    last_ = &stream;
    ++size_;
}

void ServedStreams::remove(ServedStream& stream) noexcept
{
    (stream.previous_ != nullptr ? stream.previous_->next_ : first_) = stream.next_;
    (stream.next_ != nullptr ? stream.next_->previous_ : last_) = stream.previous_;
    --size_;
}

std::vector<Ref<ServedStream>> ServedStreams::all() const
{
    std::vector<Ref<ServedStream>> streams;
    streams.reserve(size_);
    for (ServedStream* one = first_; one != nullptr; one = one->next_) {
        streams.emplace_back(one);
    }
    return streams;
}

}  // namespace asyncio::detail
