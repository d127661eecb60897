"""Records one training step of PyTorch as a profile for planner.

    from planner_profile import planner_profile

    with planner_profile("run.json", model=model):
        loss = model(inputs).sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

Record a step after a few others, when the optimizer has its states and memory is warm. The file is
read by `planner simulate` and `planner solve`. Needs PyTorch 2.1 or later and nothing else.

What is recorded: every operator below autograd, with the storages it reads and writes, its time
(CUDA events on CUDA, the clock on the CPU), floating-point operations and, on CUDA, its workspace;
every storage with bytes, shape, dtype, kind and the share of elements that are not zero; and on CUDA the
device's memory and the bandwidth of copies from and to pinned host memory.
"""

import datetime
import gzip
import json
import os
import time

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.optim import optimizer as optimizers
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

__all__ = ["planner_profile"]


class _Storage:
    """A block of memory that operators touch, from its first use to the end of the step."""

    def __init__(self, index, tensor):
        storage = tensor.untyped_storage()
        self.index = index
        # A weak reference keeps the storage's address from being given to another one.
        self.reference = StorageWeakRef(storage)
        self.bytes = storage.nbytes()
        self.dtype = str(tensor.dtype).removeprefix("torch.")
        self.shape = list(tensor.shape)
        self.is_whole = tensor.numel() * tensor.element_size() == self.bytes
        self.is_parameter = False
        self.is_state = False
        self.is_gradient = False
        self.is_saved = False
        self.is_written = False
        self.made_in = None
        self.name = None
        self.nonzero = None
        self.elements = 0


