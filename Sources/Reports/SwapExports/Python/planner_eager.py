"""Carries a plan of planner out in a training step of PyTorch's eager mode.

    from planner_eager import PlannedStep

    with PlannedStep() as step:
        loss = step.run(compute_loss, inputs)
        loss.backward()

The step has to be the one that was recorded for the profile: results are found by the operator that makes them and how
often it ran before in the step. One that a step lacks is an error at the end of it. Needs PyTorch 2.4 or later.
"""

import functools

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
)

__all__ = ["PLAN", "PlannedStep"]

PLAN = {}


class _Away:
    """A storage with a copy on the host."""

    def __init__(self, storage, stream):
        self.stream = stream
        self.uses = 0
        self.device = None
        self.event = None
        source = _bytes(storage)
        pinned = source.is_cuda
        self.place = source.device
        self.host = torch.empty(source.numel(), dtype=torch.uint8, pin_memory=pinned)
        if stream is None:
            self.host.copy_(source)
            return
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self.host.copy_(source, non_blocking=True)
        source.record_stream(stream)

    def prefetch(self):
        """Queues the copy back unless all that need it have it: autograd takes what a whole node needs at once."""
        if self.uses > 0:
            self.fetch()

    def fetch(self):
        """Queues the copy back, once."""
        if self.device is not None:
            return
        if self.stream is None:
            self.device = self.host.clone()
            return
        with torch.cuda.stream(self.stream):
            self.device = torch.empty(self.host.numel(), dtype=torch.uint8, device=self.place)
            self.device.copy_(self.host, non_blocking=True)
            self.event = self.stream.record_event()

    def take(self):
        """The bytes on the device; the last user of the copy lets go of it."""
        self.fetch()
        device = self.device
        if self.event is not None:
            torch.cuda.current_stream().wait_event(self.event)
            device.record_stream(torch.cuda.current_stream())
        self.uses -= 1
        if self.uses <= 0:
            self.device = None
        return device


class _Packed:
    """A view of a storage that is away."""

    def __init__(self, away, tensor):
        self.away = away
        self.dtype = tensor.dtype
        self.view = (tensor.storage_offset(), tensor.size(), tensor.stride())


def _bytes(storage):
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)


class PlannedStep(TorchDispatchMode):
    """A context manager around one training step."""

    def __init__(self, plan=PLAN):
        super().__init__()
        self.plan = plan
        self.swaps = {(*swap["operator"], swap["output"]): swap for swap in plan["swaps"]}
        self.triggers = {}
        for key, swap in self.swaps.items():
            self.triggers.setdefault(tuple(swap["prefetch"]), []).append(key)
        self.planned = {tuple(swap["operator"]) for swap in plan["swaps"]}
        self.again = {tuple(key) for key in plan["recompute"]}
        self.saved = {tuple(key) for key in plan["save"]}

    def __enter__(self):
        self.counts = {}
        self.policy_counts = {False: {}, True: {}}
        self.made = {}
        self.away = {}
        self.paused = False
        self.stream = torch.cuda.Stream() if torch.cuda.is_available() else None
        self.hooks = None
        if self.swaps:
            self.hooks = torch.autograd.graph.saved_tensors_hooks(self._pack, self._unpack)
            self.hooks.__enter__()
            super().__enter__()
        return self

    def __exit__(self, kind, error, trace):
        if self.hooks is not None:
            super().__exit__(kind, error, trace)
            self.hooks.__exit__(kind, error, trace)
        counts = self.counts if self.swaps else self.policy_counts[False]
        needed = self.planned if self.swaps else self.again
        self.made.clear()
        self.away.clear()
        if kind is None:
            for name, occurrence in sorted(needed):
                if counts.get(name, 0) <= occurrence:
                    raise RuntimeError(
                        f"the plan speaks of {name} number {occurrence}, counted from 0, but the step ran it "
                        f"{counts.get(name, 0)} times; record the step and plan again"
                    )
        return False

    def run(self, function, *args, **kwargs):
        """Runs the forward pass, as a checkpoint if the plan runs anything again."""
        if not self.again:
            return function(*args, **kwargs)
        context = functools.partial(create_selective_checkpoint_contexts, self._policy)
        return checkpoint(function, *args, use_reentrant=False, context_fn=context, **kwargs)

    def _policy(self, context, function, *args, **kwargs):
        counts = self.policy_counts[context.is_recompute]
        key = (function.__name__, counts.get(function.__name__, 0))
        counts[function.__name__] = key[1] + 1
        if key in self.again:
            return CheckpointPolicy.MUST_RECOMPUTE
        if key in self.saved:
            return CheckpointPolicy.MUST_SAVE
        return CheckpointPolicy.PREFER_RECOMPUTE

    # Results by name

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if self.paused:
            return function(*args, **kwargs)
        name = function.__name__
        key = (name, self.counts.get(name, 0))
        for waiting in self.triggers.get(key, ()):
            if waiting in self.away:
                self.away[waiting].prefetch()
        taken = self._storages((args, kwargs))
        result = function(*args, **kwargs)
        given = self._storages(result)
        fresh = {address: storage for address, storage in given.items() if address not in taken}
        changes = any(
            argument.alias_info is not None and argument.alias_info.is_write
            for argument in function._schema.arguments
        )
        if not changes and (given and not fresh or not given and not taken):
            return result  # a view, or nothing that the profile knows
        self.counts[name] = key[1] + 1
        if key in self.planned:
            for output, (address, storage) in enumerate(fresh.items()):
                # The weak reference keeps the address from being given to another storage.
                self.made[address] = ((*key, output), StorageWeakRef(storage))
        return result

    @staticmethod
    def _storages(tree):
        found = {}
        for leaf in pytree.tree_leaves(tree):
            if isinstance(leaf, torch.Tensor) and leaf.layout == torch.strided:
                storage = leaf.untyped_storage()
                if storage.nbytes() > 0:
                    found.setdefault(storage._cdata, storage)
        return found

    # Saved tensors

    def _pack(self, tensor):
        if tensor.layout != torch.strided:
            return tensor
        storage = tensor.untyped_storage()
        key, _ = self.made.get(storage._cdata, (None, None))
        if key not in self.swaps:
            return tensor
        self.paused = True
        try:
            if key not in self.away:
                self.away[key] = _Away(storage, self.stream if tensor.is_cuda else None)
        finally:
            self.paused = False
        self.away[key].uses += 1
        return _Packed(self.away[key], tensor)

    def _unpack(self, saved):
        if not isinstance(saved, _Packed):
            return saved
        self.paused = True
        try:
            storage = saved.away.take().untyped_storage()
            empty = torch.empty(0, dtype=saved.dtype, device=storage.device)
            return empty.set_(storage, *saved.view)
        finally:
            self.paused = False
