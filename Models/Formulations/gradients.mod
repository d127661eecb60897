# Gradients: how data-parallel workers add up the gradients of each bucket, so that the last exchange ends
# as early as possible and enough of the gradients' energy is sent.
#
# The readable form of the program that `planner gradients` builds (Sources/Problems/Gradients/Search). Times
# are milliseconds after the first bucket is ready. The options of a bucket are the algorithms with the
# densities, blocks and wire formats that no other option beats in everything.

param B, integer, > 0;                      # buckets, in the order of the backward pass
set BUCKETS := 0..B-1;
param allowed, >= 0;                        # the share of all energy that needn't be sent
param ready{BUCKETS}, >= 0;                 # when the backward pass makes the bucket

set OPTIONS, dimen 2;                       # bucket, number of its option
param choice{OPTIONS}, >= 0;                # choosing elements, while the backward pass waits
param channel{OPTIONS}, >= 0;               # the exchange
param missing{OPTIONS}, >= 0;               # the share of all energy that isn't sent

var use{OPTIONS}, binary;
var late{BUCKETS}, >= 0;                    # how much later the bucket is ready, for choices until then
var start{BUCKETS}, >= 0;
var end, >= 0;

minimize finish: end;

s.t. one{b in BUCKETS}: sum{(b, o) in OPTIONS} use[b, o] = 1;
s.t. chosen{b in BUCKETS}:
  late[b] = (if b > 0 then late[b - 1]) + sum{(b, o) in OPTIONS} choice[b, o] * use[b, o];
s.t. made{b in BUCKETS}: start[b] >= ready[b] + late[b];
s.t. order{b in BUCKETS: b > 0}:
  start[b] >= start[b - 1] + sum{(b - 1, o) in OPTIONS} channel[b - 1, o] * use[b - 1, o];
s.t. last: end >= start[B - 1] + sum{(B - 1, o) in OPTIONS} channel[B - 1, o] * use[B - 1, o];
s.t. energy: sum{(b, o) in OPTIONS} missing[b, o] * use[b, o] <= allowed;

solve;
printf "end %.9f\n", end;
end;
