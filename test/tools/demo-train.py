"""The first steps of the demo's training in float64 PyTorch. Prints each step's loss and two of the trained numbers.

    node OUT/test/tools/demo-train-dump.js FOLDER && python3 test/tools/demo-train.py FOLDER

FOLDER then holds the initial parameters and the pictures as the TypeScript generators make them.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or channels != width:
            self.downsample = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16, 1))
        self.layer2 = nn.Sequential(Block(16, 32, 2))
        self.layer3 = nn.Sequential(Block(32, 64, 2))
        self.fc = nn.Linear(64, 8)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


folder = Path(sys.argv[1])
recipe = json.loads((folder / 'recipe.json').read_text())
network = Network().double()
state = json.loads((folder / 'parameters.json').read_text())
network.load_state_dict({k: torch.tensor(v, dtype=torch.float64).reshape(network.state_dict()[k].shape) for k, v in state.items()}, strict=False)
network.train()
optimizer = torch.optim.SGD(network.parameters(), lr=1, momentum=recipe['momentum'], weight_decay=recipe['decay'])
for step, rate in enumerate(recipe['rates']):
    x = torch.from_numpy(np.fromfile(folder / f'x{step}.f32', '<f4').astype(np.float64)).reshape(recipe['batch'], 3, 40, 40)
    labels = torch.from_numpy(np.fromfile(folder / f'labels{step}.f32', '<f4').astype(np.int64))
    for group in optimizer.param_groups:
        group['lr'] = rate
    loss = F.cross_entropy(network(x), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f'{loss.item():.9f}')
variance = network.layer3[0].bn1.running_var
print(f'layer3.0.bn1.running_var[0] {variance[0].item():.9f}  conv1.weight[0] {network.conv1.weight.flatten()[0].item():.9f}')
