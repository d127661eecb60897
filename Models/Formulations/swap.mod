# Swap: which idle tensors to keep, to copy to the host and back, or to make again, under a budget.
#
# The readable form of the program that `planner solve` builds (Sources/Problems/Swap/Formulation).
# It relaxes the execution model: copies are fluids that may be split and reordered. Times are
# milliseconds, sizes mebibytes. Operators are numbered from 0; moment 2k is the start and 2k+1 the end of operator k.

param n, integer, > 0;                      # operators
set OPS := 0..n-1;
set MOMENTS := 0..2*n-1;
param time{OPS}, >= 0;                      # how long an operator runs
param live{OPS}, >= 0;                      # memory while it runs if nothing is moved
param carried{OPS}, >= 0;                   # the part that exists before it runs
param budget, > 0;

set GAPS;                                   # idle gaps, in the order of the plan
param after{GAPS}, integer;                 # the operator that touches the tensor last before the gap
param before{GAPS}, integer;                # the operator that touches it next; of the next iteration unless later
set OVER := {g in GAPS: before[g] <= after[g]};                # gaps over the boundary between iterations
param size{GAPS}, >= 0;
param movable{GAPS}, binary;

param copy_out{GAPS}, >= 0;                 # how long the tensor's own copies take
param copy_back{GAPS}, >= 0;
param counts_whole{GAPS}, binary;           # large enough to count as a whole, not only as fluid

set CHAINS, within GAPS cross 0..99;        # ways to make a tensor again
param chain_at{(g, c) in CHAINS}, integer, default before[g];  # the operator before which it runs
param chain_time{CHAINS}, >= 0;
param chain_extra{CHAINS}, >= 0;            # memory of the chain while it runs, at most
set ANCHORS, within CHAINS cross GAPS;      # gaps of a chain's inputs, which must be there when it runs
set EARLY, within GAPS cross OPS, default setof{g in GAPS, k in OPS: k < 0} (g, k);  # inputs that may return before an operator just for its chains
param maker_rank{g in GAPS}, default g;     # chains before one operator run in this order
param maker{g in GAPS}, default g;          # the operator that makes the tensor
set MADE := setof{(g, c) in CHAINS} (chain_at[g, c], maker[g]);

param rate_out, >= 0;                       # mebibytes per millisecond
param rate_back, >= 0;
param duplex_out, > 0, <= 1;                # speed while the other direction is busy
param duplex_back, > 0, <= 1;

# NVMe below the host; without it, all of this is empty. Tensors go there and come back by way of the host.
set NVME, within GAPS, default {};          # gaps that may be spent on NVMe
param copy_write{NVME}, >= 0;               # how long the tensor's own copies between host and NVMe take
param copy_read{NVME}, >= 0;
param host_budget, >= 0, default 0;         # memory of the host
param nvme_budget, >= 0, default 1e12;
param rate_write, >= 0, default 0;          # mebibytes per millisecond
param rate_read, >= 0, default 0;
param duplex_write, > 0, <= 1, default 1;   # speed while the other direction is busy
param duplex_read, > 0, <= 1, default 1;
set NVME_MOMENTS := if card(NVME) > 0 then MOMENTS else {};

# Codecs that encode a tensor on the device before the copy to the host; without any, all of this is empty.
set CODECS, within GAPS cross 0..99, default setof{g in GAPS, c in 0..0: c > 0} (g, c);
param raw_offered{GAPS}, binary, default 1; # whether the raw tensor may be swapped too
param encode_held{CODECS}, >= 0;            # how long the kernels hold the compute stream
param decode_held{CODECS}, >= 0;
param encode_time{CODECS}, >= 0;            # how long they take in all
param decode_time{CODECS}, >= 0;
param coded_out{CODECS}, >= 0;              # how long the tensor's own copies take
param coded_back{CODECS}, >= 0;
param at_once{CODECS}, >= 0;                # what encoding frees at once, and what the copy frees
param amount{CODECS}, >= 0;
param kernel_extra{CODECS}, >= 0;           # memory of the decoding beside the tensor
set FLOWS, default {};                      # copies that take about as much link time for what they free
param flow{CODECS};
param flow_out{FLOWS}, >= 0;                # milliseconds for each mebibyte
param flow_back{FLOWS}, >= 0;
set CODED_OPS := if card(CODECS) > 0 then OPS else {};

