# Recompute: which nodes of a stage are kept for its backward pass and which run again right before it, so that
# running again takes least time within a memory. The parts of a stage in `planner two-stage`.
#
# A node reads nodes of its own stage (EDGES) and the stage's input, which is there. What the stage hands on is there,
# too. Bytes and times are those of one device, under one strategy for each node.

param n, integer, >= 1;
set NODES := 0..n-1;
set EDGES, within NODES cross NODES;
param budget, >= 0;                         # bytes that may stay after the first pass, besides what is handed on
param room, >= 0, default 1e300;            # bytes that running again may take besides what the stage saves
param time{NODES}, >= 0;                    # microseconds, with the edges into the node
param saved{NODES}, >= 0;                   # bytes that the backward pass needs
param output{NODES}, >= 0;                  # bytes of the output
param workspace{NODES}, >= 0;               # bytes that running takes besides
param handed{NODES}, binary;                # whether the stage hands the output on
param inside{NODES}, binary;                # whether what is saved includes the output
param last{NODES}, integer, >= -1;          # the last node of the stage that reads it; -1: none

var keep{NODES}, binary;                    # what the backward pass needs stays
var again{NODES}, binary;                   # the node runs again
var hold{NODES}, binary;                    # the output stays besides

minimize remake: sum{i in NODES} time[i] * again[i];

s.t. need{i in NODES: saved[i] > 0}: keep[i] + again[i] >= 1;
s.t. both{i in NODES: saved[i] > 0}: hold[i] <= keep[i];
s.t. input{(i, j) in EDGES: handed[i] = 0}:
  again[j] <= again[i] + (if inside[i] = 1 then keep[i] else hold[i]);
s.t. memory: sum{i in NODES} (saved[i] * keep[i] + output[i] * hold[i]) <= budget;
s.t. rooms{i in NODES: room < 1e300}:
  workspace[i] * again[i] + sum{j in NODES: inside[j] = 0} output[j] * hold[j]
  + sum{j in NODES: inside[j] = 0 and j <= i and last[j] >= i} output[j] * again[j] <= room;

solve;
printf "remake %.9f\n", remake;
end;
