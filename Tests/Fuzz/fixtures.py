"""Small files of each kind to damage, and files that are hostile as they are."""

import functools
import gzip
import json
import pickle
import struct
import zlib

MEBIBYTE = 2**20

OPERATORS = b"""id,phase,duration_us,reads,writes,workspace_bytes,flops,bytes_accessed,recomputable
conv,forward,100,x w,a,4096,1e9,2e6,true
loss,forward,10,a,l,0,1e6,1e6,false
conv.grad,backward,200,l a x w,g,8192,2e9,4e6,false
step,optimizer,5,g w,w,0,1e5,1e6,false
"""
TENSORS = b"""id,bytes,kind,dtype,shape,persistent,movable,alias_of,density
x,1048576,input,float32,64x4096,false,true,,0.5
w,4096,parameter,float32,32x32,true,true,,
a,2097152,activation,float32,64x8192,false,true,,
l,4,output,float32,1,false,true,,
g,4096,gradient,float32,32x32,false,true,,
v,0,activation,float32,64x4096,false,true,a,
"""


# Kineto

def kineto(nested=0):
    events, at = [], 1000.0
    for step in range(2):
        begun = at
        for number, name in enumerate(["aten::conv2d", "aten::relu", "ConvolutionBackward0",
                                       "Optimizer.step#SGD.step", "nccl:all_reduce"]):
            external = 100 * step + number
            events += [
                {"ph": "X", "cat": "cpu_op", "name": name, "pid": 1, "tid": 1, "ts": at, "dur": 20,
                 "args": {"External id": external, "Sequence number": number,
                          "Fwd thread id": int(number == 2), "Input Dims": [[8, 3, 32, 32], []],
                          "Input type": ["float", "Scalar"], "Ev Idx": external}},
                {"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 1, "tid": 1,
                 "ts": at + 5, "dur": 2, "args": {"correlation": external}},
                {"ph": "X", "cat": "kernel", "name": "kernel_" + name, "pid": 0, "tid": 7,
                 "ts": at + 9, "dur": 12, "args": {
                     "stream": 7, "device": 0, "correlation": external,
                     "External id": external, "In msg nelems": 1000, "dtype": "Float"}},
                {"ph": "i", "name": "[memory]", "cat": "cpu_instant_event", "pid": 1, "tid": 1,
                 "ts": at + 3, "s": "t", "args": {
                     "Addr": 4096 * number, "Bytes": 512 * (1 - 2 * (number % 2)),
                     "Device Type": 1, "Device Id": 0, "Total Allocated": 9999}},
            ]
            at += 40
        events += [
            {"ph": "X", "cat": "user_annotation", "name": f"ProfilerStep#{step}", "pid": 1,
             "tid": 1, "ts": begun - 1, "dur": at - begun},
            {"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy HtoD (Pinned -> Device)", "pid": 0,
             "tid": 7, "ts": at, "dur": 3,
             "args": {"bytes": 4096, "correlation": 900 + step, "stream": 7}},
        ]
        at += 20
    return json.dumps({
        "schemaVersion": 1, "traceEvents": events,
        "deviceProperties": [{"id": 0, "name": "Tesla V100", "totalGlobalMem": 16 * 2**30}],
    }).encode()


def execution_trace():
    def tensor(number):
        return [number, number + 50, 0, 1024, 4, "cuda:0"]

    nodes = [
        {"id": 1, "name": "[pytorch|profiler|execution_trace|process]", "ctrl_deps": 1,
         "inputs": {"values": [], "shapes": [], "types": []},
         "outputs": {"values": [], "shapes": [], "types": []},
         "attrs": [{"name": "rf_id", "type": "uint64", "value": 0}]}]
    for number, name in enumerate(["aten::mm", "aten::relu", "MmBackward0", "aten::add_"]):
        nodes.append({
            "id": 2 + number, "name": name, "ctrl_deps": 1,
            "inputs": {"values": [tensor(number), 2.0], "shapes": [[32, 32], []],
                       "types": ["Tensor(float)", "Double"]},
            "outputs": {"values": [tensor(number + 1)], "shapes": [[32, 32]],
                        "types": ["Tensor(float)"]},
            "attrs": [{"name": "rf_id", "type": "uint64", "value": number + 1},
                      {"name": "seq_id", "type": "int64", "value": number},
                      {"name": "fw_tid", "type": "uint64", "value": int(number == 2)},
                      {"name": "tid", "type": "uint64", "value": 1},
                      {"name": "scope", "type": "uint64", "value": 0},
                      {"name": "op_schema", "type": "string", "value": name + "(Tensor a)"}]})
    return json.dumps({"schema": "1.0.3-chakra.0.0.4", "pid": 1, "time": "2024", "start_ts": 1,
                       "finish_ts": 2, "nodes": nodes}).encode()


