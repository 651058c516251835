"""Writes the float64 numbers beside this file: what PyTorch's autograd says of the demo's network and a few of the demo's pictures.

    node dist/test/golden/pictures-dump.js FOLDER && /usr/bin/python3 test/golden/demo.py FOLDER

FOLDER then holds the pictures as pictures.ts draws them. Debian packages: python3-torch python3-onnx (made with 1.13.1 and 1.12.0).
The network is written out here by hand; of the ONNX file only the weights are read. Numbers are rounded nowhere: float64 throughout.
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[1] / 'demo'
OUT = HERE / 'demo'
EPSILON = float(np.float32(1e-5))  # of batch norm, a float32 in the file
BOOST, BOOSTED = 100, 10
MAPS = (2, 4)  # which pictures get an input map,
OFF = (2, 4, 5)  # filters turned off,
TUNED = 4  # and a step of fine-tuning

model = (DEMO / 'model.onnx').read_bytes()
weights = {t.name: torch.tensor(numpy_helper.to_array(t)).double() for t in onnx.load_from_string(model).graph.initializer}
stats = json.loads((DEMO / 'stats.json').read_text())
mean, deviation = (torch.tensor(stats[key], dtype=torch.float64) for key in ('mean', 'std'))
assert deviation.min() > 1e-14, 'a dead filter: it would have to be left out of the ranking'

given = json.loads(Path(sys.argv[1], 'pictures.json').read_text())
pictures = np.fromfile(Path(sys.argv[1], 'pictures.f32'), '<f4')
x = torch.from_numpy(pictures.astype(np.float64)).reshape(len(given['labels']), *given['shape'])
y = torch.tensor(given['labels'])

# ---------------------------------------------------------------- the network

CONVS = ['conv1', 'layer1.0.conv1', 'layer1.0.conv2']
CONVS += [f'layer{k}.0.{part}' for k in (2, 3) for part in ('conv1', 'conv2', 'downsample.0')]
COUNTS = [len(weights[f'{name}.weight']) for name in CONVS]
OFFSETS = [sum(COUNTS[:k]) for k in range(len(COUNTS))]


def conv_bn(p, x, conv, norm, stride=1):
    w = p[f'{conv}.weight']
    out = F.conv2d(x, w, stride=stride, padding=(w.shape[2] - 1) // 2)
    scale, shift, mean, variance = (p[f'{norm}.{part}'].view(1, -1, 1, 1) for part in ('weight', 'bias', 'running_mean', 'running_var'))
    return (out - mean) / torch.sqrt(variance + EPSILON) * scale + shift


def network(p, x):
    x = F.relu(conv_bn(p, x, 'conv1', 'bn1', 2))
    for name, stride in (('layer1.0', 1), ('layer2.0', 2), ('layer3.0', 2)):
        out = F.relu(conv_bn(p, x, f'{name}.conv1', f'{name}.bn1', stride))
        out = conv_bn(p, out, f'{name}.conv2', f'{name}.bn2')
        beside = x if name == 'layer1.0' else conv_bn(p, x, f'{name}.downsample.0', f'{name}.downsample.1', stride)
        x = F.relu(out + beside)
    return x.mean((2, 3)) @ p['fc.weight'].T + p['fc.bias']


def gradients(p, x, label, create_graph=False):
    """Of the loss of one picture, with respect to every convolution's weight."""
    convs = [p[f'{name}.weight'].requires_grad_() for name in CONVS]
    return torch.autograd.grad(F.cross_entropy(network(p, x[None]), label[None]), convs, create_graph=create_graph)


def profile(*args, **options):
    """Eq. 1: the mean, over a filter's weights, of the gradient's absolute value."""
    return torch.cat([g.abs().mean((1, 2, 3)) for g in gradients(*args, **options)])


# ---------------------------------------------------------------- what is written

OUT.mkdir(exist_ok=True)


def save(name, array):
    np.save(OUT / f'{name}.npy', np.ascontiguousarray(array, dtype='<f8'))


