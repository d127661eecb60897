# Sharding: one strategy for each operator of a graph, so that computing, communication and resharding
# between neighbours cost least, and the operators that are live together fit in memory at every time.
#
# The readable form of the program that `planner shard` builds (Sources/Problems/Sharding/Formulation) after
# its presolve. Forbidden strategies and pairs are not in the sets.

param n, integer, >= 0;
set NODES := 0..n-1;
set TIMES;                                  # the times at which a life begins: memory grows only there
param limit, >= 0;                          # bytes
param lower{NODES}, integer;                # live from here on
param upper{NODES}, integer;                # and no more from here on
set STRATEGIES, dimen 2;                    # node, strategy
param cost{STRATEGIES}, >= 0;
param memory{STRATEGIES}, >= 0;             # bytes
set EDGES;
param source{EDGES}, in NODES;
param target{EDGES}, in NODES;
set PAIRS, dimen 3;                         # edge, strategy of its source, strategy of its target
param together{PAIRS}, >= 0;

var choose{STRATEGIES}, binary;
var pair{PAIRS}, >= 0;

minimize total:
  sum{(i, s) in STRATEGIES} cost[i, s] * choose[i, s]
  + sum{(e, s, t) in PAIRS} together[e, s, t] * pair[e, s, t];

s.t. one{i in NODES}: sum{(i, s) in STRATEGIES} choose[i, s] = 1;
s.t. row{e in EDGES, (i, s) in STRATEGIES: i = source[e]}:
  sum{(e, s, t) in PAIRS} pair[e, s, t] = choose[i, s];
s.t. column{e in EDGES, (j, t) in STRATEGIES: j = target[e]}:
  sum{(e, s, t) in PAIRS} pair[e, s, t] = choose[j, t];
# Pairs with strategies that are forbidden by themselves.
s.t. source_allowed{(e, s, t) in PAIRS: (source[e], s) not in STRATEGIES}: pair[e, s, t] = 0;
s.t. target_allowed{(e, s, t) in PAIRS: (target[e], t) not in STRATEGIES}: pair[e, s, t] = 0;
s.t. fits{t in TIMES}:
  sum{(i, s) in STRATEGIES: lower[i] <= t and t < upper[i]} memory[i, s] * choose[i, s] <= limit;

solve;
printf "total %.9f\n", total;
end;
