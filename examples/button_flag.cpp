// A ThreadSafeFlag that is set outside the loop: the signal SIGUSR1 is the button, and each press
// switches LED 1.
//
//     button_flag [PRESSES]     ends after so many presses; without a number, with SIGTERM
//
// It prints its process id; press the button with `kill -USR1 PID`. Signals that come faster than
// they are handled count as one press, as both the kernel and the flag remember only one.
#include <asyncio/asyncio.hpp>
#include <machine/led.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace {

asyncio::ThreadSafeFlag* button = nullptr;
volatile std::sig_atomic_t terminate = 0;

// ThreadSafeFlag::set() is one of the few things that a signal handler may call.
extern "C" void on_signal(int signal)
{
    if (signal == SIGTERM) {
        terminate = 1;
    }
    button->set();
}

void handle(int signal)
{
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(signal, &action, nullptr);
}

asyncio::Coroutine<> main_task(machine::LED led, long presses)
{
    asyncio::ThreadSafeFlag flag;
    button = &flag;
    handle(SIGUSR1);
    handle(SIGTERM);
    std::printf("press the button: kill -USR1 %d\n", static_cast<int>(::getpid()));
    std::fflush(stdout);

    for (long press = 1; presses == 0 || press <= presses; ++press) {
        co_await flag.wait();
        if (terminate != 0) {
            break;
        }
        led.toggle();
        std::printf("press %ld: LED 1 is %s\n", press, led.value() != 0 ? "on" : "off");
        std::fflush(stdout);
    }
    std::signal(SIGUSR1, SIG_IGN);
    std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

int main(int argc, char* argv[])
{
    const long presses = argc > 1 ? std::atol(argv[1]) : 0;  // 0: no limit.
    asyncio::run(main_task(machine::LED(1), presses));
}