param at{m in MOMENTS} := sum{k in OPS: 2*k+1 <= m} time[k];   # when a moment is if nothing waits
set SHORT := {m in MOMENTS: live[m div 2] > budget};           # moments at which memory is short

set AWAY := {g in GAPS, m in SHORT:                            # moments within gaps
  (before[g] > after[g] and 2*after[g]+1 < m and m < 2*before[g])
  or (before[g] <= after[g] and (2*after[g]+1 < m or m < 2*before[g]))};
param whole_time := sum{k in OPS} time[k];
param since{(g, m) in AWAY} := at[m] - at[2*after[g]+1] + (if m < 2*after[g]+1 then whole_time else 0);
param until{(g, m) in AWAY} := at[2*before[g]] - at[m] + (if m > 2*before[g] then whole_time else 0);

param room{g in NVME} := at[2*before[g]] - at[2*after[g]+1]    # the time of a gap
  + (if before[g] <= after[g] then whole_time else 0);

var swap{g in GAPS}, binary;
var recompute{CHAINS}, binary;
var out{MOMENTS}, >= 0;                     # copied to the host by the moment
var back{MOMENTS}, >= 0;                    # begun to be copied back by the moment
var again{MADE}, >= 0;                      # an operator makes all its tensors for one moment at once
var stall{OPS}, >= 0;                       # wait before the operator starts

var early{EARLY}, >= 0, <= 1;               # on the host, but back before the operator

var boundary_pending, >= 0;                 # of the gaps over the boundary: still to be copied to the host
var boundary_away, >= 0;                    #   when an iteration begins, away, and begun to be copied back
var boundary_begun, >= 0;
var nvme{NVME}, binary;                     # the gap is spent on NVMe
var write{NVME_MOMENTS}, >= 0;              # written to NVMe by the moment
var read{NVME_MOMENTS}, >= 0;               # read from NVMe by the moment
var boundary_unwritten, >= 0;               # of the gaps over the boundary that go to NVMe: still to be written
var boundary_on_nvme, >= 0;                 #   when an iteration begins, there, and read
var boundary_read, >= 0;
var codec{CODECS}, binary;                  # the gap is spent on the host, encoded
var raw{g in GAPS}, >= 0, <= 1;             # the gap is spent on the host as it is
var freed{FLOWS, MOMENTS}, >= 0;            # freed by copies of encoded tensors by the moment
var taken{FLOWS, MOMENTS}, >= 0;            # begun to be taken again by their copies back
var encoding{CODED_OPS}, >= 0;              # for how long kernels encode before the operator starts
var away{AWAY}, >= 0, <= 1;
var length{MOMENTS}, >= 0;                  # from the moment before to this one

minimize iteration:
  sum{k in OPS} (time[k] + stall[k]) + sum{(k, m) in MADE} again[k, m]
  + sum{k in CODED_OPS} encoding[k] + sum{(g, c) in CODECS} decode_held[g, c] * codec[g, c];

s.t. running{k in OPS}: length[2*k+1] = time[k];
s.t. waiting{k in OPS}:
  length[2*k] = stall[k] + sum{(k, m) in MADE} again[k, m]
  + (if k in CODED_OPS then encoding[k])
  + sum{(g, c) in CODECS: before[g] = k} decode_held[g, c] * codec[g, c];
s.t. encodable{k in CODED_OPS}: sum{i in CODED_OPS: i <= k} encoding[i]
  <= sum{(g, c) in CODECS: after[g] < k} encode_held[g, c] * codec[g, c];
s.t. encoded{k in CODED_OPS}: sum{i in CODED_OPS: i <= k} encoding[i]
  >= sum{(g, c) in CODECS: before[g] <= k} encode_held[g, c] * codec[g, c];
s.t. made{(g, c) in CHAINS}: again[chain_at[g, c], maker[g]] >=
  sum{(g, d) in CHAINS: chain_at[g, d] = chain_at[g, c]} chain_time[g, d] * recompute[g, d];

