"""ONNX Runtime's time for one batch: infer_onnxruntime.py MODEL BATCH RUNS INPUT.f32 OUTPUT.f32 prints the median seconds.

The input is raw float32 of the batch; the first output is written, so that both programs can be seen to compute the same.
"""

import sys
import time

import numpy as np
import onnxruntime

model, batch, runs, given, result = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
data = session.get_inputs()[0]
feed = {data.name: np.fromfile(given, np.float32).reshape([batch] + data.shape[1:])}
output = session.run(None, feed)[0]
output.astype(np.float32).tofile(result)
session.run(None, feed)
times = []
for _ in range(runs):
    start = time.perf_counter()
    session.run(None, feed)
    times.append(time.perf_counter() - start)
print("seconds", sorted(times)[len(times) // 2])
