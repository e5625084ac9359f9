#include "net/connect_race.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace asyncio::detail {

/// One attempt: a socket and its connect operation.
class ConnectRace::Attempt final : public RefCounted, private Operation {
public:
    Attempt(ConnectRace& race, Socket socket, const Address& where)
        : Operation{Kind::connect}, race_{&race}, socket_{std::move(socket)}, where_{where}
    {
        descriptor = socket_.descriptor();
        address = where_.get();
        address_length = where_.length();
    }

    void start() { race_->backend_.start(*this, Ref<RefCounted>{this}); }
    void cancel() { race_->backend_.cancel(*this); }
    /// From now on nobody wants to know; the socket is closed in the end.
    void orphan() noexcept
    {
        cancel();
        race_ = nullptr;
    }

    [[nodiscard]] Socket& socket() noexcept { return socket_; }
    [[nodiscard]] const Address& where() const noexcept { return where_; }

private:
    void complete(const Completion& completion) noexcept override
    {
        if (race_ != nullptr) {
            race_->attempt_ended(*this, -completion.result);
        }
    }

    ConnectRace* race_;  // Null when it is over.
    Socket socket_;
    Address where_;
};

ConnectRace::ConnectRace(std::vector<Address> addresses, std::vector<Address> local)
    : backend_{running_backend()}, addresses_{std::move(addresses)}, local_{std::move(local)}
{
    // Room for all that can come: a completion must not run out of memory.
    attempts_.reserve(addresses_.size());
    failures_.reserve(addresses_.size());
}

ConnectRace::~ConnectRace()
{
    for (const Ref<Attempt>& attempt : attempts_) {
        attempt->orphan();
    }
}

bool ConnectRace::over() const noexcept
{
    return attempts_.empty() && (stopped_ || next_ == addresses_.size());
}

void ConnectRace::start_next() noexcept
{
    const std::size_t in_flight = attempts_.size();
    while (!stopped_ && next_ < addresses_.size() && attempts_.size() == in_flight) {
        const Address& address = addresses_[next_++];
        try {
            start(address);
        } catch (const OSError& error) {
            failures_.emplace_back(address, error.code().value());
        } catch (const std::bad_alloc&) {
            failures_.emplace_back(address, ENOMEM);
        }
    }
    disarm();
    if (!stopped_ && next_ < addresses_.size()) {
        arm(stagger);
    }
}

void ConnectRace::start(const Address& address)
{
    const int descriptor = backend_.network().open(address.family());
    if (descriptor < 0) {
        throw_errno(-descriptor, "open a socket");
    }
    Socket socket{backend_, descriptor};
    if (!local_.empty()) {
        const auto own = std::find_if(local_.begin(), local_.end(), [&](const Address& one) {
            return one.family() == address.family();
        });
        const int error = own == local_.end()
                              ? -EADDRNOTAVAIL
                              : backend_.network().bind_connecting(descriptor, *own);
        if (error != 0) {
            throw_errno(-error, "bind a socket");
        }
    }
    attempts_.push_back(make_ref<Attempt>(*this, std::move(socket), address));
    attempts_.back()->start();
}

void ConnectRace::attempt_ended(Attempt& attempt, int error) noexcept
{
    const Ref<Attempt> kept{&attempt};
    std::erase(attempts_, kept);
    if (error == 0 && !stopped_) {
        winner_ = std::move(attempt.socket());
        stop();
    } else if (error != 0) {
        failures_.emplace_back(attempt.where(), error);
    }
    if (error == ECANCELED) {
        stop();  // The loop ends.
    }
    start_next();
    if (waiting_ != nullptr && (winner_.is_open() || over())) {
        waiting_->finish();
    }
}

void ConnectRace::stop() noexcept
{
    stopped_ = true;
    disarm();
    for (const Ref<Attempt>& attempt : attempts_) {
        attempt->cancel();
    }
}

ConnectRace::Won::~Won()
{
    if (suspended()) {
        race_.waiting_ = nullptr;
        race_.stop();
    }
}

void ConnectRace::Won::await_suspend(Awaiting awaiting)
{
    suspend(awaiting);
    race_.waiting_ = this;
    race_.start_next();
    if (race_.over()) {
        finish();  // No address could even be tried.
    }
}

void ConnectRace::Won::finish() noexcept
{
    race_.waiting_ = nullptr;
    wake();
}

void ConnectRace::Won::interrupt() noexcept
{
    race_.stop();
    if (race_.over()) {
        finish();
    }
}

std::string ConnectRace::Won::describe(Time) const
{
    std::string text = "connection to";
    for (const Ref<Attempt>& attempt : race_.attempts_) {
        text += " '" + attempt->where().to_string() + "'";
    }
    return text;
}

Socket ConnectRace::Won::await_resume()
{
    throw_if_cancelled();
    return std::move(race_.winner_);
}

}  // namespace asyncio::detail