# Pickles

def snapshot():
    def entry(action, address, size, at):
        return {"action": action, "addr": address, "size": size, "stream": 0, "time_us": at,
                "frames": [{"name": "forward", "filename": "model.py", "line": 7}]}

    blocks = [{"address": 4096 * i, "size": 512, "requested_size": 500,
               "state": "active_allocated", "frames": []} for i in range(3)]
    trace = []
    for i in range(40):
        trace.append(entry("alloc", 65536 + 512 * i, 512 * (i % 7 + 1), 10 * i))
        if i % 3:
            trace.append(entry("free_requested", 65536 + 512 * i, 512 * (i % 7 + 1), 10 * i + 4))
            trace.append(entry("free_completed", 65536 + 512 * i, 512 * (i % 7 + 1), 10 * i + 5))
    return {"segments": [{"device": 0, "address": 0, "total_size": 2**20, "stream": 0,
                          "segment_type": "large", "segment_pool_id": (0, 0),
                          "is_expandable": False, "blocks": blocks}],
            "device_traces": [trace, []], "allocator_settings": {"x": 1.5, "y": None},
            "external_annotations": []}


class Calls:
    """An object whose pickle calls a function when it is loaded."""

    def __reduce__(self):
        return (print, ("a pickle must not be able to call",))


def laughs(depth):
    """Lists of lists by reference: 2^depth leaves in a few hundred bytes."""
    value = ["ha"]
    for _ in range(depth):
        value = [value, value]
    return value


def cycle():
    value = snapshot()
    value["segments"].append(value)
    value["device_traces"][0].append(value["device_traces"])
    return value


# Protocol buffers

def varint(value):
    value %= 2**64
    text = b""
    while value > 127:
        text += bytes([value & 127 | 128])
        value >>= 7
    return text + bytes([value])


