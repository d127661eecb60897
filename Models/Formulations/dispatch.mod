# Dispatch: how many tokens each device sends to the experts of each other device in one all-to-all
# exchange, so that the slowest link is done as early as possible.
#
# The readable form of the program that `planner dispatch` builds (Sources/Problems/TokenDispatch/Formulation).
# Times are microseconds. A link is the port of a device, a network card, the uplink of a switch, or the
# path of one pair alone; lines below its time as a function of the tokens that it carries stand for it.

param P, integer, > 0;                      # devices
set DEVICES := 0..P-1;
param r, integer, >= 0;                     # tokens that each device sends: its batch times top-k
param q{DEVICES}, integer, >= 0;            # tokens that the experts of a device take
param even{j in DEVICES} := q[j] / P;       # tokens of a pair when all experts get the same
param movable, >= 0;                        # tokens that may go elsewhere than in the even dispatch

set CARRIES, dimen 3;                       # link, from device, to device: the link lies on their way
set LINES, dimen 2;                         # link, number of the line
param slope{LINES};
param intercept{LINES};

var sent{DEVICES, DEVICES}, >= 0;
var extra{DEVICES, DEVICES}, >= 0;          # how far a pair is above its even share
var time, >= 0;

minimize exchange: time;

s.t. row{i in DEVICES}: sum{j in DEVICES} sent[i, j] = r;
s.t. column{j in DEVICES}: sum{i in DEVICES} sent[i, j] = q[j];
s.t. above{i in DEVICES, j in DEVICES}: extra[i, j] >= sent[i, j] - even[j];
s.t. moved: sum{i in DEVICES, j in DEVICES} extra[i, j] <= movable;
s.t. link{(l, n) in LINES}:
  time >= intercept[l, n] + slope[l, n] * sum{(l, i, j) in CARRIES} sent[i, j];

solve;
printf "time %.9f\n", time;
end;