class planner_profile(TorchDispatchMode):
    """A context manager around one training step that writes a profile when the step is over.

    path: where the profile goes; compressed if it ends in .gz.
    model: gives parameters and buffers their names.
    device: "cuda" or "cpu"; by default CUDA where there is one.
    name: what the profile is called; by default the file's name.
    sparsity: whether to count the elements that are not zero.
    bandwidth: whether to measure copies between host and device.
    """

    def __init__(self, path, model=None, device=None, name=None, sparsity=True, bandwidth=True):
        super().__init__()
        self.path = str(path)
        self.model = model
        self.device_type = device or ("cuda" if torch.cuda.is_available() else "cpu")
        base = os.path.basename(self.path).removesuffix(".gz")
        self.name = name or os.path.splitext(base)[0]
        self.sparsity = sparsity
        self.bandwidth = bandwidth
        self.storages = {}
        self.operators = []
        self.notes = []
        self.in_optimizer = False
        self.optimizers = []
        self.parameters = []
        self.is_cuda = self.device_type == "cuda"

    # Context

    def __enter__(self):
        self.handles = [
            optimizers.register_optimizer_step_pre_hook(self._before_optimizer),
            optimizers.register_optimizer_step_post_hook(self._after_optimizer),
        ]
        self.saving = torch.autograd.graph.saved_tensors_hooks(self._pack, lambda tensor: tensor)
        self.saving.__enter__()
        if self.is_cuda:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            self.allocated_before = torch.cuda.memory_allocated()
            self.peak = self.allocated_before
        self.started = time.perf_counter()
        return super().__enter__()

    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        if self.is_cuda:
            torch.cuda.synchronize()
            self.peak = max(self.peak, torch.cuda.max_memory_allocated())
        self.elapsed = time.perf_counter() - self.started
        self.saving.__exit__(kind, error, trace)
        for handle in self.handles:
            handle.remove()
        if kind is None:
            self._write()
        return False

    def _before_optimizer(self, optimizer, args, kwargs):
        self.in_optimizer = True
        if not any(optimizer is known for known in self.optimizers):
            self.optimizers.append(optimizer)

    def _after_optimizer(self, optimizer, args, kwargs):
        self.in_optimizer = False

    def _pack(self, tensor):
        storage = self._known(tensor)
        if storage is not None:
            storage.is_saved = True
        # The tensor itself would keep its own graph alive.
        return tensor.detach()

    # Operators

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        taken = self._tensors((args, kwargs))
        changed = self._tensors(self._changed(function, args, kwargs))
        reads = self._all(taken, None)
        phase = self._phase(function)
        timer = self._start()
        result = function(*args, **kwargs)
        timer = self._stop(timer)
        given = self._tensors(result)
        writes = self._all(changed, phase)
        known = {id(storage) for storage in reads}
        fresh = [storage for storage in self._all(given, phase) if id(storage) not in known]
        for storage in writes:
            storage.is_written = True
        writes += [storage for storage in fresh if all(storage is not other for other in writes)]
        if given and not writes:
            return result  # a view
        if not reads and not writes:
            return result
        if phase in ("forward", "backward"):
            for storage in writes:
                self._count(storage, given + changed)
        self.operators.append(
            {
                "name": f"{len(self.operators)}.{function.__name__}",
                "phase": phase,
                "timer": timer,
                "reads": reads,
                "writes": writes,
                "flops": self._flops(function, args, kwargs, result),
                "workspace": self._workspace(),
                "recomputable": phase == "forward"
                and bool(writes)
                and not changed
                and torch.Tag.nondeterministic_seeded not in function.tags,
            }
        )
        return result

    def _phase(self, function):
        if "c10d" in function.namespace:
            return "communication"
        if self.in_optimizer:
            return "optimizer"
        return "backward" if torch._C._current_graph_task_id() != -1 else "forward"

    @staticmethod
    def _changed(function, args, kwargs):
        """The arguments that an operator changes, by its schema."""
        changed = []
        for position, argument in enumerate(function._schema.arguments):
            if argument.alias_info is None or not argument.alias_info.is_write:
                continue
            if position < len(args):
                changed.append(args[position])
            elif argument.name in kwargs:
                changed.append(kwargs[argument.name])
        return changed

    @staticmethod
    def _flops(function, args, kwargs, result):
        formula = flop_registry.get(function._overloadpacket)
        if formula is None:
            return None
        try:
            return float(formula(*args, **kwargs, out_val=result))
        except Exception:  # a formula that doesn't know these arguments leaves the count open
            return None

    # Time and memory

    def _start(self):
        if not self.is_cuda:
            return time.perf_counter()
        self.peak = max(self.peak, torch.cuda.max_memory_allocated())
        torch.cuda.reset_peak_memory_stats()
        self.allocated = torch.cuda.memory_allocated()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def _stop(self, start):
        if not self.is_cuda:
            return (time.perf_counter() - start) * 1e6
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return (start, event)

    def _workspace(self):
        if not self.is_cuda:
            return 0
        peak = torch.cuda.max_memory_allocated()
        return max(0, peak - max(self.allocated, torch.cuda.memory_allocated()))

    # Storages

    def _tensors(self, tree):
        return [
            leaf
            for leaf in pytree.tree_leaves(tree)
            if isinstance(leaf, torch.Tensor)
            and leaf.device.type == self.device_type
            and leaf.layout == torch.strided
        ]

    def _known(self, tensor):
        try:
            return self.storages.get(tensor.untyped_storage()._cdata)
        except (NotImplementedError, RuntimeError):
            return None

    def _all(self, tensors, phase):
        """The storages of tensors, each once; `phase` is that of the operator that makes new ones."""
        found = []
        for tensor in tensors:
            storage = self._known(tensor)
            if storage is None:
                storage = _Storage(len(self.storages), tensor)
                storage.made_in = phase
                self.storages[tensor.untyped_storage()._cdata] = storage
            storage.bytes = max(storage.bytes, tensor.untyped_storage().nbytes())
            if isinstance(tensor, torch.nn.Parameter) and not storage.is_parameter:
                storage.is_parameter = True
                self.parameters.append(tensor)
            if storage.bytes > 0 and all(storage is not other for other in found):
                found.append(storage)
        return found

    def _count(self, storage, tensors):
        """Counts what is in a storage now; the last count of the step is the one that is told."""
        if not self.sparsity:
            return
        for tensor in tensors:
            if self._known(tensor) is storage and tensor.is_floating_point():
                storage.nonzero = torch.count_nonzero(tensor.detach())
                storage.elements = tensor.numel()
                return

    # Kinds

    def _name_storages(self):
        if self.model is not None:
            for name, tensor in self.model.named_parameters():
                self._mark(tensor, name, is_parameter=True)
            for name, tensor in self.model.named_buffers():
                self._mark(tensor, name, is_parameter=True)  # they outlive the step, too
        for optimizer in self.optimizers:
            for leaf in pytree.tree_leaves([list(s.values()) for s in optimizer.state.values()]):
                if isinstance(leaf, torch.Tensor):
                    self._mark(leaf, None, is_state=True)
            for group in optimizer.param_groups:
                self.parameters += group["params"]
        for parameter in self.parameters:
            if parameter.grad is not None:
                self._mark(parameter.grad, None, is_gradient=True)

    def _mark(self, tensor, name, **flags):
        storage = self._known(tensor)
        if storage is None:
            return
        storage.name = storage.name or name
        for flag, value in flags.items():
            setattr(storage, flag, value)

    @staticmethod
    def _kind(storage):
        if storage.is_parameter:
            return "parameter"
        if storage.is_state:
            return "optimizer_state"
        if storage.is_gradient or storage.made_in == "backward":
            return "gradient"
        if storage.made_in is None:
            return "parameter" if storage.is_written else "input"
        return "activation" if storage.made_in == "forward" else "workspace"

    # The file

    def _write(self):
        self._name_storages()
        used = {id(s): s for step in self.operators for s in step["reads"] + step["writes"]}
        ordered = sorted(used.values(), key=lambda storage: storage.index)
        labels = {}
        taken = set()
        for storage in ordered:
            label = storage.name or f"t{storage.index}"
            if label in taken:
                label = f"{label}#{storage.index}"
            taken.add(label)
            labels[id(storage)] = label
        profile = {
            "schema": "planner.profile/1",
            "name": self.name,
            "source": {
                "collector": "hook",
                "date": datetime.date.today().isoformat(),
                "notes": self._notes(ordered),
            },
        }
        profile["device"] = self._device()
        profile["tensors"] = [self._tensor(s, labels[id(s)]) for s in ordered]
        profile["operators"] = [self._operator(step, labels) for step in self.operators]
        content = json.dumps(profile, indent=1).encode()
        if self.path.endswith(".gz"):
            content = gzip.compress(content, mtime=0)
        unfinished = f"{self.path}.{os.getpid()}.part"
        with open(unfinished, "wb") as file:
            file.write(content)
        os.replace(unfinished, self.path)

    def _tensor(self, storage, label):
        kind = self._kind(storage)
        entry = {"id": label, "bytes": storage.bytes, "dtype": storage.dtype, "kind": kind}
        if storage.is_whole:
            entry["shape"] = storage.shape
        if storage.made_in is None and kind == "gradient":
            entry["persistent"] = True  # it was there before the step, which adds to it
        if storage.nonzero is not None and storage.elements > 0:
            density = int(storage.nonzero) / storage.elements
            entry["sparsity"] = {"history": [{"epoch": 0, "density": density}]}
        if storage.is_saved:
            entry["x_saved_for_backward"] = True
        return entry

    def _operator(self, step, labels):
        timer = step["timer"]
        duration = timer[0].elapsed_time(timer[1]) * 1e3 if self.is_cuda else timer
        touched = step["reads"] + [s for s in step["writes"] if s not in step["reads"]]
        entry = {
            "id": step["name"],
            "phase": step["phase"],
            "duration_us": duration,
            "reads": [labels[id(s)] for s in step["reads"]],
            "writes": [labels[id(s)] for s in step["writes"]],
            "bytes_accessed": sum(s.bytes for s in touched),
            "recomputable": step["recomputable"],
        }
        if step["workspace"]:
            entry["workspace_bytes"] = step["workspace"]
        if step["flops"] is not None:
            entry["flops"] = step["flops"]
        return entry

    def _notes(self, storages):
        saved = [storage for storage in storages if storage.is_saved]
        mebibytes = sum(storage.bytes for storage in saved) / 2**20
        notes = [
            f"found: {len(self.operators)} operators and {len(storages)} storages of "
            f"PyTorch {torch.__version__} on {self.device_type}, recorded in "
            f"{self.elapsed * 1e3:.1f} ms",
            f"found: {len(saved)} storages saved for the backward pass, {mebibytes:.1f} MiB",
        ]
        if self.is_cuda:
            notes.append(f"found: {self.peak} bytes allocated at the peak")
            notes.append(
                "assumed: an operator's time is that between events around it, which for small "
                "kernels is the time to launch them"
            )
        else:
            notes.append(
                "assumed: the step ran on the CPU; copies within its memory stand for those to "
                "a host, so plans are for trying out"
            )
        late = [s for s in storages if s.is_state and s.made_in is not None]
        if late:
            notes.append(
                f"assumed: {len(late)} optimizer states made in this step are there from the start; "
                "record a later step"
            )
        notes.append("assumed: a tensor's memory is free after the last operator that uses it")
        return notes

    # The device

    def _device(self):
        if not self.is_cuda:
            memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
            device = {"name": "cpu", "memory_bytes": memory}
            if self.bandwidth:
                device["links"] = _host_links()
            return device
        properties = torch.cuda.get_device_properties(torch.cuda.current_device())
        free, total = torch.cuda.mem_get_info()
        device = {
            "name": properties.name,
            "memory_bytes": total,
            "reserved_bytes": max(0, total - free - torch.cuda.memory_reserved()),
        }
        if self.bandwidth:
            device["links"] = _measured_links()
        return device


