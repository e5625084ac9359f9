#!/usr/bin/env python3
"""The bench's arithmetic: which rounds count, which targets are reached, what is written."""

import csv
import pathlib
import tempfile
import unittest
import xml.etree.ElementTree

from plot import write_svg
from report import Results, pin_table, tables, target_table, write_csv
from targets import DEEP, ECHO, Target


def load(cpu_us, waited=0.0):
    return {"cpu_us": cpu_us, "per_second": 1e6 / cpu_us, "p50_us": 9, "p99_us": 99, "failures": 0, "waited": waited}


class ResultsTest(unittest.TestCase):
    def test_disturbed_rounds_are_left_out_while_enough_are_left(self):
        results = Results()
        for cpu_us, waited in ((5, 0), (6, 0.1), (7, 0.15), (90, 0.16), (80, 0.9)):
            results.add("ours", ECHO, load(cpu_us, waited))
        self.assertEqual(results.median("ours", ECHO, "cpu_us"), 6)
        self.assertEqual(results.disturbed(), (0, 1))

    def test_else_the_three_least_disturbed_count_and_are_told(self):
        results = Results()
        for cpu_us, waited in ((9, 0.9), (5, 0), (6, 0.5), (7, 0.4)):
            results.add("ours", ECHO, load(cpu_us, waited))
        self.assertEqual(results.median("ours", ECHO, "cpu_us"), 6)
        self.assertEqual(results.disturbed(), (1, 1))

    def test_what_was_not_measured_has_no_median(self):
        results = Results()
        results.add("ours", "system calls", {})
        self.assertIsNone(results.median("ours", "system calls", "system_calls"))
        self.assertIsNone(results.median("libuv", ECHO, "cpu_us"))

    def test_memory_of_a_connection_is_what_ten_thousand_add(self):
        results = Results()
        results.add("ours", "idle", {"resident_0": 1_000_000})
        self.assertIsNone(results.median("ours", "idle", "bytes_per_connection"))
        results.add("ours", "idle", {"resident_10000": 11_000_000})
        self.assertEqual(results.median("ours", "idle", "bytes_per_connection"), 1000)

    def test_or_a_thousand_where_there_were_no_more(self):
        results = Results()
        for name, resident in (("resident_0", 1_000_000), ("resident_1000", 3_000_000)):
            results.add("ours", "TLS idle", {name: resident})
        self.assertEqual(results.median("ours", "TLS idle", "bytes_per_connection"), 2000)
        self.assertIsNone(results.median("ours", "idle", "bytes_per_connection"))


class TargetTest(unittest.TestCase):
    def setUp(self):
        self.results = Results()
        for server, cpu_us in (("ours", 6), ("raw io_uring", 5), ("raw io_uring multishot", 4), ("Asio io_uring", 8)):
            self.results.add(server, ECHO, load(cpu_us))

    def reached(self, others, figure="cpu_us", workload=ECHO):
        return Target("", workload, figure, others, 1).reached(self.results.median)

    def test_is_the_ratio_to_the_best_of_the_others(self):
        self.assertEqual(self.reached(("raw io_uring", "raw io_uring multishot")), 1.5)
        self.assertEqual(self.reached(("Asio io_uring",)), 0.75)
        self.assertEqual(self.reached(()), 6)

    def test_is_not_reached_without_the_figures(self):
        self.assertIsNone(self.reached(("raw io_uring", "libuv")))
        self.assertIsNone(self.reached((), workload=DEEP))

    def test_does_not_need_python(self):
        self.assertEqual(self.reached(("Asio io_uring", "uvloop")), 0.75)

    def test_the_cost_of_a_pin_is_one_where_it_was_measured(self):
        text, missed = target_table(self.results)
        self.assertNotIn("GPIO", text)
        for ratio, more in ((1.1, 0), (1.3, 1)):
            self.results.add("ours", "pin", {"ratio": ratio})
            text, now_missed = target_table(self.results)
            self.assertRegex(text, rf"setting a line of a GPIO chip: its system call +1.200 +{ratio:.3f}")
            self.assertEqual(now_missed, missed + more)
            del self.results.rounds["ours", "pin"]

    def test_the_table_counts_what_is_missed_or_not_measured(self):
        text, missed = target_table(self.results)
        everything = len(text.splitlines()) - 3
        self.assertEqual(missed, everything - text.count("reached\n"))
        self.assertIn("echo 64 B, 50 connections: CPU, best raw io_uring", text)
        self.assertIn("MISSED", text)


class OutputTest(unittest.TestCase):
    def test_table_csv_and_plot_have_what_was_measured(self):
        results = Results()
        results.add("ours", ECHO, load(5))
        results.add("ours", ECHO, load(7))
        results.add("libuv & <more>", ECHO, load(10))
        results.add("asyncio", ECHO, load(90))
        self.assertIn("libuv & <more>           10.00       0.60", tables(results))
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "bench.csv")
            write_csv(results, path)
            rows = list(csv.DictReader(path.read_text().splitlines()))
            self.assertIn({"workload": ECHO, "server": "ours", "figure": "cpu_us", "median": "6", "smallest": "5",
                           "largest": "7", "rounds": "2"}, rows)
            path = pathlib.Path(directory, "bench.svg")
            write_svg(results, "a <note>", path)
            texts = [element.text for element in xml.etree.ElementTree.parse(path).iter() if element.tag.endswith("text")]
        self.assertIn("a <note>", texts)
        self.assertIn("libuv & <more>", texts)
        self.assertIn("90.00 (cut)", texts)
        self.assertIn("6.00", texts)

    def test_the_cost_of_a_pin_is_a_row_or_the_reason_why_it_is_not_known(self):
        results = Results()
        self.assertEqual(pin_table(results, "no chip"), "setting a line of a GPIO chip: not measured: no chip\n")
        results.add("ours", "pin", {"pin": 450, "ioctl": 400, "ratio": 1.125})
        self.assertIn("450                  400   1.12     1.20  reached", pin_table(results, ""))
        results.rounds.clear()
        results.add("ours", "pin", {"pin": 500, "ioctl": 400, "ratio": 1.25})
        self.assertIn("MISSED", pin_table(results, ""))


if __name__ == "__main__":
    unittest.main()
