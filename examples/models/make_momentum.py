"""Writes momentum.onnx: score = tanh(standardised returns, imbalance and volatility through 4 hidden units).

The weights are fixed by a seed and not fitted to any market: the file shows the mechanism, not a way to earn.
Usage: python -m venv venv && venv/bin/pip install onnx numpy && venv/bin/python make_momentum.py
"""

import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FEATURES = 4  # ret(1), ret(5), z_score(20), trade_imbalance(50): the order of examples/strategies/onnx-momentum.ts
HIDDEN = 4
SCALES = [2e4, 1e4, 1.0, 1.0]


def constant(name, values):
    return numpy_helper.from_array(np.asarray(values, dtype=np.float32), name)


rng = np.random.default_rng(7)
hidden = np.abs(rng.normal(0.5, 0.2, (FEATURES, HIDDEN)))
graph = helper.make_graph(
    [
        helper.make_node("Mul", ["features", "scales"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "w1", "b1"], ["h1"]),
        helper.make_node("Tanh", ["h1"], ["a1"]),
        helper.make_node("Gemm", ["a1", "w2", "b2"], ["h2"]),
        helper.make_node("Tanh", ["h2"], ["score"]),
    ],
    "momentum",
    [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, FEATURES])],
    [helper.make_tensor_value_info("score", TensorProto.FLOAT, [1, 1])],
    [
        constant("scales", [SCALES]),
        constant("w1", hidden),
        constant("b1", np.zeros(HIDDEN)),
        constant("w2", np.full((HIDDEN, 1), 0.5)),
        constant("b2", np.zeros(1)),
    ],
)
model = helper.make_model(
    graph, producer_name="tidegate-example", opset_imports=[helper.make_opsetid("", 17)], ir_version=9
)
onnx.checker.check_model(model)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "momentum.onnx")
with open(path, "wb") as file:
    file.write(model.SerializeToString(deterministic=True))
print(path, os.path.getsize(path), "bytes")
