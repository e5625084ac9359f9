#include <asyncio/debug.hpp>

#include "core/describe.hpp"
#include "core/places.hpp"
#include "core/scheduler.hpp"

#include <asyncio/detail/suspension.hpp>
#include <asyncio/loop.hpp>

#include <unordered_map>

namespace asyncio::debug {
namespace {

TaskInfo info_of(detail::TaskState& task, detail::Time now)
{
    TaskInfo info;
    info.task = AnyTask{detail::Ref<detail::TaskState>{&task}};
    info.name = task.name();
    info.created = place_of(task.where());
    if (detail::context.running == &task) {
        info.state = TaskInfo::State::running;
    } else if (const detail::Suspension* wait = task.waiting_on()) {
        info.state = TaskInfo::State::waiting;
        info.awaited = wait->describe(now);
        info.waited = now - task.since();
        // A task of sleep_ms(500) or event.wait() itself stands where it was created.
        const Place innermost = place_of(wait->where());
        const bool is_wrapper = innermost.function == "asyncio::detail::as_coroutine";
        info.places.push_back(is_wrapper ? info.created : innermost);
        for (const detail::Call* call = &wait->call(); call->caller() != nullptr;
             call = call->caller()) {
            info.places.push_back(place_of(call->where()));
        }
    }
    return info;
}

std::string at(const Place& place)
{
    return place.function + " (" + place.file + ":" + std::to_string(place.line) + ")";
}

void append(std::string& text, const TaskInfo& info)
{
    text += "\ntask '" + detail::one_line(info.name) + "', created " +
            (info.parent.empty() ? "" : "by task '" + detail::one_line(info.parent) + "' ") +
            "in " + at(info.created);
    switch (info.state) {
        case TaskInfo::State::ready: text += "\n    ready to run"; return;
        case TaskInfo::State::running: text += "\n    running"; return;
        case TaskInfo::State::waiting: break;
    }
    text += "\n    waiting for " + detail::in_seconds(info.waited) + ": " +
            detail::one_line(info.awaited);
    const char* how = "\n    at ";
    for (const Place& place : info.places) {
        text += how + at(place);
        how = "\n    called by ";
    }
}

}  // namespace

std::vector<TaskInfo> tasks(Loop& loop)
{
    detail::Scheduler& scheduler = loop.scheduler();
    const detail::Time now = scheduler.backend().now();
    std::vector<TaskInfo> infos;
    std::unordered_map<std::uint64_t, std::string> names;
    detail::TaskState* task = scheduler.first_task();
    for (; task != nullptr; task = detail::TaskList::next(*task)) {
        if (task->done()) {
            continue;
        }
        TaskInfo info = info_of(*task, now);
        names.emplace(task->number(), info.name);
        if (task->parent() != 0) {  // A parent that has ended has lost the name it was given.
            const auto parent = names.find(task->parent());
            info.parent =
                parent != names.end() ? parent->second : "Task-" + std::to_string(task->parent());
        }
        infos.push_back(std::move(info));
    }
    return infos;
}

std::string describe(const std::vector<TaskInfo>& tasks)
{
    std::string text = tasks.size() == 1 ? "1 task" : std::to_string(tasks.size()) + " tasks";
    for (const TaskInfo& info : tasks) {
        append(text, info);
    }
    return text;
}

}  // namespace asyncio::debug
