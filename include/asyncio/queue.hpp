#pragma once

#include <asyncio/detail/fragile_temporary.hpp>
#include <asyncio/detail/wait_queue.hpp>
#include <asyncio/event.hpp>

#include <algorithm>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace asyncio {

/// Thrown by get_nowait() when there is no item to take. Source: CPython asyncio.QueueEmpty.
class QueueEmpty : public std::runtime_error {
public:
    QueueEmpty() : std::runtime_error{"the queue is empty"} {}
};

/// Thrown by put_nowait() when there is no room. Source: CPython asyncio.QueueFull.
class QueueFull : public std::runtime_error {
public:
    QueueFull() : std::runtime_error{"the queue is full"} {}
};

namespace detail {

/// What all queues share whatever they hold: who waits, and for whom an item or room is kept.
///
/// Whoever waited longest is promised the next item (or the next room) and becomes ready; until
/// it runs, nobody else can take it. So those who wait are served first come, first served, and
/// a promise that its task cannot keep, because it is cancelled, goes to the next.
class QueueBase {
public:
    QueueBase(const QueueBase&) = delete;
    QueueBase& operator=(const QueueBase&) = delete;

    /// The most items it holds; 0: no limit.
    [[nodiscard]] std::size_t maxsize() const noexcept { return maxsize_; }

    /// How many items can be taken now. One that is promised to a waiting get() does not count.
    [[nodiscard]] std::size_t qsize() const noexcept { return size_ - getters_.promised; }

    /// Would get_nowait() throw?
    [[nodiscard]] bool empty() const noexcept { return qsize() == 0; }

    /// Would put_nowait() throw?
    [[nodiscard]] bool full() const noexcept
    {
        return maxsize_ > 0 && size_ + putters_.promised >= maxsize_;
    }

    /// Says that one item that was taken has been dealt with; for join().
    /// Throws RuntimeError when there were fewer items than calls.
    void task_done();

    /// Waits until task_done() was called for every item that was ever put.
    /// Requires: the queue outlives the wait.
    [[nodiscard]] Event::Wait join() noexcept { return finished_.wait(); }

protected:
    class Turn;

    explicit QueueBase(std::size_t maxsize) noexcept : maxsize_{maxsize} { finished_.set(); }
    ~QueueBase() = default;

    void item_added() noexcept;
    void item_removed() noexcept;

    /// Promises what is there to those who wait.
    void offer() noexcept;

private:
    /// Those who wait for the same, and how many promises were made and not taken up yet.
    struct Side {
        WaitQueue waiting;
        std::size_t promised = 0;
    };

    static void promise_to_first(Side& side) noexcept;

    std::size_t maxsize_;
    std::size_t size_ = 0;
    std::size_t unfinished_ = 0;
    Side getters_;
    Side putters_;
    Event finished_;
};

/// What the awaiters of get() and put() share.
class QueueBase::Turn : public WaitQueue::Waiter {
public:
    void await_suspend(Awaiting awaiting) noexcept;
    [[nodiscard]] const char* what() const noexcept override { return "queue"; }

protected:
    enum class For { item, room };

    Turn(QueueBase& queue, For what) noexcept
        : queue_{queue}, side_{what == For::item ? queue.getters_ : queue.putters_}
    {
    }
    Turn(Turn&&) noexcept = default;
    ~Turn();

    /// From here on the caller may take the item, or use the room. Throws CancelledError.
    void begin();

private:
    friend class QueueBase;

    void end_promise() noexcept;

    QueueBase& queue_;
    Side& side_;
    bool waited_ = false;
    bool promised_ = false;
};

/// A queue of T, in the order that `Items` gives them: push(T), pop() -> T.
template <typename T, typename Items>
class BasicQueue : public QueueBase {
public:
    class Get;
    class Put;

    /// `maxsize` 0: no limit, put() never waits.
    explicit BasicQueue(std::size_t maxsize = 0, Items items = Items{})
        : QueueBase{maxsize}, items_{std::move(items)}
    {
    }

    /// Takes an item, and waits while there is none: `auto item = co_await queue.get();`
    ///
    /// Does not yield when there is one. Throws CancelledError if the task is cancelled while
    /// it waits; an item that was meant for it stays in its place.
    /// Requires: the queue outlives the wait.
    [[nodiscard]] Get get() noexcept { return Get{*this}; }

    /// Puts an item in, and waits while there is no room: `co_await queue.put(item);`
    ///
    /// Does not yield when there is room. Throws CancelledError if the task is cancelled while
    /// it waits; then the item was not put in, and is destroyed with the await.
    /// Requires: the queue outlives the wait.
    ///
    /// An aggregate that has a destructor needs a name first, and is copied: g++ 12 refuses it
    /// otherwise. One that cannot be copied can be put with put_nowait().
    template <std::convertible_to<T> U = T>
    [[nodiscard]] Put put(U&& item)
    {
        static_assert(
            !is_fragile_temporary<U>(),
            "g++ 12 destroys an aggregate next to a co_await twice: give it a name first, "
            "and put that; or put_nowait()");
        return Put{*this, std::forward<U>(item)};
    }

