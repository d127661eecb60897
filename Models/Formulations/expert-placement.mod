# Expert placement with a fractional split: which devices hold a replica of each expert of one layer, and
# which share of its tokens each replica takes, so that the fullest device is as empty as can be.
#
# The readable form of the program that `planner place --split weighted` builds
# (Sources/Problems/ExpertPlacement/Split). Loads are shares of the mean device; with several scenarios
# the placement is one for all, the shares are each scenario's own.

set EXPERTS;
set DEVICES;
set SCENARIOS;
param weight{EXPERTS, SCENARIOS}, >= 0;     # tokens over the mean of a device
param slots{DEVICES}, integer, >= 0;
param slowness{DEVICES}, > 0, default 1;    # mean speed over the device's own
param replicas, integer, >= 0;              # the most replicas of all experts together
param held{EXPERTS, DEVICES}, binary, default 0;     # the current placement
param moves, integer, >= 0, default 1000000;         # replicas that may come to a device without them
param allowed{EXPERTS, DEVICES}, binary, default 1;  # groups that must stay on a node
# The mean of the worst scenarios, so many of them (a fraction counts as such); 0 for the worst alone.
param tail, >= 0, default 0;

var placed{EXPERTS, DEVICES}, binary;       # a replica is there
var flow{EXPERTS, DEVICES, SCENARIOS}, >= 0;         # the tokens that it takes
var largest{SCENARIOS}, >= 0;               # the fullest device
var threshold, >= 0;                        # the value at which the tail begins
var excess{SCENARIOS}, >= 0;                # what a scenario has above it

minimize value: threshold + (if tail > 0 then 1 / tail else 0) * sum{k in SCENARIOS} excess[k];

s.t. worst{k in SCENARIOS: tail = 0}: largest[k] <= threshold;
s.t. above{k in SCENARIOS: tail > 0}: largest[k] - threshold <= excess[k];
s.t. served{e in EXPERTS, k in SCENARIOS}: sum{g in DEVICES} flow[e, g, k] = weight[e, k];
s.t. open{e in EXPERTS, g in DEVICES, k in SCENARIOS}: flow[e, g, k] <= weight[e, k] * placed[e, g];
s.t. load{g in DEVICES, k in SCENARIOS}:
  sum{e in EXPERTS} slowness[g] * flow[e, g, k] <= largest[k];
s.t. somewhere{e in EXPERTS}: sum{g in DEVICES} placed[e, g] >= 1;
s.t. room{g in DEVICES}: sum{e in EXPERTS} placed[e, g] <= slots[g];
s.t. redundancy: sum{e in EXPERTS, g in DEVICES} placed[e, g] <= replicas;
s.t. copies: sum{e in EXPERTS, g in DEVICES: held[e, g] = 0} placed[e, g] <= moves;
s.t. node{e in EXPERTS, g in DEVICES: allowed[e, g] = 0}: placed[e, g] = 0;

solve;
printf "value %.9f\n", value;
end;
