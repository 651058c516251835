#!/usr/bin/env python3
"""The same passes in PyTorch, on the same machine: what misfire is compared with. Needs a Python with torch alone.

    python3 bench/peers/pytorch.py [--device cuda] [--minutes 6] [--quick] [--out FILE]

Prints (and with --out writes, as results come) a performance file; its form is described in bench/gpu-check/form.ts.
All of it is float32 with TF32 off. The passes:

  profile, loop   the authors' computation: one picture at a time, the gradient of its loss with respect to every
                  convolution weight by autograd, the mean of absolute values per filter
  profile, vmap   per-sample gradients by torch.func, vmap(grad), a whole batch at once, the same means
  map, loop       the input-space map: autograd of autograd (the profile with its graph kept, the cosine distance to its
                  boosted copy, the gradient with respect to the picture)
  forward, batch  the network's answer

Networks have torchvision's shapes and random weights, once as the authors run them ('batch norm', in evaluation mode)
and once with batch norm folded away ('folded'), as misfire's have it. Times are medians after a warm-up, between
synchronizations, from pictures in the processor's memory to numbers there, as misfire's are.
"""
import argparse
import datetime
import json
import platform
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

FORM = 'misfire-performance-1'
BOOST, BOOSTED = 100.0, 10


# ---------------------------------------------------------------- networks

def conv(inputs, filters, kernel, stride=1, norm=True):
    layers = [nn.Conv2d(inputs, filters, kernel, stride, kernel // 2, bias=not norm)]
    return nn.Sequential(*layers, nn.BatchNorm2d(filters)) if norm else layers[0]


class Block(nn.Module):
    """A residual block of convolutions (filters, kernel, stride), ReLU between them."""

    def __init__(self, inputs, convs, shortcut, norm):
        super().__init__()
        self.convs = nn.ModuleList()
        for filters, kernel, stride in convs:
            self.convs.append(conv(inputs, filters, kernel, stride, norm))
            inputs = filters
        self.shortcut = shortcut

    def forward(self, x):
        y = x
        for k, layer in enumerate(self.convs):
            y = layer(F.relu(y) if k > 0 else y)
        return F.relu(y + self.shortcut(x))


class Halved(nn.Module):
    """Every other pixel, zeros for the channels that are new: CIFAR's shortcut without weights."""

    def __init__(self, more):
        super().__init__()
        self.more = more

    def forward(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2))


def resnet20(norm, side):
    layers, inputs = [conv(3, 16, 3, 1, norm), nn.ReLU()], 16
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            stride = 2 if stage > 0 and block == 0 else 1
            shortcut = Halved(filters - inputs) if stride == 2 else nn.Identity()
            layers.append(Block(inputs, [(filters, 3, stride), (filters, 3, 1)], shortcut, norm))
            inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet50(norm, side):
    layers, inputs = [conv(3, 64, 7, 2, norm), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        filters = 64 << stage
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            shortcut = conv(inputs, 4 * filters, 1, stride, norm) if block == 0 else nn.Identity()
            layers.append(Block(inputs, [(filters, 1, 1), (filters, 3, stride), (4 * filters, 1, 1)], shortcut, norm))
            inputs = 4 * filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def vgg19(norm, side):
    layers, inputs = [], 3
    for filters, depth in ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)):
        for _ in range(depth):
            layers += [conv(inputs, filters, 3, 1, False), nn.ReLU()]  # VGG-19 has no batch norm
            inputs = filters
        layers.append(nn.MaxPool2d(2, 2))
    hidden = 4096 if side == 224 else 256
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * (side // 32) ** 2, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1000))


NETWORKS = {'ResNet-50': (resnet50, 224), 'ResNet-20': (resnet20, 32), 'VGG-19': (vgg19, 224)}


def conv_names(model):
    return [f'{name}.weight' for name, module in model.named_modules() if isinstance(module, nn.Conv2d)]


def made(make, norm, side, device):
    torch.manual_seed(0)
    model = make(norm, side).to(device).eval()
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    for module in model.modules():  # branches a third as large as shortcuts, so that activations do not grow
        if isinstance(module, Block):
            last = module.convs[-1]
            (last[0] if isinstance(last, nn.Sequential) else last).weight.data.mul_(0.3)
    wanted = set(conv_names(model))
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name in wanted)
    return model


# ---------------------------------------------------------------- passes

