// Runs every pattern that compiles: to its end, cancelled at each of its suspensions, and dropped
// there. Prints "right NAME" or "wrong NAME: WHY"; compiler_probe.py knows what to expect.

#include "forms.hpp"

#include <csignal>

#include <cstdio>
#include <cstring>
#include <exception>
#include <sys/wait.h>
#include <unistd.h>

namespace compiler {
namespace {

#include "patterns/api.hpp"
#include "patterns/arguments.hpp"
#include "patterns/machine.hpp"
#include "patterns/positions.hpp"
#include "patterns/refused.inc"
#include "patterns/wrong_on_gxx12.inc"
#ifndef __clang__
#include "patterns/not_on_clang.inc"
#endif
#if defined(__clang__) || __GNUC__ > 12
#include "patterns/not_on_gxx12.inc"
#endif

enum Verdict { right, wrong_result, destroyed_twice, never_destroyed, descriptor_open, thrown };
constexpr const char* verdicts[] = {"right",           "wrong result",    "destroyed twice",
                                    "never destroyed", "descriptor open", "unexpected exception"};

enum class End { natural, cancelled, dropped };
constexpr const char* ends[] = {"run to its end", "cancelled", "dropped"};

bool run(const Pattern& pattern, asyncio::VirtualLoop& loop, End end, int suspension)
{
    if (end == End::natural) {
        const bool expected = loop.run(pattern.run()) == pattern.expected;
        loop.advance(std::chrono::seconds{1});  // Connections close.
        return expected;
    }
    const asyncio::Task<int> task = loop.create_task(pattern.run());
    loop.run_until_idle();
    for (int i = 0; i < suspension; ++i) {
        loop.advance(std::chrono::milliseconds{1});
    }
    if (end == End::dropped) {
        Tick::stubborn = true;  // It does not let itself be cancelled when the loop closes.
    } else if (!task.done()) {
        task.cancel();
        loop.advance(std::chrono::seconds{10});
    }
    return true;
}

Verdict judge(const Pattern& pattern, End end, int suspension)
{
    bool expected = true;
    std::size_t descriptors = 0;
    try {
        asyncio::VirtualLoop loop;
        loop.loop().set_exception_handler([](asyncio::Loop&, const asyncio::ExceptionContext&) {});
        expected = run(pattern, loop, end, suspension);
        if (end == End::natural) {
            descriptors = loop.open_descriptors();
        }
    } catch (...) {
        return thrown;
    }
    if (Counted::used_after_end || Counted::destroyed > Counted::made) {
        return destroyed_twice;
    }
    if (Counted::destroyed < Counted::made) {
        return never_destroyed;
    }
    return !expected ? wrong_result : descriptors != 0 ? descriptor_open : right;
}

/// What went wrong, or "". In a process of its own, since what is miscompiled may do anything.
std::string trial(const Pattern& pattern, End end, int suspension, int& suspensions)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) {
        return "no pipe";
    }
    const pid_t child = fork();
    if (child == 0) {
        alarm(3);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) {
            _exit(thrown);
        }
        const Verdict verdict = judge(pattern, end, suspension);
        const ssize_t written = write(pipe_ends[1], &Tick::count, sizeof Tick::count);
        _exit(written > 0 ? verdict : thrown);
    }
    close(pipe_ends[1]);
    int status = 0;
    waitpid(child, &status, 0);
    if (read(pipe_ends[0], &suspensions, sizeof suspensions) < 0) {
        suspensions = 0;
    }
    close(pipe_ends[0]);
    const std::string where =
        std::string{ends[static_cast<int>(end)]} +
        (end == End::natural ? "" : " at suspension " + std::to_string(suspension)) + ": ";
    if (WIFSIGNALED(status)) {
        return where + (WTERMSIG(status) == SIGALRM ? "hangs" : strsignal(WTERMSIG(status)));
    }
    return WEXITSTATUS(status) == right ? "" : where + verdicts[WEXITSTATUS(status) % 6];
}

std::string all_trials(const Pattern& pattern)
{
    int suspensions = 0;
    std::string why = trial(pattern, End::natural, 0, suspensions);
    for (const End end : {End::cancelled, End::dropped}) {
        for (int i = 0, unused = 0; why.empty() && i < suspensions; ++i) {
            why = trial(pattern, end, i, unused);
        }
    }
    return why;
}

}  // namespace
}  // namespace compiler

int main()
{
    machine::use_backend("simulated");
    for (const compiler::Pattern& pattern : compiler::Pattern::all()) {
        const std::string why = compiler::all_trials(pattern);
        std::printf("%s %s%s%s\n", why.empty() ? "right" : "wrong", pattern.name,
                    why.empty() ? "" : ": ", why.c_str());
        std::fflush(stdout);
    }
}
