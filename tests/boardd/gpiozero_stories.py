"""Stories of unmodified gpiozero with its PiGPIOFactory, written as its documentation shows."""

import threading
import time

from hand import Hand, equal, eventually, run_story

from gpiozero import LED, Button, PWMLED, Servo
from gpiozero.pins.pigpio import PiGPIOFactory


def led():
    hand = Hand()
    red = LED(17)
    equal(hand.level(17), 0)
    red.on()
    equal((hand.level(17), red.is_lit), (1, True))
    red.off()
    equal(hand.level(17), 0)
    red.toggle()
    equal(hand.level(17), 1)
    red.close()
    lamp = LED(27, active_high=False, initial_value=True)
    equal(hand.level(27), 0)
    lamp.off()
    equal(hand.level(27), 1)


def led_blinks():
    hand = Hand()
    red = LED(17)
    red.blink(on_time=0.05, off_time=0.05, n=3, background=False)
    equal(hand.level(17), 0)
    red.blink(on_time=0.1, off_time=0.1)
    eventually(lambda: hand.level(17) == 1)
    eventually(lambda: hand.level(17) == 0)
    eventually(lambda: hand.level(17) == 1)
    red.off()
    red.close()


def button():
    """The first press must not be lost, as it is with pigpiod."""
    hand = Hand()
    pressed, released = [], []
    switch = Button(4)
    switch.when_pressed = lambda: pressed.append(1)
    switch.when_released = lambda: released.append(1)
    equal(switch.is_pressed, False)
    for count in range(1, 4):
        hand.drive(4, 0)
        eventually(lambda: len(pressed) == count)
        equal(switch.is_pressed, True)
        hand.drive(4, 1)
        eventually(lambda: len(released) == count)
        equal(switch.is_pressed, False)
    equal((len(pressed), len(released)), (3, 3))
    switch.close()


def button_with_pull_down():
    hand = Hand()
    switch = Button(5, pull_up=False)
    threading.Timer(0.3, lambda: hand.drive(5, 1)).start()
    assert switch.wait_for_press(10)
    threading.Timer(0.3, lambda: hand.drive(5, 0)).start()
    assert switch.wait_for_release(10)


def button_bounces():
    hand = Hand()
    pressed = []
    switch = Button(4, bounce_time=0.3)
    switch.when_pressed = lambda: pressed.append(1)
    for _ in range(5):
        hand.drive(4, 0)
        hand.drive(4, 1)
    hand.drive(4, 0)
    eventually(lambda: pressed)
    time.sleep(0.5)
    equal(len(pressed), 1)
    switch.close()


def button_drives_led():
    hand = Hand()
    led = LED(17)
    switch = Button(4)
    switch.when_pressed = led.on
    switch.when_released = led.off
    hand.drive(4, 0)
    eventually(lambda: hand.level(17) == 1)
    hand.drive(4, 1)
    eventually(lambda: hand.level(17) == 0)


def pwm():
    led = PWMLED(18)
    led.value = 0.25
    equal(led.value, 0.25)
    led.on()
    equal(led.value, 1)
    led.close()
    servo = Servo(12)
    servo.mid()
    servo.max()
    servo.detach()
    servo.close()


def forty_factories():
    hand = Hand()
    factories = [PiGPIOFactory() for _ in range(40)]
    leds = [LED(2 + i % 26, pin_factory=factory) for i, factory in enumerate(factories[:26])]
    for led in leds:
        led.on()
    for gpio in range(2, 28):
        equal(hand.level(gpio), 1)
    for led in leds:
        led.close()
    switch = Button(4, pin_factory=factories[39])
    pressed = []
    switch.when_pressed = lambda: pressed.append(1)
    hand.drive(4, 1)
    eventually(lambda: not switch.is_pressed)
    hand.drive(4, 0)
    eventually(lambda: pressed)
    switch.close()
    for factory in factories:
        factory.close()


run_story(globals())