s.t. choice{g in GAPS}: swap[g] + sum{(g, c) in CHAINS} recompute[g, c] <= 1;
s.t. immovable{g in GAPS: movable[g] = 0}: swap[g] = 0;
s.t. raw_swap{g in GAPS}: raw[g] + sum{(g, c) in CODECS} codec[g, c] = swap[g];
s.t. encoded_only{g in GAPS: raw_offered[g] = 0}: raw[g] = 0;
# At most one chain of a gap runs, so those that run up to one operator share a row. It stands here once for each of
# them; the planner has it once, named after the operator.
s.t. anchor{(g, c, h) in ANCHORS}:
  sum{(g, e, h) in ANCHORS: chain_at[g, e] <= chain_at[g, c]} recompute[g, e]
  + sum{(h, d) in CHAINS: chain_at[h, d] > chain_at[g, c]} recompute[h, d]
  + (if (h, chain_at[g, c]) in EARLY then swap[h] - early[h, chain_at[g, c]]) <= 1;
s.t. early_if_swapped{(h, k) in EARLY}: early[h, k] <= raw[h];  # what is encoded stays so
s.t. early_grows{(h, k) in EARLY, (h, i) in EARLY: i > k}: early[h, k] <= early[h, i];

# Copies only grow, and no faster than the links allow. With both directions busy, the reachable pairs of
# amounts are the hull of idle, one direction alone, and both at once; the latter adds nothing where it is
# slower than one after the other.
s.t. out_grows{m in MOMENTS: m > 0}: out[m] >= out[m-1];
s.t. back_grows{m in MOMENTS: m > 0}: back[m] >= back[m-1];
s.t. link_out{m in MOMENTS: rate_out > 0}:
  (out[m] - (if m > 0 then out[m-1])) / rate_out
  + min(1, (1 - duplex_out) / duplex_back) * (back[m] - (if m > 0 then back[m-1])) / rate_back
  + sum{f in FLOWS} flow_out[f] * (freed[f, m] - (if m > 0 then freed[f, m-1]))
  + min(1, (1 - duplex_out) / duplex_back)
    * sum{f in FLOWS} flow_back[f] * (taken[f, m] - (if m > 0 then taken[f, m-1])) <= length[m];
s.t. link_back{m in MOMENTS: rate_back > 0}:
  (back[m] - (if m > 0 then back[m-1])) / rate_back
  + min(1, (1 - duplex_back) / duplex_out) * (out[m] - (if m > 0 then out[m-1])) / rate_out
  + sum{f in FLOWS} flow_back[f] * (taken[f, m] - (if m > 0 then taken[f, m-1]))
  + min(1, (1 - duplex_back) / duplex_out)
    * sum{f in FLOWS} flow_out[f] * (freed[f, m] - (if m > 0 then freed[f, m-1])) <= length[m];
s.t. freed_grows{f in FLOWS, m in MOMENTS: m > 0}: freed[f, m] >= freed[f, m-1];
s.t. taken_grows{f in FLOWS, m in MOMENTS: m > 0}: taken[f, m] >= taken[f, m-1];

# Nothing leaves before its gap begins; everything is back when its gap ends.
s.t. released{k in OPS}:
  out[2*k+1] <= boundary_pending + sum{g in GAPS: after[g] < k} size[g] * raw[g];
s.t. coded_released{f in FLOWS, k in OPS}:
  freed[f, 2*k+1] <= sum{(g, c) in CODECS: after[g] < k and flow[g, c] = f} amount[g, c] * codec[g, c];
s.t. due{k in OPS}:
  boundary_begun + back[2*k] >= sum{g in GAPS: before[g] <= k} size[g] * raw[g]
  + sum{(h, i) in EARLY: i <= k and before[h] > k and card({(h, j) in EARLY: j > i and j <= k}) = 0}
      size[h] * early[h, i];
s.t. coded_due{f in FLOWS, k in OPS}:
  taken[f, 2*k] >= sum{(g, c) in CODECS: before[g] <= k and flow[g, c] = f} amount[g, c] * codec[g, c];

