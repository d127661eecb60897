"""Writes eplb.json: loads, and what DeepSeek's EPLB gives for them.

An implementation of its own, from the algorithm's description, with numpy in single precision; the
first case is the example of EPLB's README, whose published result it must reproduce.

    python3 eplb.py path/to/deepseek_v2_lite_expert_load.json > eplb.json
"""
import json
import sys

import numpy as np


def pack(weights, packs):
    size = len(weights) // packs
    owner = np.zeros(len(weights), int)
    rank = np.zeros(len(weights), int)
    if size == 1:
        return np.arange(len(weights)), rank
    loads = np.zeros(packs, np.float32)
    filled = np.zeros(packs, int)
    for item in np.argsort(-weights, kind="stable"):
        candidate = min((p for p in range(packs) if filled[p] < size), key=lambda p: loads[p])
        owner[item], rank[item] = candidate, filled[candidate]
        loads[candidate] += weights[item]
        filled[candidate] += 1
    return owner, rank


def replicate(weights, total):
    experts = list(range(len(weights)))
    count = np.ones(len(weights), np.float32)
    while len(experts) < total:
        expert = int(np.argmax(weights / count))
        experts.append(expert)
        count[expert] += 1
    return np.array(experts), count


def balance(load, replicas, groups, nodes, devices):
    load = np.array(load, np.float32)
    if groups % nodes:
        groups = nodes = 1
    size = len(load) // groups
    owner, rank = pack(load.reshape(groups, size).sum(1), nodes)
    per_node = groups // nodes
    middle = np.zeros(len(load), int)
    for group in range(groups):
        first = (owner[group] * per_node + rank[group]) * size
        middle[first:first + size] = np.arange(group * size, (group + 1) * size)
    result = []
    width = len(load) // nodes
    for node in range(nodes):
        experts = middle[node * width:(node + 1) * width]
        copies, count = replicate(load[experts], replicas // nodes)
        share = (load[experts] / count)[copies]
        where, slot = pack(share, devices // nodes)
        room = replicas // devices
        row = np.zeros(replicas // nodes, int)
        row[where * room + slot] = experts[copies]
        result += row.tolist()
    return result


readme = [[90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86],
          [20, 107, 104, 64, 19, 197, 187, 157, 172, 86, 16, 27]]
published = [[5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1],
             [7, 10, 6, 8, 6, 11, 8, 9, 2, 4, 5, 1, 5, 0, 3, 1]]
cases = []
for load, expected in zip(readme, published):
    assert balance(load, 16, 4, 2, 8) == expected, "the port is wrong"
    cases.append(dict(load=load, replicas=16, groups=4, nodes=2, devices=8, expected=expected))
domains = json.load(open(sys.argv[1]))["domains"]
shapes = [(8, 1, 1, 72), (16, 1, 1, 80), (32, 1, 1, 96), (8, 2, 8, 72)]
for index in range(12):
    load = domains[sorted(domains)[index % 4]][index]
    devices, nodes, groups, replicas = shapes[index // 3]
    expected = balance(load, replicas, groups, nodes, devices)
    cases.append(dict(load=load, replicas=replicas, groups=groups, nodes=nodes, devices=devices,
                      expected=expected))
print("[")
print(",\n".join(json.dumps(case) for case in cases))
print("]")
