"""Stories of the unmodified Python client, package python3-pigpio."""

import threading
import time

import pigpio
from hand import Hand, equal, eventually, run_story

pigpio.exceptions = True


def fails(code, call, *arguments):
    pigpio.exceptions = False
    equal(call(*arguments), code)
    pigpio.exceptions = True


def connected():
    pi = pigpio.pi()
    assert pi.connected
    return pi


def read_and_write():
    pi, hand = connected(), Hand()
    pi.set_mode(17, pigpio.OUTPUT)
    equal(pi.get_mode(17), pigpio.OUTPUT)
    for level in (1, 0, 1):
        pi.write(17, level)
        equal(pi.read(17), level)
        equal(hand.level(17), level)
    pi.set_mode(4, pigpio.INPUT)
    pi.set_pull_up_down(4, pigpio.PUD_UP)
    equal(pi.read(4), 1)
    pi.set_pull_up_down(4, pigpio.PUD_DOWN)
    equal(pi.read(4), 0)
    hand.drive(4, 1)
    equal(pi.read(4), 1)
    equal(pi.read_bank_1(), 1 << 4 | 1 << 17)
    equal(pi.set_bank_1(1 << 17), 0)
    equal(pi.clear_bank_1(1 << 17), 0)
    equal(pi.read(17), 0)
    equal(pi.get_pigpio_version(), 79)
    equal(pi.get_hardware_revision(), 0xA02082)
    equal(pi.gpio_trigger(17, 50, 1), 0)
    pi.stop()


def errors():
    pi = connected()
    fails(pigpio.PI_BAD_GPIO, pi.write, 99, 1)
    fails(pigpio.PI_BAD_LEVEL, pi.write, 17, 2)
    fails(pigpio.PI_BAD_MODE, pi.set_mode, 17, 9)
    fails(pigpio.PI_NOT_PERMITTED, pi.write, 0, 1)
    fails(pigpio.PI_SOME_PERMITTED, pi.set_bank_1, 1)
    fails(pigpio.PI_UNKNOWN_COMMAND, pi.wave_clear)
    fails(pigpio.PI_UNKNOWN_COMMAND, pi.i2c_open, 1, 0x20)
    fails(pigpio.PI_UNKNOWN_COMMAND, pi.store_script, b"mils 1")
    fails(pigpio.PI_NOT_HPWM_GPIO, pi.hardware_PWM, 18, 1000, 500000)
    try:
        pi.wave_clear()
        assert False
    except pigpio.error as error:
        equal(str(error), "'unknown command'")
    equal(pi.read(17), 0)  # The connection has survived all that.
    pi.stop()


def callbacks():
    pi, hand = connected(), Hand()
    rising, falling, either, events = [], [], [], []
    pi.set_mode(4, pigpio.INPUT)
    pi.set_mode(5, pigpio.INPUT)
    a = pi.callback(4, pigpio.RISING_EDGE, lambda *event: rising.append(event))
    pi.callback(4, pigpio.FALLING_EDGE, lambda *event: falling.append(event))
    pi.callback(5, pigpio.EITHER_EDGE, lambda *event: either.append(event))
    pi.event_callback(7, lambda *event: events.append(event))
    before = pi.get_current_tick()
    for _ in range(100):
        hand.drive(4, 1)
        hand.drive(4, 0)
        hand.drive(5, 1)
        hand.drive(5, 0)
    eventually(lambda: len(either) >= 200 and len(falling) >= 100)
    equal((len(rising), len(falling), len(either)), (100, 100, 200))
    equal([event[1] for event in either], [1, 0] * 100)
    ticks = [event[2] for event in rising]
    assert all(pigpio.tickDiff(x, y) < 2**31 for x, y in zip([before] + ticks, ticks))
    pi.event_trigger(7)
    eventually(lambda: events)
    a.cancel()
    hand.drive(4, 1)
    hand.drive(5, 1)
    eventually(lambda: len(either) == 201)
    equal(len(rising), 100)
    pi.stop()


def wait_for_edge():
    pi, hand = connected(), Hand()
    pi.set_pull_up_down(4, pigpio.PUD_UP)
    threading.Timer(0.3, lambda: hand.drive(4, 0)).start()
    assert pi.wait_for_edge(4, pigpio.FALLING_EDGE, 10)
    assert not pi.wait_for_edge(4, pigpio.FALLING_EDGE, 0.2)
    pi.stop()


def pwm():
    pi, hand = connected(), Hand()
    equal(pi.set_PWM_frequency(18, 100), 100)
    equal(pi.set_PWM_range(18, 1000), 2000)
    equal(pi.get_PWM_range(18), 1000)
    equal(pi.get_PWM_real_range(18), 2000)
    edges = []
    pi.callback(18, pigpio.EITHER_EDGE, lambda *event: edges.append(event))
    pi.set_PWM_dutycycle(18, 250)
    equal(pi.get_PWM_dutycycle(18), 250)
    eventually(lambda: len(edges) >= 41)
    highs = [pigpio.tickDiff(a[2], b[2]) for a, b in zip(edges, edges[1:]) if a[1] == 1]
    assert all(high >= 2500 for high in highs), highs  # Never shorter than asked for.
    pi.set_PWM_dutycycle(18, 1000)
    equal(hand.level(18), 1)
    pi.set_PWM_dutycycle(18, 0)
    equal(hand.level(18), 0)
    pi.set_servo_pulsewidth(12, 1500)
    equal(pi.get_servo_pulsewidth(12), 1500)
    pi.set_servo_pulsewidth(12, 0)
    fails(pigpio.PI_NOT_SERVO_GPIO, pi.get_servo_pulsewidth, 18)
    fails(pigpio.PI_BAD_PULSEWIDTH, pi.set_servo_pulsewidth, 12, 100)
    pi.stop()


def filters_and_watchdogs():
    pi, hand = connected(), Hand()
    seen = []
    pi.set_mode(4, pigpio.INPUT)
    pi.set_glitch_filter(4, 100000)
    pi.callback(4, pigpio.EITHER_EDGE, lambda *event: seen.append(event[1]))
    hand.drive(4, 1)
    hand.drive(4, 0)
    hand.drive(4, 1)
    equal(pi.read(4), 1)
    eventually(lambda: seen == [1])
    pi.set_glitch_filter(4, 0)
    pi.set_noise_filter(4, 0, 0)
    pi.set_watchdog(4, 50)
    eventually(lambda: len(seen) >= 3)
    equal(seen[:3], [1, pigpio.TIMEOUT, pigpio.TIMEOUT])
    pi.set_watchdog(4, 0)
    pi.stop()


def many_clients():
    """Changes by one client are seen by another, whatever it watches."""
    a, b = connected(), connected()
    seen = []
    b.callback(17, pigpio.EITHER_EDGE, lambda *event: seen.append(event[1]))
    a.write(17, 1)
    a.write(17, 0)
    eventually(lambda: seen == [1, 0])
    b.stop()
    a.write(17, 1)
    equal(a.read(17), 1)
    a.stop()


run_story(globals())