def per_filter(gradients, samples=False):
    """The mean of absolute values per filter, all layers one after another; gradients [K,C,R,S], or [N,K,C,R,S] of samples."""
    first = 2 if samples else 1
    return torch.cat([g.abs().flatten(first).mean(-1) for g in gradients], -1)


def profile(model, weights, x, y, keep_graph=False):
    loss = F.cross_entropy(model(x), y)
    return per_filter(torch.autograd.grad(loss, weights, create_graph=keep_graph))


def input_map(model, weights, x, y, mean, std):
    x = x.clone().requires_grad_(True)
    s = (profile(model, weights, x, y, keep_graph=True) - mean) / std
    boosted = s.detach().clone()
    boosted[boosted.topk(BOOSTED).indices] *= BOOST
    distance = 1 - F.cosine_similarity(s[None], boosted[None])[0]
    return torch.autograd.grad(distance, x)[0]


def per_sample_profiles(model):
    """torch.func's: vmap of grad over the batch. None where this torch has no torch.func."""
    func = getattr(torch, 'func', None)
    if func is None:
        return None
    wanted = set(conv_names(model))
    chosen = {n: p.detach() for n, p in model.named_parameters() if n in wanted}
    fixed = {n: p.detach() for n, p in model.named_parameters() if n not in wanted}
    fixed.update((n, b) for n, b in model.named_buffers())

    def loss(convs, x, y):
        return F.cross_entropy(func.functional_call(model, {**convs, **fixed}, (x[None],)), y[None])

    gradients = func.vmap(func.grad(loss), in_dims=(None, 0, 0))
    order = conv_names(model)

    def run(x, y):
        found = gradients(chosen, x, y)
        return per_filter([found[n] for n in order], samples=True)
    return run


# ---------------------------------------------------------------- measuring

class Machine:
    def __init__(self, device, budget, deadline):
        self.device, self.budget, self.deadline = device, budget, deadline
        self.cuda = device.type == 'cuda'

    def synchronize(self):
        if self.cuda:
            torch.cuda.synchronize(self.device)

    def out_of_time(self):
        return time.monotonic() > self.deadline

    def seconds(self, work):
        """Median seconds of work() between synchronizations, after two runs for warming up (one that is slow warms up once)."""
        for _ in range(2):
            began = time.monotonic()
            work()
            self.synchronize()
            if time.monotonic() - began > self.budget:
                break
        times, end = [], time.monotonic() + self.budget
        while len(times) < 3 or (time.monotonic() < end and len(times) < 200):
            began = time.perf_counter()
            work()
            self.synchronize()
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    def event_seconds(self, work, repetitions):
        """Seconds of one of many runs in a row, by the GPU's events where there are any; the median of five."""
        work()
        self.synchronize()
        found = []
        for _ in range(5):
            if self.cuda:
                begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
                begin.record()
                for _ in range(repetitions):
                    work()
                end.record()
                torch.cuda.synchronize(self.device)
                found.append(begin.elapsed_time(end) / 1000 / repetitions)
            else:
                began = time.perf_counter()
                for _ in range(repetitions):
                    work()
                found.append((time.perf_counter() - began) / repetitions)
        return statistics.median(found)

    def peak(self, work):
        if not self.cuda:
            return {}
        torch.cuda.reset_peak_memory_stats(self.device)
        work()
        self.synchronize()
        return {'bytes': torch.cuda.max_memory_allocated(self.device)}


def is_out_of_memory(error):
    return isinstance(error, getattr(torch.cuda, 'OutOfMemoryError', ())) or 'out of memory' in str(error)


def ceilings(machine, quick):
    side, elements = (256, 1 << 18) if quick else (8192, 1 << 28)
    a, b = (torch.randn(side, side, device=machine.device) for _ in range(2))
    product = machine.event_seconds(lambda: a @ b, 2 if quick else 10)
    del a, b
    source = torch.randn(elements, device=machine.device)
    target = torch.empty_like(source)
    copy = machine.event_seconds(lambda: target.copy_(source), 2 if quick else 10)
    return {'matmulMultiplyAddsPerSecond': side ** 3 / product, 'copyBytesPerSecond': 8 * elements / copy}