def field(number, value):
    """A field with a whole number, a text or a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(*pairs):
    return b"".join(field(number, value) for number, value in pairs)


def onnx_tensor(name, extents, values=None, kind=7):
    text = b"".join(field(1, extent) for extent in extents) + field(2, kind) + field(8, name)
    if values is not None:
        text += field(9, struct.pack(f"<{len(values)}q", *values))
    return text


def onnx_value(name, extents):
    shape = b"".join(field(1, field(1, extent)) for extent in extents)
    return fields((1, name), (2, field(1, fields((1, 1), (2, shape)))))


def onnx_node(kind, inputs, outputs, attributes=()):
    text = b"".join(field(1, name) for name in inputs)
    text += b"".join(field(2, name) for name in outputs)
    text += field(3, outputs[0] + ".node") + field(4, kind)
    for name, value in attributes:
        if isinstance(value, bytes):
            body = fields((1, name), (6, value), (20, 5))
        elif isinstance(value, int):
            body = fields((1, name), (3, value), (20, 2))
        else:
            body = field(1, name) + b"".join(field(8, one) for one in value) + field(20, 7)
        text += field(5, body)
    return text


def onnx(nodes, initializers=(), extents=(4, 8, 8, 8), output="y"):
    graph = b"".join(field(1, node) for node in nodes) + field(2, "graph")
    graph += b"".join(field(5, tensor) for tensor in initializers)
    graph += field(11, onnx_value("x", extents)) + field(12, onnx_value(output, []))
    return fields((1, 7), (2, "fixture"), (7, graph), (8, fields((1, ""), (2, 13))))


def onnx_small():
    weight = onnx_tensor("w", [8, 8, 3, 3], kind=1)
    target = onnx_tensor("shape", [2], [4, -1])
    return onnx([
        onnx_node("Conv", ["x", "w"], ["c"], [("kernel_shape", [3, 3]), ("pads", [1, 1, 1, 1])]),
        onnx_node("Relu", ["c"], ["r"]),
        onnx_node("MaxPool", ["r"], ["p"], [("kernel_shape", [2, 2]), ("strides", [2, 2])]),
        onnx_node("Reshape", ["p", "shape"], ["f"]),
        onnx_node("Softmax", ["f"], ["y"], [("axis", 1)]),
    ], [weight, target])


def onnx_shapes():
    """Networks whose tensors would have 10^9 elements, or 10^18."""
    billion = 10**9
    constant = onnx_tensor("s", [2], [billion, billion])
    made = {
        "input of 10^36 elements": onnx([onnx_node("Relu", ["x"], ["y"])], (), [billion] * 4),
        "negative input": onnx([onnx_node("Relu", ["x"], ["y"])], (), [4, -5]),
        "rank 100000": onnx([onnx_node("Relu", ["x"], ["y"])], (), [1] * 100000),
        "graph without end": onnx([onnx_node("Relu", ["y"], ["y"])]),
        "initialiser of 10^9 without content": onnx(
            [onnx_node("Reshape", ["x", "s"], ["y"])], [onnx_tensor("s", [billion])]),
    }
    for kind in ["Expand", "Tile", "Reshape", "ConstantOfShape", "Resize", "Upsample", "Pad"]:
        inputs = ["s"] if kind == "ConstantOfShape" else ["x", "s"]
        made[f"{kind} to 10^18"] = onnx([onnx_node(kind, inputs, ["y"])], [constant])
    shape = onnx_tensor("s", [1], [billion])
    made["10^9 constants, then folded"] = onnx([
        onnx_node("ConstantOfShape", ["s"], ["a"]), onnx_node("Add", ["a", "a"], ["b"]),
        onnx_node("Cast", ["b"], ["c"], [("to", 7)]), onnx_node("Reshape", ["x", "c"], ["y"])],
        [shape])
    ends = [onnx_tensor("a", [], [0]), onnx_tensor("b", [], [2**62]), onnx_tensor("c", [], [1])]
    made["Range to 2^62"] = onnx([
        onnx_node("Range", ["a", "b", "c"], ["r"]), onnx_node("Reshape", ["x", "r"], ["y"])], ends)
    made["doubled 64 times"] = onnx(
        [onnx_node("Concat", ["x" if i == 0 else f"t{i}"] * 2,
                   ["y" if i == 63 else f"t{i + 1}"], [("axis", 0)]) for i in range(64)])
    made["fan of 20000"] = onnx(
        [onnx_node("Add", ["x", "x" if i == 0 else f"t{i}"],
                   ["y" if i == 19999 else f"t{i + 1}"]) for i in range(20000)])
    graph = onnx_small()
    for _ in range(3000):
        graph = onnx_node("If", ["x"], ["y"], ()) + field(5, fields((1, "g")) + field(6, graph))
        graph = field(1, graph)
    made["graphs in graphs"] = fields((1, 7), (7, graph))
    made["groups in groups"] = b"\x0b" * 200000
    return made


def chakra_message(body):
    return varint(len(body)) + body


def chakra():
    text = chakra_message(field(1, "0.0.4"))
    for number, name in enumerate(["aten::mm", "aten::relu", "MmBackward0", "nccl:all_reduce"]):
        attributes = field(10, fields((1, "is_cpu_op"), (26, number % 2)))
        attributes += field(10, fields((1, "rf_id"), (9, number + 1)))
        io = fields((1, f"[[{number}, {number + 50}, 0, 1024, 4, 'cuda:0']]"), (2, "[[32, 32]]"),
                    (3, "['Tensor(float)']"))
        text += chakra_message(
            fields((1, number + 1), (2, name), (3, 7 if number == 3 else 4), (4, max(1, number)),
                   (5, number), (6, 100 * number), (7, 90), (8, io), (9, io)) + attributes)
    return text


PIPEDREAM = b"""node1 -- Input0 -- forward_compute_time=0.000, backward_compute_time=0.000, \
activation_size=0.0, parameter_size=0.000
node2 -- Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)) -- \
forward_compute_time=2.5, backward_compute_time=3.5, activation_size=82208358.0, \
parameter_size=7168.000
node3 -- ReLU(inplace) -- forward_compute_time=2.5, backward_compute_time=2.6, \
activation_size=82208358.0, parameter_size=0.000
\tnode1 -- node2
\tnode2 -- node3
"""

CONFIG = json.dumps({
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 512,
    "intermediate_size": 1024, "num_attention_heads": 8, "num_key_value_heads": 2,
    "num_hidden_layers": 3, "vocab_size": 1000, "tie_word_embeddings": False,
    "max_position_embeddings": 4096, "torch_dtype": "bfloat16", "rms_norm_eps": 1e-5,
}).encode()


def of(kind):
    """Returns the small files of a kind."""
    return {
        "kineto": [kineto()], "execution-trace": [execution_trace()],
        "snapshot": [pickle.dumps(snapshot(), protocol) for protocol in (4, 2, 5)],
        "memory-timeline": [json.dumps(
            [[-1, 1, 4096, 0], [10, 2, 1024, 4], [20, 2, 2048, 5], [25, 3, -1024, 4],
             [25, 3, 1024, 5], [30, 4, -1024, 5], [40, 4, -2048, 5]]).encode()],
        "chakra": [chakra()], "pipedream": [PIPEDREAM], "csv": [OPERATORS, TENSORS],
        "config": [CONFIG], "onnx": [onnx_small()],
    }[kind]


def bomb(gibibytes):
    """A gzip file that is a thousand times larger when it is read."""
    packer = zlib.compressobj(9, wbits=31)
    text = b"".join(packer.compress(b" " * MEBIBYTE) for _ in range(1024 * gibibytes))
    return text + packer.flush()


@functools.lru_cache(None)
def hostile(kind):
    """Returns files that are hostile as they are, by name."""
    made = {
        "nothing": b"", "one zero": b"\0", "zeros": b"\0" * MEBIBYTE, "ones": b"\xff" * MEBIBYTE,
        "brackets": b"[" * MEBIBYTE, "objects": b'{"a":' * 200000,
        "nested and closed": b"[" * 100000 + b"]" * 100000,
        "a long number": b"9" * MEBIBYTE, "a long text": b'"' + b"a" * MEBIBYTE,
        "surrogates": b'{"traceEvents": [{"name": "\\ud800\\udc00\\ud800"}]}',
        "bad UTF-8": b'{"nodes": [{"name": "\xc0\xaf\xff"}]}', "commas": b"," * MEBIBYTE,
        "lines": b"\n" * MEBIBYTE, "quotes": b'"' * MEBIBYTE, "empty gzip": gzip.compress(b""),
        "gzip in gzip": gzip.compress(gzip.compress(of(kind)[0])),
        "end of gzip missing": gzip.compress(of(kind)[0])[:-9],
        "many small gzips": gzip.compress(b" ") * 20000, "gzip bomb": bomb(2),
    }
    if kind == "snapshot":
        for protocol in range(6):
            made[f"call, protocol {protocol}"] = pickle.dumps([Calls()], protocol)
        made["laughs"] = pickle.dumps(laughs(40), 4)
        spread = snapshot()
        spread["device_traces"] = laughs(40)
        made["laughs in the trace"] = pickle.dumps(spread, 4)
        deep = ["x"]
        text = b"\x80\x04" + b"]" * 300000 + b"a" * 299999 + b"."
        made.update({
            "cycle": pickle.dumps(cycle(), 4), "deep": text, "list": pickle.dumps(deep, 4),
            "a text of 2^63 bytes": b"\x80\x04\x8d" + struct.pack("<Q", 2**63) + b"x.",
            "a frame of 2^64 bytes": b"\x80\x04\x95" + b"\xff" * 8 + b"}.",
            "memo 2^31": b"\x80\x04}r\xff\xff\xff\x7f.", "empty stack": b"\x80\x04u.",
            "many marks": b"\x80\x04" + b"(" * MEBIBYTE + b".",
            "a number of 2^31 bytes": b"\x80\x04\x8b\xff\xff\xff\x7f.",
        })
        for action in [2**63, -1, 2**80, "x", None, 1.5]:
            broken = snapshot()
            broken["device_traces"][0][3]["size"] = action
            made[f"size {action}"] = pickle.dumps(broken, 4)
    if kind == "onnx":
        made.update(onnx_shapes())
    if kind == "chakra":
        node = of(kind)[0]
        made.update({
            "a message of 2^63 bytes": b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + node,
            "a length without end": b"\xff" * 4096, "groups": varint(200000) + b"\x0b" * 200000,
            "deep list": chakra_message(field(1, "0.0.4")) + chakra_message(fields(
                (1, 1), (2, "aten::mm"), (3, 4), (8, field(1, "[" * 200000)))),
            "many copies": node * 3000,
        })
    if kind == "config":
        for key in ["num_hidden_layers", "vocab_size", "hidden_size", "num_attention_heads",
                    "intermediate_size", "num_key_value_heads"]:
            for value in [10**9, 2**62, -1, 0, 1e300, 10**6]:
                made[f"{key} {value}"] = json.dumps(
                    dict(json.loads(CONFIG), **{key: value})).encode()
    if kind == "csv":
        row = b"t,%d,activation,float32,1,false,true,,\n"
        made.update({
            "sums beyond 2^63": TENSORS + row.replace(b"t,", b"t1,") % 2**53 * 1,
            "a shape of 10^9": TENSORS.replace(b"64x4096", b"1000000000x1000000000x1000000000"),
            "a circle of aliases": TENSORS + b"p,0,activation,,,,,q,\nq,0,activation,,,,,p,\n",
            "many columns": b"id,bytes" + b",x" * 100000 + b"\n", "one long row": b"a" * MEBIBYTE,
        })
    if kind == "pipedream":
        made.update({
            "a circle": PIPEDREAM + b"\tnode3 -- node2\n",
            "a chain": b"".join(
                b"node%d -- ReLU() -- forward_compute_time=1.0, backward_compute_time=1.0, "
                b"activation_size=4.0, parameter_size=0.0\n" % i for i in range(30000)
            ) + b"".join(b"\tnode%d -- node%d\n" % (i, i + 1) for i in range(29999)),
            "many edges": PIPEDREAM + b"\tnode2 -- node3\n" * 100000,
            "nested brackets": PIPEDREAM.replace(b"(3, 64", b"(" * 200000),
        })
    if kind == "memory-timeline":
        made.update({
            "sums beyond 2^63": json.dumps([[i, 2, 2**62, 4] for i in range(8)]).encode(),
            "times": json.dumps([[2**63 - 1, 2, 1, 4], [-(2**63), 2, 1, 4]]).encode(),
            "unknown": json.dumps([[1, 99, 1, 99]]).encode(),
            "many": json.dumps([[i, 2, 8, 4] for i in range(100000)]).encode(),
        })
    if kind == "kineto":
        event = {"ph": "X", "cat": "cpu_op", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 5}
        made.update({
            "nested calls": json.dumps({"traceEvents": [
                dict(event, ts=i, dur=200000 - 2 * i) for i in range(50000)]}).encode(),
            "same time": json.dumps({"traceEvents": [event] * 50000}).encode(),
            "no step of a million": json.dumps({"traceEvents": [
                dict(event, name=f"ProfilerStep#{i}", cat="user_annotation", ts=i)
                for i in range(50000)]}).encode(),
            "dims": json.dumps({"traceEvents": [dict(
                event, args={"Input Dims": [[10**9] * 9]})] * 10}).encode(),
        })
    if kind == "execution-trace":
        node = json.loads(execution_trace())
        chain = [dict(node["nodes"][1], id=i + 2, ctrl_deps=i + 1) for i in range(30000)]
        made["a chain of parents"] = json.dumps(dict(node, nodes=chain)).encode()
        loop = [dict(node["nodes"][1], id=i + 2, ctrl_deps=(i + 1) % 5 + 2) for i in range(5)]
        made["a circle of parents"] = json.dumps(dict(node, nodes=loop)).encode()
    return made
