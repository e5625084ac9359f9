// The kernel's PWM channels.
#include "machine/names.hpp"
#include "machine/pwm_driver.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/file.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace machine::detail {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

[[noreturn]] void fail(int error, const std::string& what)
{
    const char* const cure =
        error == EACCES ? " (is the user in the group that owns it, often 'gpio'?)" : "";
    asyncio::detail::throw_errno(error, what + cure);
}

/// A file of /sys with one number in it, open.
class NumberFile {
public:
    NumberFile() = default;
    explicit NumberFile(const fs::path& path, int mode = O_RDWR)
        : path_{path.string()}, descriptor_{::open(path_.c_str(), mode | O_CLOEXEC)}
    {
        if (descriptor_ < 0) {
            fail(errno, "open '" + path_ + "'");
        }
    }
    NumberFile(NumberFile&& other) noexcept
        : path_{std::move(other.path_)}, descriptor_{std::exchange(other.descriptor_, -1)}
    {
    }
    NumberFile& operator=(NumberFile&& other) noexcept
    {
        std::swap(path_, other.path_);
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~NumberFile()
    {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    [[nodiscard]] std::int64_t read() const
    {
        char text[32];
        const ssize_t size = ::pread(descriptor_, text, sizeof text, 0);
        if (size < 0) {
            fail(errno, "read '" + path_ + "'");
        }
        std::int64_t number = 0;
        std::from_chars(text, text + size, number);
        return number;
    }
    void write(std::int64_t number) const
    {
        const std::string text = std::to_string(number) + '\n';
        if (::write(descriptor_, text.data(), text.size()) < 0) {
            fail(errno, "write '" + path_ + "'");
        }
        (void)::lseek(descriptor_, 0, SEEK_SET);
    }
    /// False when another program has done so.
    [[nodiscard]] bool lock() const { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

private:
    std::string path_;
    int descriptor_ = -1;
};

class SysfsPwm final : public PwmDriver {
public:
    SysfsPwm(const fs::path& chip, int channel, std::string name)
        : chip_{chip}, channel_{channel}, folder_{chip / ("pwm" + std::to_string(channel))},
          name_{std::move(name)}
    {
        try {
            take();
        } catch (...) {
            unexport();
            throw;
        }
    }
    ~SysfsPwm() override
    {
        try {
            stop();
        } catch (const asyncio::OSError&) {
            // The chip is gone.
        }
        unexport();
    }

    void pulse(nanoseconds period, nanoseconds high) override
    {
        const nanoseconds period_before = period_;
        const nanoseconds high_before = high_;
        try {
            change(period, high);
            make_normal();
            enable_file_.write(1);
        } catch (const asyncio::OSError&) {
            put_back(period_before, high_before);
            throw;
        }
    }
    void stop() override
    {
        if (period_ != 0ns) {  // The kernel takes nothing else before there is one.
            set(duty_file_, high_, inversed_ ? period_ : 0ns);  // Low in either case.
            enable_file_.write(0);
        }
    }
    [[nodiscard]] bool software() const noexcept override { return false; }
    [[nodiscard]] std::string where() const override { return name_; }

private:
    static constexpr std::chrono::milliseconds patience{1000};
    static constexpr std::chrono::milliseconds patience_with_others{100};
    static constexpr std::chrono::milliseconds pause{5};

    /// A channel may be: by the administrator, or by a process that was killed.
    [[nodiscard]] bool is_exported() const
    {
        std::error_code error;
        return fs::exists(folder_, error);
    }

    /// True unless somebody has it: a driver of the kernel, or a program that is just exporting it
    /// or taking it back.
    [[nodiscard]] bool export_it() const
    {
        try {
            NumberFile{chip_ / "export", O_WRONLY}.write(channel_);
        } catch (const asyncio::OSError& error) {
            if (error.code().value() != EBUSY) {
                throw;
            }
            return false;
        }
        return true;
    }

    void take()
    {
        open_files();
        if (!period_file_.lock()) {
            exported_ = false;  // Now it is theirs.
            fail(EBUSY, "use the PWM channel '" + name_ + "' (another program has it)");
        }
        period_ = nanoseconds{period_file_.read()};
        high_ = nanoseconds{duty_file_.read()};
        inversed_ = is_inversed();
        if (enable_file_.read() != 0) {
            stop();
        }
    }

    /// A former user may have left it so: the times are those at the low level then.
    [[nodiscard]] bool is_inversed() const
    {
        std::string polarity;
        std::ifstream{folder_ / "polarity"} >> polarity;
        return polarity == "inversed";
    }

    /// The kernel does so only between stop() and the next pulse, and once there is a period.
    void make_normal()
    {
        if (inversed_) {
            const std::string path = (folder_ / "polarity").string();
            if (!(std::ofstream{path} << "normal" << std::flush)) {
                fail(errno, "write '" + path + "'");
            }
            inversed_ = false;
        }
    }

    /// Exports it if need be. For a moment after that the files are not there, or still root's
    /// alone: udev has to give them to their group.
    void open_files()
    {
        bool fresh = false;
        for (auto waited = 0ms;; waited += pause) {
            if (!exported_ && !is_exported()) {
                exported_ = export_it();
                fresh = true;
            }
            try {
                period_file_ = NumberFile{folder_ / "period"};
                duty_file_ = NumberFile{folder_ / "duty_cycle"};
                enable_file_ = NumberFile{folder_ / "enable"};
                return;
            } catch (const asyncio::OSError& error) {
                const int code = error.code().value();
                if (!exported_ && !is_exported() && waited >= patience_with_others) {
                    fail(EBUSY,
                         "use the PWM channel '" + name_ + "' (a driver of the kernel has it)");
                }
                if (waited >= patience || (code != ENOENT && (code != EACCES || !fresh))) {
                    throw;
                }
            }
            std::this_thread::sleep_for(pause);
        }
    }

    void change(nanoseconds period, nanoseconds high)
    {
        // The time at the high level must never be longer than the period, nor is it ever another
        // one than the old or the new.
        if (high < high_) {
            set(duty_file_, high_, high);
            set(period_file_, period_, period);
        } else {
            set(period_file_, period_, period);
            set(duty_file_, high_, high);
        }
    }

    /// The first half of a change whose second half was refused.
    void put_back(nanoseconds period, nanoseconds high) noexcept
    {
        try {
            change(period == 0ns ? period_ : period, high);  // The kernel takes no 0.
        } catch (const asyncio::OSError&) {
            // The caller hears of the first error.
        }
    }

    static void set(const NumberFile& file, nanoseconds& is, nanoseconds wanted)
    {
        if (is != wanted) {
            file.write(wanted.count());
            is = wanted;
        }
    }

    void unexport() noexcept
    {
        if (!exported_) {
            return;
        }
        try {
            NumberFile{chip_ / "unexport", O_WRONLY}.write(channel_);
        } catch (const asyncio::OSError&) {
            // The chip is gone.
        }
    }

    fs::path chip_;
    int channel_;
    fs::path folder_;
    std::string name_;
    bool exported_ = false;  // By this object, which takes it back.
    NumberFile period_file_;  // Locked: with each other our programs do not share a channel.
    NumberFile duty_file_;
    NumberFile enable_file_;
    nanoseconds period_{0};  // 0: not set yet.
    nanoseconds high_{0};
    bool inversed_ = false;  // As long as make_normal() was not called.
};

}  // namespace

std::unique_ptr<PwmDriver> open_sysfs_pwm(std::string_view name, const fs::path& folder)
{
    if (!is_pwm_channel_name(name)) {
        return nullptr;
    }
    const std::size_t colon = name.find(':');
    const fs::path chip = folder / name.substr(0, colon);
    const int channel = to_number(name.substr(colon + 1));
    int channels = 0;
    std::ifstream{chip / "npwm"} >> channels;
    if (channel < 0 || channel >= channels) {
        throw std::invalid_argument{"there is no PWM channel '" + std::string{name} +
                                    "': " + chip.string() + " has " + std::to_string(channels)};
    }
    return std::make_unique<SysfsPwm>(chip, channel, std::string{name});
}

}  // namespace machine::detail
