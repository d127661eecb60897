# Two-stage: one strategy for each node of a chain of stages, and for each node whether it is kept for its
# backward pass or runs once more, so that all fits in memory when the backward pass begins. What a node that runs
# again reads in its stage runs again, too, or is kept with its output.
#
# The relaxation that bounds `planner two-stage` from below (Sources/Problems/TwoStage/Formulation): a schedule
# may need more memory at other times, and more runs of a stage. Bytes and times are those of one device.

param n, integer, >= 1;
param stages, integer, >= 1;
set NODES := 0..n-1;
set STAGES := 0..stages-1;
param stage{NODES}, in STAGES;
param leader{NODES}, in NODES;              # the node itself, or an earlier one that it follows
param budget, >= 0;                         # bytes
set STRATEGIES, dimen 2;                    # node, strategy
param forward{STRATEGIES}, >= 0;            # microseconds
param rest{STRATEGIES}, >= 0;               # backward pass and synchronisation
param always{STRATEGIES}, >= 0;             # bytes of states, and of what the loss needs in any case
param kept{STRATEGIES}, >= 0;               # bytes if the node is kept
param output{STRATEGIES}, >= 0;             # bytes of the output
param inside{STRATEGIES}, binary;           # whether what is kept includes the output
# Nodes whose output may be gone, and their readers in the stage.
set READS, within NODES cross NODES, default {i in 1..0, j in 1..0};
set EDGES;
param source{EDGES}, in NODES;
param target{EDGES}, in NODES;
set PAIRS, dimen 3;                         # edge, strategy of its source, strategy of its target
param there{PAIRS}, >= 0;                   # microseconds in the forward pass
param back{PAIRS}, >= 0;                    # and in the backward pass

var choose{STRATEGIES, 0..2}, binary;       # 1: the node is kept; 2: with its output besides
var pair{PAIRS, 0..1}, >= 0;

minimize time:
  sum{(i, s) in STRATEGIES, k in 0..2}
    ((if k = 0 then 2 else 1) * forward[i, s] + rest[i, s]) * choose[i, s, k]
  + sum{(e, s, t) in PAIRS, k in 0..1} ((2 - k) * there[e, s, t] + back[e, s, t]) * pair[e, s, t, k];

s.t. loss{(i, s) in STRATEGIES: stage[i] = stages - 1}: choose[i, s, 0] = 0;
s.t. hold{(i, s) in STRATEGIES: card({(p, j) in READS: p = i}) = 0}: choose[i, s, 2] = 0;
s.t. input{(i, j) in READS}:
  sum{(j, s) in STRATEGIES} choose[j, s, 0]
  <= sum{(i, s) in STRATEGIES} (choose[i, s, 0] + inside[i, s] * choose[i, s, 1] + choose[i, s, 2]);
s.t. one{i in NODES}: sum{(i, s) in STRATEGIES, k in 0..2} choose[i, s, k] = 1;
s.t. follow{(i, s) in STRATEGIES: leader[i] != i}:
  sum{k in 0..2} choose[i, s, k] = sum{k in 0..2} choose[leader[i], s, k];
s.t. row{e in EDGES, (i, s) in STRATEGIES: i = source[e]}:
  sum{(e, s, t) in PAIRS, k in 0..1} pair[e, s, t, k] = sum{k in 0..2} choose[i, s, k];
s.t. column{e in EDGES, (j, t) in STRATEGIES, k in 0..1: j = target[e]}:
  sum{(e, s, t) in PAIRS} pair[e, s, t, k]
  = choose[j, t, k] + (if k = 1 then choose[j, t, 2] else 0);
s.t. memory:
  sum{(i, s) in STRATEGIES, k in 0..2} (always[i, s] + (if k > 0 then kept[i, s] else 0)
    + (if k = 2 then output[i, s] else 0)) * choose[i, s, k] <= budget;

solve;
printf "time %.9f\n", time;
end;