def place(index):
    """The layer of a filter, and its number there."""
    layer = max(k for k, offset in enumerate(OFFSETS) if offset <= index)
    return CONVS[layer], index - OFFSETS[layer]


logits = network(weights, x).detach()
profiles = torch.stack([profile(weights, x[k], y[k]) for k in range(len(x))])
standardized = (profiles - mean) / deviation
ranked = [np.argsort(-row.numpy(), kind='stable').tolist() for row in standardized]
save('logits', logits)
save('profile', profiles)
save('standardized', standardized)


def input_map(k):
    """Eq. 3 and 4: the cosine distance from the standardized profile to its boosted copy, and its gradient in the picture."""
    picture = x[k].clone().requires_grad_()
    s = (profile(weights, picture, y[k], create_graph=True) - mean) / deviation
    factors = torch.ones_like(s)
    factors[ranked[k][:BOOSTED]] = BOOST
    boosted = s.detach() * factors
    distance = 1 - s @ boosted / (s.norm() * boosted.norm())
    (gradient,) = torch.autograd.grad(distance, picture)
    save(f'input_grad_{k}', gradient)
    return dict(sample=k, boosted=ranked[k][:BOOSTED], cosineDistance=distance.item())


def with_off(filters, mode):
    """The parameters with filters off: weights and batch norm's shift are 0, its scale too so that the channel is ('channel')."""
    p = {name: w.detach().clone() for name, w in weights.items()}
    for conv, k in map(place, filters):
        norm = conv.replace('conv', 'bn').replace('downsample.0', 'downsample.1')
        for name in (f'{conv}.weight', f'{norm}.bias') + ((f'{norm}.weight',) if mode == 'channel' else ()):
            p[name][k] = 0
    return p


def off(k):
    for mode in ('channel', 'paper'):
        for count in (0, 1, 5, 10, 30):
            after = network(with_off(ranked[k][:count], mode), x[k][None])[0]
            yield dict(sample=k, mode=mode, k=count, logits=after.tolist())


def tuned(k):
    """Section 3.3: one step of a given length against the gradient of some filters. The gradient of the first ten is saved whole."""
    found = {name: g for name, g in zip(CONVS, gradients(weights, x[k], y[k]))}
    of = lambda index: found[place(index)[0]][place(index)[1]]
    save('gradient', torch.cat([of(index).flatten() for index in ranked[k][:10]]))
    save('gradient_norms', torch.stack([of(index).norm() for index in range(sum(COUNTS))]))
    for count in (10, 50, sum(COUNTS)):
        chosen = ranked[k][:count]
        norm = torch.stack([of(index).norm() for index in chosen]).norm()
        for length in (0.1, 0.5, 1.0):
            p = {name: w.detach().clone() for name, w in weights.items()}
            for conv, filter_, index in ((*place(index), index) for index in chosen):
                p[f'{conv}.weight'][filter_] -= length * of(index) / norm
            yield dict(sample=k, k=count, step=length, norm=norm.item(), logits=network(p, x[k][None])[0].tolist())


def rows(name, found):
    (OUT / name).write_text('[\n' + ',\n'.join(json.dumps(row) for row in found) + '\n]\n')


meta = dict(
    model='model.onnx', sha256=dict(model=hashlib.sha256(model).hexdigest(), inputs=hashlib.sha256(pictures.tobytes()).hexdigest()),
    torch=torch.__version__,
    labels=y.tolist(), predicted=logits.argmax(1).tolist(), loss=F.cross_entropy(logits, y, reduction='none').tolist(),
    layers=[dict(node=name, weight=f'{name}.weight', filters=count, offset=at) for name, count, at in zip(CONVS, COUNTS, OFFSETS)],
    top10=[row[:10] for row in ranked], deadFilters=0, inputSaliency=[input_map(k) for k in MAPS])
(OUT / 'meta.json').write_text(json.dumps(meta, indent=1) + '\n')
rows('prune.json', (row for k in OFF for row in off(k)))
rows('finetune.json', tuned(TUNED))
