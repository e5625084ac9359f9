#include "core/thread_pool.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>

namespace asyncio::detail {
namespace {

/// Keeps signals away from the threads that are started while it lives: they are for the
/// program's own.
class NoSignals {
public:
    NoSignals() noexcept
    {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;
    ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

class ThreadPool {
public:
    void submit(std::function<void()> job)
    {
        const std::lock_guard lock{mutex_};
        jobs_.push_back(std::move(job));
        if (jobs_.size() <= idle_ || threads_ == most_threads_) {
            work_.notify_one();
            return;
        }
        try {
            const NoSignals none;
            std::thread{&ThreadPool::work, this}.detach();
            ++threads_;
        } catch (...) {
            if (threads_ == 0) {
                jobs_.pop_back();
                throw;
            }
        }
    }

private:
    static constexpr std::chrono::seconds patience{10};

    void work()
    {
        std::unique_lock lock{mutex_};
        while (find_job(lock)) {
            std::function<void()> job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            job();
            job = nullptr;  // What it holds dies without the lock.
            lock.lock();
        }
        --threads_;
    }

    [[nodiscard]] bool find_job(std::unique_lock<std::mutex>& lock)
    {
        if (jobs_.empty()) {
            ++idle_;
            work_.wait_for(lock, patience, [this] { return !jobs_.empty(); });
            --idle_;
        }
        return !jobs_.empty();
    }

    const std::size_t most_threads_ =
        std::min<std::size_t>(32, std::thread::hardware_concurrency() + 4);
    std::mutex mutex_;
    std::condition_variable work_;
    std::deque<std::function<void()>> jobs_;
    std::size_t threads_ = 0;
    std::size_t idle_ = 0;  // Of them.
};

}  // namespace

void run_on_thread(std::function<void()> job)
{
    // Never destroyed: a thread may be at work when the process ends.
    static auto& pool = *new ThreadPool;
    pool.submit(std::move(job));
}

}  // namespace asyncio::detail