# Over the boundary a tensor waits to leave, is away, or is on its way back; each iteration ends as it began.
s.t. boundary: boundary_pending + boundary_away + boundary_begun = sum{g in OVER} size[g] * swap[g];
s.t. same_out: out[2*n-1] <= sum{g in GAPS} size[g] * raw[g];
s.t. same_out_over{g in 0..0: card(OVER) > 0}: out[2*n-1] >= sum{h in GAPS} size[h] * raw[h];
s.t. same_back{g in 0..0: card(OVER) > 0}: back[2*n-1] = sum{h in GAPS} size[h] * raw[h];

# What is away makes up for what does not fit.
s.t. memory{m in MOMENTS: live[m div 2] > budget}:
  sum{(g, c) in CHAINS: after[g] < m div 2 and chain_at[g, c] > m div 2} size[g] * recompute[g, c]
  + boundary_away + out[m] - back[m] + sum{f in FLOWS} (freed[f, m] - taken[f, m])
  + sum{(g, c) in CODECS: after[g] < m div 2 and before[g] > m div 2} at_once[g, c] * codec[g, c]
  >= live[m div 2] - budget;

# Decoding fits beside what is carried over the operator; what other kernels and chains before it make is not there yet.
s.t. decode{(g, c) in CODECS: carried[before[g]] + kernel_extra[g, c] > budget}:
  sum{(h, d) in CHAINS: after[h] < before[g] and chain_at[h, d] > before[g]} size[h] * recompute[h, d]
  + sum{(h, d) in CHAINS: chain_at[h, d] = before[g]} size[h] * recompute[h, d]
  + sum{(h, d) in CODECS: after[h] < before[g] and before[h] > before[g]} at_once[h, d] * codec[h, d]
  + boundary_away + out[2*before[g]] - back[2*before[g]-1]
  + sum{f in FLOWS} (freed[f, 2*before[g]] - taken[f, 2*before[g]-1])
  + sum{(h, d) in CODECS: before[h] = before[g] and h <> g} size[h] * codec[h, d]
  - kernel_extra[g, c] * codec[g, c] >= carried[before[g]] - budget;

# Whole tensors make up for it too. One can't be away before its own copy to the host could have ended, nor
# once its copy back must have begun: near the ends of its gap that takes a delay.
s.t. away_if_swapped{(g, m) in AWAY}: away[g,m] <= swap[g];
s.t. gone{(g, m) in AWAY: counts_whole[g] = 1 and copy_out[g] - since[g,m] > 1e-9}:
  sum{i in MOMENTS: (i > 2*after[g]+1 and i <= m) or (m < 2*after[g]+1 and (i > 2*after[g]+1 or i <= m))} length[i]
  - since[g,m] >= (copy_out[g] - since[g,m]) * away[g,m]
  - sum{(g, c) in CODECS} max(0, copy_out[g] - since[g,m]
      - max(0, encode_time[g, c] + coded_out[g, c] - since[g,m])) * codec[g, c];
s.t. return{(g, m) in AWAY: counts_whole[g] = 1 and copy_back[g] - until[g,m] > 1e-9}:
  sum{i in MOMENTS: (i > m and i <= 2*before[g]) or (m > 2*before[g] and (i > m or i <= 2*before[g]))} length[i]
  - until[g,m] >= (copy_back[g] - until[g,m]) * away[g,m]
  - sum{(g, c) in CODECS} max(0, copy_back[g] - until[g,m]
      - max(0, decode_time[g, c] + coded_back[g, c] - until[g,m])) * codec[g, c];
s.t. whole{m in SHORT}:
  sum{(g, c) in CHAINS: after[g] < m div 2 and chain_at[g, c] > m div 2} size[g] * recompute[g, c]
  + sum{(g, m) in AWAY} size[g] * away[g,m]
  + sum{(g, c) in CODECS: after[g] < m div 2 and before[g] > m div 2} at_once[g, c] * codec[g, c]
  >= live[m div 2] - budget;

# NVMe: the copies of one tensor are made one after the other; flows as between device and host.
s.t. tier{g in NVME}: nvme[g] <= raw[g];
s.t. stay{g in NVME: copy_out[g] + copy_back[g] + copy_write[g] + copy_read[g] - room[g] > 1e-9}:
  sum{i in MOMENTS: (before[g] > after[g] and i > 2*after[g]+1 and i <= 2*before[g])
    or (before[g] <= after[g] and (i > 2*after[g]+1 or i <= 2*before[g]))} length[i]
  - room[g] >= (copy_out[g] + copy_back[g] + copy_write[g] + copy_read[g] - room[g]) * nvme[g];
