# The fastest way from one layout of a tensor to another.
#
# A layout is a node, a step (all-gather, all-to-all, slice, reduce-scatter, all-reduce) an arc. One unit
# flows from the first layout to the last. The matrix is totally unimodular, so the linear relaxation is integral.

set LAYOUTS;
set STEPS dimen 2, within {LAYOUTS, LAYOUTS};

param time_us {STEPS} >= 0;      # how long the fastest step between two layouts takes
param peak_bytes {STEPS} >= 0;   # what a device holds meanwhile, with the tensor that is converted
param cap_bytes >= 0;            # the most that a device may hold
param first symbolic in LAYOUTS;
param last symbolic in LAYOUTS;

# taken[i,j]: the way makes the step from i to j.
var taken {(i, j) in STEPS: peak_bytes[i, j] <= cap_bytes} >= 0;

minimize time: sum {(i, j) in STEPS: peak_bytes[i, j] <= cap_bytes} time_us[i, j] * taken[i, j];

# As many steps leave a layout as lead there, but for the first and the last.
s.t. flow {k in LAYOUTS}:
  sum {(i, j) in STEPS: i = k and peak_bytes[i, j] <= cap_bytes} taken[i, j]
  - sum {(i, j) in STEPS: j = k and peak_bytes[i, j] <= cap_bytes} taken[i, j]
  = (if k = first then 1 else 0) - (if k = last then 1 else 0);

end;
