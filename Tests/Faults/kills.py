#!/usr/bin/env python3
"""Kills `planner batch` and `planner solve` at random moments and checks what they leave.

  kills.py [--planner PATH] [--kills 100] [--items 60] [--seed 1] [--keep]

A batch over small profiles is started, killed with SIGKILL after a random time, and resumed, until that many
kills have hit a running batch; a batch that ends is checked against an undisturbed one and begun again. After each
kill: every line of the result file but the last is whole; no item stands there twice (repeated); the plan of every
line is there with its digest (lost, corrupt); no file is half written; and all processes that the batch started are
gone within two seconds. `planner solve -o` is killed as often: the plan is whole or absent.

Needs nothing but Python 3 and Linux. Exit code 1 if anything was found.
"""
import argparse
import collections
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tiny_profiles

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Faults:
    """What was found wrong."""

    def __init__(self):
        self.counts = collections.Counter(lost=0, corrupt=0, repeated=0, orphans=0)

    def add(self, kind, words):
        self.counts[kind] += 1
        print(f"{kind}: {words}", file=sys.stderr)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def descendants(root):
    """The processes below one, by the parents that /proc tells."""
    children = collections.defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                children[int(fields[1])].append(int(name))
    found, rest = [], [root]
    while rest:
        below = children[rest.pop()]
        found += below
        rest += below
    return found


def is_running(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def kill(process, faults):
    """Kills a process alone, and waits for those that it had started."""
    below = descendants(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 2
    while any(map(is_running, below)):
        if time.monotonic() > deadline:
            faults.add("orphans", f"{[p for p in below if is_running(p)]} outlive their batch")
            for left in below:
                if is_running(left):
                    os.kill(left, signal.SIGKILL)
            return
        time.sleep(0.005)


def check(results, plans, faults):
    """Checks what a killed batch left; returns the digests by item."""
    found = {}
    if not os.path.exists(results):
        return found
    with open(results, "rb") as file:
        lines = file.read().split(b"\n")[:-1]
    for number, line in enumerate(lines, 1):
        try:
            result = json.loads(line)
        except ValueError:
            faults.add("corrupt", f"{results}:{number} is no JSON")
            continue
        name = result["id"]
        if name in found:
            faults.add("repeated", f"{results}:{number}: {name}")
        if result["status"] != "planned":
            faults.add("lost", f"{results}:{number}: {name}: {result}")
            continue
        found[name] = result["digest"]
        if not os.path.exists(result["output"]):
            faults.add("lost", f"{result['output']} is missing")
        elif digest(result["output"]) != result["digest"]:
            faults.add("corrupt", f"{result['output']} has another digest")
    for name in os.listdir(plans) if os.path.isdir(plans) else []:
        if not name.endswith(".plan.json"):
            faults.add("corrupt", f"{plans}/{name} was left")
            continue
        try:
            with open(os.path.join(plans, name)) as file:
                json.load(file)
        except ValueError:
            faults.add("corrupt", f"{plans}/{name} is half written")
    return found


def kill_batches(planner, folder, options, draw, faults):
    profiles = os.path.join(folder, "profiles")
    tiny_profiles.write(profiles, options.items, options.seed)
    base = [planner, "batch", profiles, "--no-cache", "--jobs", "2", "--quiet"]
    begin = time.monotonic()
    reference = os.path.join(folder, "reference.jsonl")
    subprocess.run(base + ["--results", reference, "-o", os.path.join(folder, "reference")], check=True)
    whole = time.monotonic() - begin
    expected = check(reference, os.path.join(folder, "reference"), faults)
    kills, rounds, starts = 0, 0, 0
    while kills < options.kills:
        rounds += 1
        results = os.path.join(folder, f"r{rounds}.jsonl")
        plans = os.path.join(folder, f"plans{rounds}")
        while True:
            starts += 1
            process = subprocess.Popen(base + ["--results", results, "-o", plans, "--resume"])
            patience = draw.uniform(0, whole / 3) if kills < options.kills else None
            try:
                if process.wait(patience) != 0:
                    faults.add("lost", f"the batch ended with {process.returncode}")
                break
            except subprocess.TimeoutExpired:
                kill(process, faults)
                kills += 1
                check(results, plans, faults)
        found = check(results, plans, faults)
        if found != expected:
            faults.add("lost", f"round {rounds}: {len(found)} of {len(expected)} items, or other digests")
        shutil.rmtree(plans)
    print(f"batch: {kills} kills in {rounds} rounds of {options.items} items ({starts} starts)")


def kill_solves(planner, folder, options, draw, faults):
    profile = os.path.join(folder, "profiles", "tiny0000.profile.json")
    plans = os.path.join(folder, "single")
    os.mkdir(plans)
    plan = os.path.join(plans, "a.plan.json")
    command = [planner, "solve", profile, "-q", "-o", plan]
    begin = time.monotonic()
    subprocess.run(command, check=True)
    whole = time.monotonic() - begin
    expected = digest(plan)
    killed = written = 0
    while killed < options.kills:
        # Half of the time the plan is there already, as after an earlier run.
        if draw.random() < 0.5 and os.path.exists(plan):
            os.remove(plan)
        process = subprocess.Popen(command)
        try:
            process.wait(draw.uniform(0, 1.1 * whole))
        except subprocess.TimeoutExpired:
            kill(process, faults)
            killed += 1
        if os.path.exists(plan):
            written += 1
            if digest(plan) != expected:
                faults.add("corrupt", f"{plan} is half written")
        if draw.random() < 0.1:
            for name in os.listdir(plans):
                if name != "a.plan.json":
                    print(f"solve: {name} was left", file=sys.stderr)
                    faults.add("corrupt", f"{plans}/{name} was left")
                    os.remove(os.path.join(plans, name))
    print(f"solve: {killed} kills; the plan was there and whole {written} times, else absent")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--planner", default=os.path.join(ROOT, ".build", "release", "planner"))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the files for inspection")
    options = parser.parse_args()
    options.planner = os.path.abspath(options.planner)
    draw, faults = random.Random(options.seed), Faults()
    folder = tempfile.mkdtemp(prefix="planner-kills-")
    try:
        kill_batches(options.planner, folder, options, draw, faults)
        kill_solves(options.planner, folder, options, draw, faults)
    finally:
        if options.keep:
            print(f"files in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(", ".join(f"{count} {kind}" for kind, count in faults.counts.items()))
    sys.exit(1 if any(faults.counts.values()) else 0)


if __name__ == "__main__":
    main()