    /// Takes an item; throws QueueEmpty when there is none.
    T get_nowait()
    {
        if (empty()) {
            throw QueueEmpty{};
        }
        return take();
    }

    /// Puts an item in; throws QueueFull when there is no room.
    void put_nowait(T item)
    {
        if (full()) {
            throw QueueFull{};
        }
        add(std::move(item));
    }

private:
    void add(T item)
    {
        try {
            items_.push(std::move(item));
        } catch (...) {
            offer();  // The room is still there.
            throw;
        }
        item_added();
    }
    T take()
    {
        T item = items_.pop();
        item_removed();
        return item;
    }

    Items items_;
};

/// Awaiter of get().
template <typename T, typename Items>
class BasicQueue<T, Items>::Get final : public QueueBase::Turn {
public:
    explicit Get(BasicQueue& queue) noexcept : Turn{queue, For::item}, queue_{queue} {}
    Get(Get&&) noexcept = default;

    [[nodiscard]] bool await_ready() const noexcept { return !queue_.empty(); }
    T await_resume()
    {
        begin();
        return queue_.take();
    }

private:
    BasicQueue& queue_;
};

/// Awaiter of put().
template <typename T, typename Items>
class BasicQueue<T, Items>::Put final : public QueueBase::Turn {
public:
    Put(BasicQueue& queue, T item) : Turn{queue, For::room}, queue_{queue}, item_{std::move(item)}
    {
    }
    Put(Put&&) = default;

    [[nodiscard]] bool await_ready() const noexcept { return !queue_.full(); }
    void await_resume()
    {
        begin();
        queue_.add(std::move(item_));
    }

private:
    BasicQueue& queue_;
    T item_;
};

/// First in, first out.
template <typename T>
class Fifo {
public:
    void push(T item) { items_.push_back(std::move(item)); }
    T pop()
    {
        T item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

private:
    std::deque<T> items_;
};

/// Last in, first out.
template <typename T>
class Lifo {
public:
    void push(T item) { items_.push_back(std::move(item)); }
    T pop()
    {
        T item = std::move(items_.back());
        items_.pop_back();
        return item;
    }

private:
    std::vector<T> items_;
};

/// The one that compares as smallest first.
template <typename T, typename Compare>
class SmallestFirst {
public:
    explicit SmallestFirst(Compare less = Compare{}) : greater_{std::move(less)} {}

    void push(T item)
    {
        items_.push_back(std::move(item));
        std::push_heap(items_.begin(), items_.end(), greater_);
    }
    T pop()
    {
        std::pop_heap(items_.begin(), items_.end(), greater_);
        T item = std::move(items_.back());
        items_.pop_back();
        return item;
    }

private:
    /// The heap has its greatest element in front; to it, ours is the smallest.
    class Greater {
    public:
        explicit Greater(Compare less) : less_{std::move(less)} {}
        bool operator()(const T& a, const T& b) const { return less_(b, a); }

    private:
        Compare less_;
    };

    Greater greater_;
    std::vector<T> items_;
};

}  // namespace detail

/// A first-in, first-out queue between tasks. T may be move-only. For the loop's thread.
///
/// Tasks that wait are served in the order they came, and nobody gets in between.
/// Source: CPython asyncio.Queue.
template <typename T>
class Queue final : public detail::BasicQueue<T, detail::Fifo<T>> {
public:
    explicit Queue(std::size_t maxsize = 0) : detail::BasicQueue<T, detail::Fifo<T>>{maxsize} {}
};

/// The same, but the newest item is taken first. Source: CPython asyncio.LifoQueue.
template <typename T>
class LifoQueue final : public detail::BasicQueue<T, detail::Lifo<T>> {
public:
    explicit LifoQueue(std::size_t maxsize = 0) : detail::BasicQueue<T, detail::Lifo<T>>{maxsize} {}
};

/// The same, but the smallest item is taken first; with std::greater, the greatest. Equal items
/// come in any order. Source: CPython asyncio.PriorityQueue.
template <typename T, typename Compare = std::less<T>>
class PriorityQueue final : public detail::BasicQueue<T, detail::SmallestFirst<T, Compare>> {
public:
    explicit PriorityQueue(std::size_t maxsize = 0, Compare less = Compare{})
        : detail::BasicQueue<T, detail::SmallestFirst<T, Compare>>{
              maxsize, detail::SmallestFirst<T, Compare>{std::move(less)}}
    {
    }
};

}  // namespace asyncio
