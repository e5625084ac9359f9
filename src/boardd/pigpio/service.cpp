#include "boardd/pigpio/service.hpp"

#include "boardd/pigpio/commands.hpp"
#include "boardd/pigpio/notifications.hpp"
#include "boardd/pigpio/session.hpp"

namespace boardd::pigpio {

/// What all connections share. Each of them keeps it, as a connection that is cancelled at the
/// daemon's end may die after the service.
class Service::Shared {
public:
    Shared(Board& board, const Options& with_options)
        : options{with_options},
          notifications{board, with_options.exposed, with_options.sync_reports},
          commands{board, notifications, with_options}
    {
    }

    Options options;
    Notifications notifications;
    Commands commands;
    std::size_t connections = 0;
};

Service::Service(Board& board, const Options& options)
    : shared_{std::make_shared<Shared>(board, options)}
{
}

Service::~Service() = default;

std::size_t Service::connections() const noexcept { return shared_->connections; }

asyncio::Coroutine<> Service::serve(asyncio::Stream stream)
{
    return serve_client(shared_, std::move(stream));
}

asyncio::Coroutine<> Service::serve_client(std::shared_ptr<Shared> shared, asyncio::Stream stream)
{
    // Counts as long as it lives, however this coroutine ends.
    class Place {
    public:
        explicit Place(std::size_t& count) : count_{count} { ++count_; }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { --count_; }

    private:
        std::size_t& count_;
    };
    const Place place{shared->connections};
    Session session{shared->commands, shared->notifications, shared->options, std::move(stream)};
    co_await session.run();
}

}  // namespace boardd::pigpio