s.t. write_grows{m in NVME_MOMENTS: m > 0}: write[m] >= write[m-1];
s.t. read_grows{m in NVME_MOMENTS: m > 0}: read[m] >= read[m-1];
s.t. link_write{m in NVME_MOMENTS}:
  (write[m] - (if m > 0 then write[m-1])) / rate_write
  + min(1, (1 - duplex_write) / duplex_read) * (read[m] - (if m > 0 then read[m-1])) / rate_read
  <= length[m];
s.t. link_read{m in NVME_MOMENTS}:
  (read[m] - (if m > 0 then read[m-1])) / rate_read
  + min(1, (1 - duplex_read) / duplex_write) * (write[m] - (if m > 0 then write[m-1])) / rate_write
  <= length[m];
s.t. written{m in NVME_MOMENTS}:
  write[m] <= boundary_unwritten + sum{g in NVME: 2*after[g]+1 < m} size[g] * nvme[g];
s.t. read_due{m in NVME_MOMENTS}:
  boundary_read + read[m] >= sum{g in NVME: 2*before[g] <= m} size[g] * nvme[g];
s.t. boundary_nvme:
  boundary_unwritten + boundary_on_nvme + boundary_read = sum{g in NVME inter OVER} size[g] * nvme[g];
s.t. same_write{g in 0..0: card(OVER) > 0 and card(NVME) > 0}:
  write[2*n-1] = sum{h in NVME} size[h] * nvme[h];
s.t. same_read{g in 0..0: card(OVER) > 0 and card(NVME) > 0}:
  read[2*n-1] = sum{h in NVME} size[h] * nvme[h];

# What is away is on NVMe or on the host, and both have room for it.
s.t. boundary_host: boundary_on_nvme <= boundary_away;
s.t. nvme_holds{m in NVME_MOMENTS}: boundary_on_nvme + write[m] - read[m] >= 0;
s.t. nvme_memory{m in NVME_MOMENTS}: boundary_on_nvme + write[m] - read[m] <= nvme_budget;
s.t. host_memory{m in NVME_MOMENTS}:
  boundary_away + out[m] - back[m] + sum{f in FLOWS} (freed[f, m] - taken[f, m]) - (boundary_on_nvme + write[m] - read[m]) <= host_budget;

# A chain's own memory fits beside what is carried over the operator; chains before one operator run in
# the order of the operators that make their tensors. Where an earlier one has made the tensor, it doesn't run.
s.t. chain{(g, c) in CHAINS: carried[chain_at[g, c]] + chain_extra[g, c] > budget}:
  sum{(h, d) in CHAINS: after[h] < chain_at[g, c] and chain_at[h, d] > chain_at[g, c]} size[h] * recompute[h, d]
  + sum{(h, d) in CHAINS: chain_at[h, d] = chain_at[g, c] and maker_rank[h] >= maker_rank[g]}
      size[h] * recompute[h, d]
  + boundary_away + out[2*chain_at[g, c]] - back[2*chain_at[g, c]-1]
  + sum{f in FLOWS} (freed[f, 2*chain_at[g, c]] - taken[f, 2*chain_at[g, c]-1])
  + sum{(h, d) in CODECS: after[h] < chain_at[g, c] and before[h] > chain_at[g, c]} at_once[h, d] * codec[h, d]
  + (max{(g, e) in CHAINS: chain_at[g, e] = chain_at[g, c]} chain_extra[g, e])
    * sum{(h, d) in CHAINS: chain_at[h, d] = chain_at[g, c] and maker[h] = maker[g]
      and maker_rank[h] < maker_rank[g]} recompute[h, d]
  - sum{(g, e) in CHAINS: chain_at[g, e] = chain_at[g, c]} chain_extra[g, e] * recompute[g, e]
  >= carried[chain_at[g, c]] - budget;

solve;
printf "iteration %.9f\n", iteration + sum{k in OPS} time[k];  # the row leaves out its constant
end;
