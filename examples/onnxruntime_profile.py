#!/usr/bin/env python3
"""Profiles without misfire: what `misfire export M.onnx profile.onnx` wrote, in onnxruntime (pip install onnxruntime numpy).

    python3 examples/onnxruntime_profile.py profile.onnx pictures.npy labels.npy   # pictures as the network takes them
"""
import json, sys
import numpy as np, onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])
pictures, labels = np.load(sys.argv[2]).astype(np.float32), np.load(sys.argv[3]).astype(np.int64)
profile, = session.run(['profile'], {session.get_inputs()[0].name: pictures, 'labels': labels})  # [pictures, filters]
layers = json.loads(session.get_modelmeta().custom_metadata_map['misfire.layers'])
for picture, saliency in enumerate(profile):
    best = int(saliency.argmax())
    layer = next(l for l in layers if l['offset'] <= best < l['offset'] + l['filters'])
    print(f"picture {picture}: {layer['node']}, filter {best - layer['offset']}, saliency {saliency[best]:.3g}")