def passes(machine, name, make, side, norm, batches, tell, note):
    model = made(make, norm, side, machine.device)
    weights = [p for p in model.parameters() if p.requires_grad]
    variant = 'batch norm' if norm else 'folded'

    def inputs(batch):
        torch.manual_seed(1)
        return torch.randn(batch, 3, side, side), torch.arange(batch) % 10

    def one(kind, how, batch, work):
        """False where it did not fit."""
        if machine.out_of_time():
            note(f'{name}, {variant}, {kind}, {how}, batch {batch}: not measured, no time was left')
            return False
        try:
            seconds = machine.seconds(work)
            tell({'network': name, 'pass': kind, 'how': how, 'variant': variant, 'batch': batch, 'secondsPerPicture': seconds / batch, **machine.peak(work)})
            return True
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            if machine.cuda:
                torch.cuda.empty_cache()
            note(f'{name}, {variant}, {kind}, {how}, batch {batch}: out of memory')
            return False

    def on_device(pictures_and_labels):
        return (t.to(machine.device) for t in pictures_and_labels)

    single = inputs(1)
    one('profile', 'loop', 1, lambda: profile(model, weights, *on_device(single)).cpu())
    s = profile(model, weights, *on_device(single))
    if not torch.isfinite(s).all():
        raise RuntimeError(f'the profile of {name} ({variant}) is not finite, so that its times say nothing')
    mean, std = s.mean() * torch.ones_like(s), s.std() * torch.ones_like(s)

    per_sample = per_sample_profiles(model)
    if per_sample is None:
        note(f'{name}, {variant}: per-sample gradients were not measured, torch {torch.__version__} has no torch.func')
    else:
        check = (per_sample(*on_device(single))[0] - s).norm() / s.norm()
        if not check < 1e-2:  # of the norm; ReLU kinks fall on either side in float32
            raise RuntimeError(f'vmap(grad) and autograd differ by {check} on {name} ({variant})')
        for batch in batches:
            several = inputs(batch)
            if not one('profile', 'vmap', batch, lambda: per_sample(*on_device(several)).cpu()):
                break

    def forward(x_n):
        with torch.no_grad():
            return model(x_n.to(machine.device)).cpu()
    for batch in batches if len(batches) < 4 else (1, 8, 32):
        x_n, _ = inputs(batch)
        one('forward', 'batch', batch, lambda: forward(x_n))
    one('map', 'loop', 1, lambda: input_map(model, weights, *on_device(single), mean, std).cpu())


def main():
    options = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    options.add_argument('--device', default='cuda')
    options.add_argument('--minutes', type=float, default=6, help='for all of it (default 6)')
    options.add_argument('--quick', action='store_true', help='small sizes: shows that everything runs')
    options.add_argument('--out', help='file that is written as results come')
    args = options.parse_args()
    if args.device.startswith('cuda') and not torch.cuda.is_available():
        sys.exit('pytorch.py: this torch sees no GPU; give --device cpu to run on the processor.')
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision('highest')
    device = torch.device(args.device)
    machine = Machine(device, 0.05 if args.quick else 0.5, time.monotonic() + 60 * args.minutes)
    result = {
        'form': FORM, 'by': 'pytorch', 'made': datetime.datetime.now(datetime.timezone.utc).isoformat(), 'complete': False,
        'adapter': {'description': torch.cuda.get_device_name(device) if machine.cuda else platform.processor() or platform.machine(), 'software': not machine.cuda},
        'settings': {'torch': torch.__version__, 'cuda': torch.version.cuda, 'python': platform.python_version(), 'tf32': False, 'quick': args.quick},
        'checks': [], 'ceilings': {}, 'kernels': [], 'passes': [], 'switches': [], 'notes': [],
    }

    def write():
        if args.out:
            with open(args.out, 'w') as file:
                json.dump(result, file, indent=1)
                file.write('\n')

    def tell(found):
        result['passes'].append(found)
        print(f"{found['network']}, {found['variant']}: {found['pass']}, {found['how']}, batch {found['batch']}: {found['secondsPerPicture'] * 1e3:.3g} ms per picture", file=sys.stderr)
        write()

    result['ceilings'] = ceilings(machine, args.quick)
    write()
    batches = (1, 2) if args.quick else (1, 2, 4, 8, 16, 32, 64, 128, 256)
    for name, (make, side) in NETWORKS.items():
        for norm in (True, False):
            if name == 'VGG-19' and norm:
                continue
            try:
                passes(machine, name, make, 32 if args.quick else side, norm, batches, tell, result['notes'].append)
            except RuntimeError as error:
                result['notes'].append(f"{name}, {'batch norm' if norm else 'folded'}: {str(error).splitlines()[0]}")
                print(result['notes'][-1], file=sys.stderr)
            if machine.cuda:
                torch.cuda.empty_cache()
            write()
    result['complete'] = True
    write()
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == '__main__':
    main()
