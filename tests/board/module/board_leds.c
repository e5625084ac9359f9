// SPDX-License-Identifier: MIT
// Two LEDs, ACT and PWR, on lines 42 and 43 of the simulated chip, as a device tree would describe
// them for the driver leds-gpio. So the kernel has LEDs, and lines that the kernel itself uses.
#include <linux/gpio/machine.h>
#include <linux/leds.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define CHIP "pinctrl-bcm2711"

static struct gpiod_lookup_table lines = {
    .dev_id = "leds-gpio",
    .table = {GPIO_LOOKUP_IDX(CHIP, 42, NULL, 0, GPIO_ACTIVE_HIGH),
              GPIO_LOOKUP_IDX(CHIP, 43, NULL, 1, GPIO_ACTIVE_HIGH),
              {}},
};

static const struct gpio_led leds[] = {{.name = "ACT"}, {.name = "PWR"}};
static const struct gpio_led_platform_data leds_data = {.num_leds = ARRAY_SIZE(leds), .leds = leds};
static struct platform_device* device;

static int __init board_leds_init(void)
{
    gpiod_add_lookup_table(&lines);
    device = platform_device_register_data(NULL, "leds-gpio", PLATFORM_DEVID_NONE, &leds_data,
                                           sizeof(leds_data));
    if (IS_ERR(device))
        gpiod_remove_lookup_table(&lines);
    return PTR_ERR_OR_ZERO(device);
}

static void __exit board_leds_exit(void)
{
    platform_device_unregister(device);
    gpiod_remove_lookup_table(&lines);
}

module_init(board_leds_init);
module_exit(board_leds_exit);
MODULE_DESCRIPTION("LEDs on lines of a simulated GPIO chip");
MODULE_LICENSE("Dual MIT/GPL");