def _host_links():
    """Times copies within the host's memory, which on the CPU stand for those to a host."""
    size = 1 << 26
    source, target = (torch.ones(size, dtype=torch.uint8) for _ in range(2))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        target.copy_(source)
        times.append(time.perf_counter() - start)
    rate = size / max(sorted(times)[2], 1e-9) / 1e9
    return {way: {"latency_us": 1, "bandwidth_gb_per_s": rate} for way in ("h2d", "d2h")}


def _measured_links():
    """Times copies between pinned host memory and the device, each way and both ways."""
    sizes = [1 << 20, 1 << 23, 1 << 26, 1 << 28]
    host = [torch.empty(sizes[-1], dtype=torch.uint8, pin_memory=True) for _ in range(2)]
    device = [torch.empty(sizes[-1], dtype=torch.uint8, device="cuda") for _ in range(2)]
    streams = [torch.cuda.Stream(), torch.cuda.Stream()]

    def seconds(size, ways):
        def copy():
            if "h2d" in ways:
                with torch.cuda.stream(streams[0]):
                    device[0][:size].copy_(host[0][:size], non_blocking=True)
            if "d2h" in ways:
                with torch.cuda.stream(streams[1]):
                    host[1][:size].copy_(device[1][:size], non_blocking=True)
            torch.cuda.synchronize()

        copy()
        times = []
        for _ in range(5):
            start = time.perf_counter()
            copy()
            times.append(time.perf_counter() - start)
        return sorted(times)[2]

    links = {}
    for way in ("h2d", "d2h"):
        latency = seconds(1, [way])
        points = []
        for size in sizes:
            rate = size / max(seconds(size, [way]) - latency, 1e-9) / 1e9
            # No larger copy may be faster than a smaller one as a whole.
            if points and size / rate < points[-1]["bytes"] / points[-1]["bandwidth_gb_per_s"]:
                rate = points[-1]["bandwidth_gb_per_s"]
            points.append({"bytes": size, "bandwidth_gb_per_s": rate})
        links[way] = {"latency_us": latency * 1e6, "by_size": points}
    both = sizes[-1] / seconds(sizes[-1], ["h2d", "d2h"]) / 1e9
    for way in links.values():
        way["duplex_bandwidth_gb_per_s"] = min(both, way["by_size"][-1]["bandwidth_gb_per_s"])
    return links
