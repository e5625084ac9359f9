"""gpiozero and Python's pigpio drive real lines through boardd; run by the script daemon."""

import os
import subprocess
import time

import pigpio
from gpiozero import LED, Button, Device
from gpiozero.pins.pigpio import PiGPIOFactory

GPIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpio")


def level(line):
    return int(subprocess.run([GPIO, "level", f"GPIO{line}"], stdout=subprocess.PIPE, check=True).stdout)


def drive(line, value):
    subprocess.run([GPIO, "drive", f"GPIO{line}", str(value)], check=True)


def eventually(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.05)


def gpiozero():
    Device.pin_factory = PiGPIOFactory()
    red = LED(20)
    red.on()
    assert level(20) == 1
    red.off()
    assert level(20) == 0
    red.close()

    presses = []
    drive(21, 1)
    button = Button(21)  # Pulled up; pressed is low.
    button.when_pressed = lambda: presses.append("pressed")
    button.when_released = lambda: presses.append("released")
    drive(21, 0)
    eventually("the press", lambda: presses == ["pressed"])
    drive(21, 1)
    eventually("the release", lambda: presses == ["pressed", "released"])
    button.close()
    Device.pin_factory.close()


def callbacks():
    pi = pigpio.pi()
    pi.set_mode(22, pigpio.INPUT)
    seen = []
    counter = pi.callback(22, pigpio.EITHER_EDGE, lambda gpio, edge, tick: seen.append(edge))
    time.sleep(0.5)
    for value in (1, 0, 1, 0):
        drive(22, value)
    eventually("four edges", lambda: seen == [1, 0, 1, 0])
    counter.cancel()
    pi.stop()


gpiozero()
callbacks()
print("clients: passed")
