#!/usr/bin/env python3
"""PyTorch's passes by turns with another program's: reads lines 'NETWORK profile|map|forward COUNT' and answers each with the seconds
that COUNT pictures took, one at a time as the authors' script goes (forward: all at once). For bench/backends.ts.

    python3 bench/peers/turns.py THREADS
"""
import sys
import time

import torch

import pytorch

torch.set_num_threads(int(sys.argv[1]))
made = {}


def opened(name):
    if name not in made:
        make, side = pytorch.NETWORKS[name]
        model = pytorch.made(make, True, side, torch.device('cpu'))
        made[name] = (model, [p for p in model.parameters() if p.requires_grad], side)
    return made[name]


def run(name, what, count):
    model, weights, side = opened(name)
    torch.manual_seed(1)
    x, y = torch.randn(count, 3, side, side), torch.arange(count) % 10
    s = pytorch.profile(model, weights, x[:1], y[:1])
    mean, std = s.mean() * torch.ones_like(s), s.std() * torch.ones_like(s)
    began = time.perf_counter()
    if what == 'forward':
        with torch.no_grad():
            model(x)
    for k in range(count if what != 'forward' else 0):
        if what == 'profile':
            pytorch.profile(model, weights, x[k:k + 1], y[k:k + 1])
        else:
            pytorch.input_map(model, weights, x[k:k + 1], y[k:k + 1], mean, std)
    return time.perf_counter() - began


for line in sys.stdin:
    name, what, count = line.split()
    print(run(name, what, int(count)), flush=True)
