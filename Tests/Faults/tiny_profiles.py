#!/usr/bin/env python3
"""Writes small swap profiles, the same for the same seed: tiny_profiles.py FOLDER [COUNT] [SEED].

Each is a chain of four to seven layers, forward and backward, on a device that holds about half of what the
iteration needs, so that the solver has something to do for a few milliseconds.
"""
import json
import os
import random
import sys

MEBIBYTE = 1 << 20


def profile(seed):
    """One iteration as the members of a profile."""
    draw = random.Random(seed)
    layers = draw.randint(4, 7)
    tensors, forward, backward = [], [], []
    for layer in range(layers):
        size = draw.randint(8, 64) * MEBIBYTE
        for name, kind in (("act", "activation"), ("grad", "gradient")):
            tensors.append({"id": f"{name}{layer}", "bytes": size, "kind": kind})
        time = draw.randint(200, 4000)
        reads = [f"act{layer - 1}"] if layer else []
        forward.append({"id": f"f{layer}", "phase": "forward", "duration_us": time, "reads": reads,
                        "writes": [f"act{layer}"], "recomputable": draw.random() < 0.5})
        reads = [f"act{layer}"] + ([f"grad{layer + 1}"] if layer + 1 < layers else [])
        backward.append({"id": f"b{layer}", "phase": "backward", "duration_us": 2 * time,
                         "reads": reads, "writes": [f"grad{layer}"]})
    total = sum(t["bytes"] for t in tensors if t["kind"] == "activation")
    link = {"latency_us": 10, "bandwidth_gb_per_s": draw.choice([4, 6, 8])}
    device = {"name": "tiny", "memory_bytes": int(0.5 * total) + 130 * MEBIBYTE,
              "links": {"h2d": link, "d2h": link}}
    return {"schema": "planner.profile/1", "name": f"tiny{seed}", "device": device,
            "tensors": tensors, "operators": forward + backward[::-1]}


def write(folder, count, seed=0):
    """Writes profiles into a folder and returns their paths."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for number in range(count):
        paths.append(os.path.join(folder, f"tiny{number:04}.profile.json"))
        with open(paths[-1], "w") as file:
            json.dump(profile(seed * 1_000_000 + number), file, indent=1)
    return paths


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000,
          int(sys.argv[3]) if len(sys.argv) > 3 else 0)
