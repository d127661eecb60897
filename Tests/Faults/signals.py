#!/usr/bin/env python3
"""Interrupts planner's commands at random moments, and measures how long they take to end.

  signals.py [--planner PATH] [--rounds 10] [--limit 1.0] [--seed 1] COMMAND...

Each COMMAND is a line such as "solve p.json.gz --budget 50%"; `-o` is added. Each is run once undisturbed (for two
minutes at most), then as often as --rounds says with SIGINT or SIGTERM in turn at a random moment of that time. Told
are the median and the most seconds from the signal to the end, the load of the machine, and what is wrong: an end
after more than --limit seconds, another exit code than 130 (or that of the undisturbed run, where that was faster
than the signal), a plan that is no JSON, a plan of a search that was cut off and isn't marked so, or a process that
outlives its command. Needs nothing but Python 3 and Linux. Exit code 1 if anything was found.
"""
import argparse
import json
import os
import random
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import kills

# Commands whose answer is no plan in a file.
WITHOUT_PLAN = {"sweep"}


class Trial:
    """One run that a signal ends."""

    def __init__(self, planner, line, folder):
        words = shlex.split(line)
        self.output = os.path.join(folder, "out.json")
        if os.path.exists(self.output):
            os.remove(self.output)
        self.has_plan = words[0] not in WITHOUT_PLAN
        self.process = subprocess.Popen(
            [planner] + words + ["-o", self.output], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def finish(self, seconds):
        """Waits for the end; false if it doesn't come."""
        try:
            self.words = self.process.communicate(timeout=seconds)[1].decode(errors="replace")
            return True
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.words = self.process.communicate()[1].decode(errors="replace")
            return False

    def faults(self, is_cut_off):
        """What is wrong with what it left."""
        if not os.path.exists(self.output) or not self.has_plan:
            return []
        try:
            with open(self.output) as file:
                plan = json.load(file)
        except ValueError as error:
            return [f"half a plan: {error}"]
        # Plans that come again on every run don't say so.
        if is_cut_off and plan.get("repeatable", True) and "best plan" in self.words:
            return ["a plan that was cut off is not marked"]
        return []


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commands", nargs="+", metavar="COMMAND")
    parser.add_argument("--planner", default=os.path.join(kills.ROOT, ".build/release/planner"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--limit", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for line in options.commands:
            begin = time.monotonic()
            whole = Trial(options.planner, line, folder)
            ended = whole.finish(120)
            span = time.monotonic() - begin
            usual = whole.process.returncode if ended else 0
            times, plans, wrong = [], 0, []
            for number in range(options.rounds):
                kind = (signal.SIGINT, signal.SIGTERM)[number % 2]
                moment = draw.uniform(0.05, 1) * min(span, 30)
                trial = Trial(options.planner, line, folder)
                time.sleep(moment)
                if trial.process.poll() is not None:
                    trial.finish(1)
                    continue
                below = kills.descendants(trial.process.pid)
                begin = time.monotonic()
                trial.process.send_signal(kind)
                if not trial.finish(60):
                    wrong.append(f"{kind.name} at {moment:.2f} s: no end within 60 s")
                    continue
                seconds = time.monotonic() - begin
                times.append(seconds)
                plans += os.path.exists(trial.output)
                place = f"{kind.name} at {moment:.2f} s"
                if seconds > options.limit:
                    wrong.append(f"{place}: the end took {seconds:.2f} s")
                code = trial.process.returncode
                # A process that doesn't run yet ends as any other.
                has_begun = moment > 1 or os.path.exists(trial.output)
                if code not in (130, usual) and (has_begun or code != -kind):
                    wrong.append(f"{place}: exit code {code}: {trial.words.strip()[-200:]}")
                wrong += [f"{place}: {words}" for words in trial.faults(code == 130)]
                time.sleep(0.2)
                left = [process for process in below if kills.is_running(process)]
                if left:
                    wrong.append(f"{place}: {left} outlive it")
                    for process in left:
                        os.kill(process, signal.SIGKILL)
            load = os.getloadavg()[0]
            if times:
                print(
                    f"{line}: {span:.1f} s undisturbed; {len(times)} signals, {plans} plans; "
                    f"ended after {statistics.median(times):.2f} s, at most {max(times):.2f} s "
                    f"(load {load:.1f})")
            else:
                print(f"{line}: {span:.1f} s undisturbed; over before every signal")
            for words in wrong:
                print(f"  wrong: {words}", file=sys.stderr)
            sys.stdout.flush()
            found += len(wrong)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
