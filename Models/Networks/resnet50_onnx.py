"""Writes resnet50.onnx: ResNet-50 (He et al. 2016), without its weights' values.

Needs the PyPI package onnx. Each weight is a ConstantOfShape node, so the file stays small.

    python3 resnet50_onnx.py resnet50.onnx
"""
import sys

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

nodes, shapes = [], []


def weight(name, *extents):
    shapes.append(numpy_helper.from_array(numpy.array(extents, dtype=numpy.int64), name + "_shape"))
    nodes.append(helper.make_node("ConstantOfShape", [name + "_shape"], [name], name=name))
    return name


def convolution(name, value, inputs, outputs, kernel, stride=1, relu=True):
    """A convolution without bias, batch normalisation, and the activation."""
    nodes.append(
        helper.make_node(
            "Conv", [value, weight(name + ".weight", outputs, inputs, kernel, kernel)],
            [name + ".conv"], name=name + ".conv", kernel_shape=[kernel] * 2,
            strides=[stride] * 2, pads=[kernel // 2] * 4))
    parameters = [weight(f"{name}.{part}", outputs) for part in ("scale", "bias", "mean", "var")]
    nodes.append(
        helper.make_node(
            "BatchNormalization", [name + ".conv", *parameters], [name + ".norm"],
            name=name + ".norm"))
    if not relu:
        return name + ".norm"
    nodes.append(helper.make_node("Relu", [name + ".norm"], [name], name=name))
    return name


def bottleneck(name, value, inputs, width, stride):
    """1×1, 3×3 and 1×1 convolutions around a shortcut; the stride is that of the first."""
    outputs = 4 * width
    body = convolution(name + ".1", value, inputs, width, 1, stride)
    body = convolution(name + ".2", body, width, width, 3)
    body = convolution(name + ".3", body, width, outputs, 1, relu=False)
    shortcut = value
    if stride != 1 or inputs != outputs:
        shortcut = convolution(name + ".shortcut", value, inputs, outputs, 1, stride, relu=False)
    nodes.append(helper.make_node("Add", [body, shortcut], [name + ".sum"], name=name + ".sum"))
    nodes.append(helper.make_node("Relu", [name + ".sum"], [name], name=name))
    return name, outputs


value = convolution("stem", "image", 3, 64, 7, 2)
nodes.append(
    helper.make_node(
        "MaxPool", [value], ["pool"], name="pool", kernel_shape=[3, 3], strides=[2, 2],
        pads=[1] * 4))
value, channels = "pool", 64
for stage, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], 1):
    for block in range(blocks):
        stride = 2 if block == 0 and stage > 1 else 1
        value, channels = bottleneck(f"stage{stage}.{block}", value, channels, width, stride)
nodes.append(helper.make_node("GlobalAveragePool", [value], ["average"], name="average"))
nodes.append(helper.make_node("Flatten", ["average"], ["features"], name="features"))
nodes.append(
    helper.make_node(
        "Gemm", ["features", weight("fc.weight", 1000, channels), weight("fc.bias", 1000)],
        ["logits"], name="logits", transB=1))

graph = helper.make_graph(
    nodes, "resnet50",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 224, 224])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1000])], shapes)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 8
checker.check_model(model)
save(model, sys.argv[1])
