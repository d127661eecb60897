# Checkpoint: which stages of a chain save for their backward pass and which run again, so that the forward runs
# take least time within a memory of whole slots. The recursion of rotor as a linear program.
#
# time[i,j,m] is the least time of the forward runs of stages i to j in m slots, the input of stage i aside. It
# is at most the time of each way to go on, so that the largest sum meets the least of them. `never` stands for
# what doesn't fit: a schedule that exists takes less. A stage may also keep a part of what it saves and make the
# rest again right before its backward pass: recompute.mod finds such parts.

param n, integer, >= 1;
param slots, integer, >= 0;
set STAGES := 0..n-1;
param forward{STAGES}, >= 0;
param input{STAGES}, integer, >= 0;         # slots of what the stage reads
param saved{STAGES}, integer, >= 0;         # slots of what it saves, output included
param gradient{STAGES}, integer, >= 0;      # slots of the gradient of its output
param running{STAGES}, integer, >= 0;       # what else running without saving takes
param saving{STAGES}, integer, >= 0;        # what else running and saving takes
param backward{STAGES}, integer, >= 0;      # what else the backward pass takes
set PARTS, dimen 2, default {i in 1..0, v in 1..0};  # stage, and the number of a way to keep a part
param kept{PARTS}, integer, >= 0;           # slots of what stays, output included
param remake{PARTS}, >= 0;                  # the time of making the rest again
param partly{PARTS}, integer, >= 0;         # slots that running and keeping the part takes besides
param whole{PARTS}, integer, >= 0;          # slots of all that is there when the rest is made
param again{PARTS}, integer, >= 0;          # slots that making the rest takes besides
param never := 1 + n * sum{i in STAGES} forward[i] + sum{(i, v) in PARTS} remake[i, v];

# Slots that the first of the stages i to j takes if it saves, and stage k if it only runs.
param own{i in STAGES, j in i..n-1} := saved[i]
  + max(gradient[j] + saving[i],
        gradient[i] + backward[i] + (if i > 0 then gradient[i-1] else 0));
param share{(i, v) in PARTS, j in i..n-1} := max(
  kept[i, v], kept[i, v] + gradient[j] + partly[i, v],
  whole[i, v] + gradient[i] + max(again[i, v], backward[i] + (if i > 0 then gradient[i-1] else 0)));
param transit{i in STAGES, j in i..n-1, k in i..j} := gradient[j]
  + (if k > i then input[k] else 0) + (if k < n - 1 then input[k+1] else 0) + running[k];
param peak{i in STAGES, j in i..n-1, k in i+1..j} := max(input[k], max{l in i..k-1} transit[i, j, l]);

var time{i in STAGES, j in i..n-1, m in 0..slots}, >= 0, <= never;

maximize all: sum{i in STAGES, j in i..n-1, m in 0..slots} time[i, j, m];

s.t. last{i in STAGES, m in 0..slots: m >= own[i, i]}: time[i, i, m] <= forward[i];
s.t. save{i in STAGES, j in i+1..n-1, m in 0..slots: m >= own[i, j]}:
  time[i, j, m] <= forward[i] + time[i+1, j, m - saved[i]];
s.t. part{(i, v) in PARTS, j in i+1..n-1, m in 0..slots: m >= share[i, v, j]}:
  time[i, j, m] <= forward[i] + remake[i, v] + time[i+1, j, m - kept[i, v]];
s.t. rerun{i in STAGES, j in i+1..n-1, k in i+1..j, m in 0..slots: m >= peak[i, j, k]}:
  time[i, j, m] <= sum{l in i..k-1} forward[l] + time[k, j, m - input[k]] + time[i, k-1, m];

solve;
printf "time %.9f\n", if time[0, n-1, slots].val < never then time[0, n-1, slots].val else -1;
end;
