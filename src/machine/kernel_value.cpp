#include "machine/kernel_value.hpp"

#include <linux/gpio.h>
#include <sys/ioctl.h>

namespace machine::detail {

bool set_kernel_value(int descriptor, bool value) noexcept
{
    gpio_v2_line_values values{value ? 1U : 0U, 1};
    return ::ioctl(descriptor, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) == 0;
}

}  // namespace machine::detail
