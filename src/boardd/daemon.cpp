#include "boardd/daemon.hpp"

#include "boardd/board_setup.hpp"
#include "boardd/failure.hpp"
#include "boardd/listener.hpp"
#include "boardd/log.hpp"
#include "boardd/reload.hpp"
#include "boardd/signals.hpp"
#include "boardd/systemd.hpp"
#include "boardd/text/session.hpp"
#include "boardd/version.hpp"

#include <asyncio/debug.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>

#include <csignal>
#include <functional>
#include <memory>
#include <string>

namespace boardd {
namespace {

constexpr std::int64_t patience_ms = 2'000;  // With clients that do not end when boardd does.

/// Everything that runs, in the order in which it is built.
class Daemon {
public:
    explicit Daemon(Startup startup) : startup_{std::move(startup)} {}
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// The life of the daemon. (Its only parameter outlives it: run_daemon() waits.)
    [[nodiscard]] asyncio::Coroutine<> live();

private:
    [[nodiscard]] asyncio::Coroutine<> start();
    [[nodiscard]] asyncio::Coroutine<int> serve();
    [[nodiscard]] asyncio::Coroutine<> stop(std::string why);

    void make_board(machine::Board& lines, const pigpio::Options& options);
    void say_what_runs() const;
    [[nodiscard]] std::string about() const;
    [[nodiscard]] std::shared_ptr<const Protocol> pigpio_protocol();
    [[nodiscard]] std::shared_ptr<const Protocol> text_protocol();

    Startup startup_;
    ServiceManager manager_ = ServiceManager::of_environment();
    Signals signals_;
    std::shared_ptr<Reception> reception_ = std::make_shared<Reception>();
    std::unique_ptr<Board> board_;
    std::unique_ptr<pigpio::Service> pigpio_;
    std::unique_ptr<Listener> pigpio_listener_;
    std::unique_ptr<Listener> text_listener_;
};

asyncio::Coroutine<> Daemon::live()
{
    co_await start();
    const int signal = co_await serve();
    co_await stop(signal == SIGINT ? "SIGINT" : "SIGTERM");
}

/// First the sockets, then the pins: a second boardd ends before it touches any.
asyncio::Coroutine<> Daemon::start()
{
    reception_->take_over(startup_.config.limits, startup_.config.tls);
    machine::Board& lines = choose_board(startup_.config.backend);
    check_pins(startup_.config, startup_.file, lines);
    const pigpio::Options options = pigpio_options(startup_.config, startup_.file, lines);

    pigpio_listener_ = std::make_unique<Listener>(pigpio_protocol(), reception_);
    text_listener_ = std::make_unique<Listener>(text_protocol(), reception_);
    co_await pigpio_listener_->open(startup_.config.pigpio_listen);
    co_await text_listener_->open(startup_.config.text_listen);

    co_await wait_until_free(startup_.config.pins, lines);
    make_board(lines, options);
    say_what_runs();
    reception_->open.set();
    manager_.ready("Serving the " + board_->description());
    log::info("ready");
}

void Daemon::make_board(machine::Board& lines, const pigpio::Options& options)
{
    try {
        board_ = std::make_unique<Board>(lines, startup_.config.pins);
    } catch (const PinError& error) {
        fail_because_of(error);
    }
    pigpio_ = std::make_unique<pigpio::Service>(*board_, options);
}

std::shared_ptr<const Protocol> Daemon::pigpio_protocol()
{
    return std::make_shared<const Protocol>(
        "pigpio", "", [this](asyncio::Stream stream) { return pigpio_->serve(std::move(stream)); });
}

std::shared_ptr<const Protocol> Daemon::text_protocol()
{
    return std::make_shared<const Protocol>(
        "text", text::err(text::Code::full, "too many clients"), [this](asyncio::Stream stream) {
            const std::string tls = stream.get_extra_info("version").value_or("none");
            auto desk = std::make_shared<text::Desk>(
                *board_, [this, tls] { return about() + " tls=" + tls; });
            return text::serve(std::move(stream), std::move(desk), reception_->limits);
        });
}

void Daemon::say_what_runs() const
{
    log::info("boardd " + std::string{version} +
              ", configuration: " + (startup_.file.empty() ? "built-in defaults" : startup_.file));
    log::info(board_->description());
    log::info("loop: " + asyncio::get_event_loop().backend());
    for (const Listener* listener : {pigpio_listener_.get(), text_listener_.get()}) {
        for (const std::string& line : listener->describe()) {
            log::info(line);
        }
    }
}

std::string Daemon::about() const
{
    return "version=" + std::string{version} + " board=" + text::quoted(board_->description()) +
           " loop=" + text::quoted(asyncio::get_event_loop().backend()) +
           " pins=" + std::to_string(board_->pins().size()) +
           " clients=" + std::to_string(reception_->connections->count());
}

/// Sleeps until a signal that ends the daemon, and gives it.
asyncio::Coroutine<int> Daemon::serve()
{
    while (true) {
        const int signal = co_await signals_.next();
        if (signal != SIGHUP) {
            co_return signal;
        }
        manager_.reloading();
        reload(startup_.file, startup_.options, startup_.config, *reception_);
        manager_.ready("Serving the " + board_->description());
    }
}

asyncio::Coroutine<> Daemon::stop(std::string why)
{
    signals_.restore();
    manager_.stopping("Stopping after " + why);
    log::info("stopping after " + why);
    pigpio_listener_->close();
    text_listener_->close();
    reception_->open.clear();  // Who was accepted just now waits until the loop is closed.
    const std::size_t left = co_await reception_->sessions->end_all(patience_ms);
    if (left > 0) {
        log::warning(std::to_string(left) + " clients did not end, dropping them");
    }
    for (const std::string& failure : board_->stop()) {
        log::error(failure);
    }
    pigpio_.reset();
    board_.reset();
    log::info("stopped");
}

/// What a task failed with that nobody awaits: an error of ours, or no memory.
void log_failed_task(const asyncio::ExceptionContext& context)
{
    std::string reason = "unknown exception";
    try {
        if (context.exception) {
            std::rethrow_exception(context.exception);
        }
    } catch (const std::exception& error) {
        reason = error.what();
    } catch (...) {
        // Nothing that is thrown on purpose.
    }
    log::error(context.message + ": " + (context.future ? context.future.name() + ": " : "") +
               reason);
}

/// What the library reports of its tasks, each line on its own.
void log_report(std::string_view report) noexcept
{
    try {
        log::warning_lines(report);
    } catch (const std::exception&) {
        // No memory for a log line: nobody can be told.
    }
}

/// This thread's loop. Throws Failure: EX_OSERR when the kernel refuses every backend or the one
/// that was asked for, EX_CONFIG when that is none.
asyncio::Loop& make_loop()
{
    try {
        return asyncio::get_event_loop();
    } catch (const asyncio::OSError& error) {
        throw Failure{EX_OSERR, error.what()};
    } catch (const asyncio::RuntimeError& error) {
        throw Failure{EX_CONFIG, error.what()};
    }
}

}  // namespace

void run_daemon(const Startup& startup)
{
    asyncio::debug::set_reporter(log_report);
    asyncio::Loop& loop = make_loop();
    loop.set_exception_handler(
        [](asyncio::Loop&, const asyncio::ExceptionContext& context) { log_failed_task(context); });
    const asyncio::debug::DumpOnSignal tasks_on_signal{SIGUSR1};
    Daemon daemon{startup};
    asyncio::run(daemon.live());
}

}  // namespace boardd
