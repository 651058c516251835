#!/usr/bin/env python3
"""
How long one small model's training takes elsewhere, for bench/irreproducibility.ts: as a loop over single models in PyTorch
(nn.Linear, autograd, torch.optim.SGD, one example a step), the same loop in numpy by hand, and numpy with 32 models in one batch
of weights. Prints seconds per step as JSON.   irreproducibility.py WIDTH DEPTH STEPS
"""
import json
import sys
import time

import numpy as np


def data(steps):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((steps, 2)).astype(np.float32)
    return x, (rng.random(steps) < 0.4).astype(np.float32)


def with_torch(width, depth, steps):
    import torch
    x, y = (torch.from_numpy(v) for v in data(steps))
    sizes = [2] + [width] * depth + [1]
    layers = []
    for k, (i, o) in enumerate(zip(sizes, sizes[1:])):
        layers += [torch.nn.Linear(i, o)] + ([torch.nn.ReLU()] if k + 2 < len(sizes) else [])
    model, loss = torch.nn.Sequential(*layers), torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    def run(count):
        for t in range(count):
            optimizer.zero_grad()
            loss(model(x[t:t + 1])[:, 0], y[t:t + 1]).backward()
            optimizer.step()
    run(steps // 8)
    began = time.perf_counter()
    run(steps)
    return (time.perf_counter() - began) / steps


def with_numpy(width, depth, steps, models):
    x, y = data(steps)
    rng = np.random.default_rng(1)
    sizes = [2] + [width] * depth + [1]
    w = []
    for i, o in zip(sizes, sizes[1:]):
        w += [rng.standard_normal((models, o, i)).astype(np.float32) / i, np.zeros((models, o), np.float32)]
    def run(count):
        for t in range(count):
            a, inputs, slopes = np.broadcast_to(x[t], (models, 1, 2)), [], []
            for l in range(0, len(w), 2):
                inputs.append(a)
                z = a @ w[l].transpose(0, 2, 1) + w[l + 1][:, None, :]
                if l + 2 < len(w):
                    a = np.maximum(z, 0)
                    slopes.append(z > 0)
            g = 1 / (1 + np.exp(-z)) - y[t]
            for l in range(len(w) - 2, -1, -2):
                dw, db = g.transpose(0, 2, 1) @ inputs[l // 2], g.sum(axis=1)
                if l:
                    g = (g @ w[l]) * slopes[l // 2 - 1]
                w[l] -= np.float32(0.1) * dw
                w[l + 1] -= np.float32(0.1) * db
    run(steps // 8)
    began = time.perf_counter()
    run(steps)
    return (time.perf_counter() - began) / steps


def main():
    width, depth, steps = (int(v) for v in sys.argv[1:])
    out = {'numpy, single models': with_numpy(width, depth, steps, 1), 'numpy, 32 models at once': with_numpy(width, depth, steps, 32) / 32}
    try:
        out['PyTorch, single models'] = with_torch(width, depth, steps)
    except ImportError:
        pass
    print(json.dumps(out))


if __name__ == '__main__':
    main()
