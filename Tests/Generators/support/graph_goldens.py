"""How goldens of graphs write arrays and attributes of nodes, which OperatorGoldens in ExecutionTests reads."""

import base64

import numpy as np


def encoded(array):
    """An array with its element type, in base64."""
    array = np.asarray(array, order="C")
    kind = {"bool": "boolean"}.get(array.dtype.name, array.dtype.name)
    return {"type": kind, "shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def attribute(value):
    """An attribute of a node, under the name of its kind."""
    if isinstance(value, np.ndarray):
        return {"tensor": encoded(value)}
    if isinstance(value, (bool, int)):
        return {"integer": int(value)}
    if isinstance(value, float):
        return {"float": value}
    if isinstance(value, str):
        return {"text": value}
    if value and isinstance(value[0], str):
        return {"texts": list(value)}
    if value and isinstance(value[0], float):
        return {"floats": list(value)}
    return {"integers": [int(number) for number in value]}
