"""A communication hook for DistributedDataParallel that adds gradients up as a plan of planner says.

    from planner_gradients import PlannedExchange, planned_hook

    model = DistributedDataParallel(model, bucket_cap_mb=25)
    model.register_comm_hook(PlannedExchange(), planned_hook)

Buckets are told by their elements and by their order. DistributedDataParallel forms them anew after the first
iteration, in the order in which gradients were ready; from the second iteration on a bucket that the plan lacks is an
error, before that it is added up whole. What a worker doesn't send is added to its next gradients.
"""

import torch
import torch.distributed as dist

__all__ = ["PLAN", "PlannedExchange", "planned_hook"]

PLAN = {}


def _positions(values, entry):
    """Returns where the elements are that a worker sends, ascending."""
    total = values.numel()
    block = entry.get("block")
    if entry["selection"] != "equal" or not block:
        count = max(1, round(total * entry["density"]))
        return torch.topk(values.abs(), min(count, total), sorted=False).indices.sort().values
    # As many of each block; the last one may be shorter.
    count = max(1, round(block * entry["density"]))
    whole = total // block * block
    parts = []
    if whole:
        rows = values[:whole].view(-1, block)
        chosen = torch.topk(rows.abs(), count, dim=1, sorted=False).indices
        first = torch.arange(0, whole, block, device=values.device).unsqueeze(1)
        parts.append((chosen + first).flatten())
    if whole < total:
        rest = values[whole:]
        chosen = torch.topk(rest.abs(), min(count, rest.numel()), sorted=False).indices
        parts.append(chosen + whole)
    return torch.cat(parts).sort().values


def planned_hook(state, bucket):
    """Adds a bucket up as `state`, a `PlannedExchange`, says. PyTorch asks for a function with a name."""
    return state.add_up(bucket)


class PlannedExchange:
    """What the plan says, and what each bucket has left over."""

    def __init__(self, group=None):
        self.group = group
        self.residuals = {}
        self.iterations = 0

    def _entry(self, bucket):
        """Returns what the plan says of a bucket; None for one of the first iteration that it lacks."""
        index = bucket.index()
        buckets = PLAN["buckets"]
        elements = bucket.buffer().numel()
        if index < len(buckets) and buckets[index]["elements"] == elements:
            return buckets[index]
        if self.iterations == 0:
            return None
        raise RuntimeError(
            f"bucket {index} has {elements} elements, the plan has "
            f"{[entry['elements'] for entry in buckets]}; record this model's buckets and plan again"
        )

    def add_up(self, bucket):
        """Returns a future with the bucket's gradients, added up over all workers and divided by their number."""
        entry = self._entry(bucket)
        self.iterations += bucket.is_last()
        workers = dist.get_world_size(self.group)
        values = bucket.buffer()
        if entry is None or entry["algorithm"] == "dense-all-reduce" or entry["density"] >= 1:
            work = dist.all_reduce(values.div_(workers), group=self.group, async_op=True)
            return work.get_future().then(lambda future: future.value()[0])
        key = bucket.index()
        residual = self.residuals.get(key)
        if residual is not None and residual.numel() == values.numel():
            values.add_(residual)
        positions = _positions(values, entry)
        sent = values[positions]
        residual = values.clone()
        residual[positions] = 0
        self.residuals[key] = residual
        # All workers send equally many: the plan fixes how many.
        all_positions = [torch.empty_like(positions) for _ in range(workers)]
        all_sent = [torch.empty_like(sent) for _ in range(workers)]
        dist.all_gather(all_positions, positions, group=self.group)
        work = dist.all_gather(all_sent, sent, group=self.group, async_op=True)

        def add(future):
            values.zero_()
            for where, what in zip(all_positions, all_sent):
                values.index_add_(0, where, what)
            return values.div_(workers)

        return work.get_future().then(add)
