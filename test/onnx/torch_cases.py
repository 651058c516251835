"""Writes torch_cases.json: small ONNX graphs, inputs, and the outputs PyTorch computes for them in float64.
Debian packages: python3-torch python3-onnx. Two kinds: what torch.onnx.export makes of a module, and single nodes whose
meaning changed between opsets, with PyTorch's own function beside them."""
import base64, io, json, os, warnings
import numpy as np, onnx, torch, torch.nn as nn, torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

warnings.filterwarnings('ignore')
torch.manual_seed(0)
r = torch.randn
CASES = {}


def pack(t):
    a = np.ascontiguousarray(t.detach().numpy().astype('<f4'))
    return dict(shape=list(a.shape), data=base64.b64encode(a.tobytes()).decode())


def case(name, model, inputs, outputs):
    assert name not in CASES, name
    CASES[name] = dict(model=base64.b64encode(model).decode(), inputs=[pack(t) for t in inputs], outputs=[pack(t) for t in outputs])


# ---- modules through the exporter ----------------------------------------------------------------------------------

class Fn(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, *a):
        return self.f(*a)


def export(name, module, *inputs, opset=13, fold=True):
    module = module.eval()
    for m in module.modules():
        if isinstance(m, nn.modules.batchnorm._BatchNorm):
            m.running_mean.normal_(); m.running_var.uniform_(.5, 2.); m.weight.data.uniform_(.5, 1.5); m.bias.data.normal_()
    f = io.BytesIO()
    torch.onnx.export(module, inputs, f, opset_version=opset, do_constant_folding=fold, keep_initializers_as_inputs=opset < 9)
    wide = [t.double() if t.is_floating_point() else t for t in inputs]
    out = module.double()(*wide)
    case(f'{name}, opset {opset}', f.getvalue(), inputs, out if isinstance(out, (tuple, list)) else (out,))


for opset in (7, 13):
    export('AvgPool1d', nn.AvgPool1d(3, 2, 1), r(2, 3, 7), opset=opset)
    export('AvgPool3d', nn.AvgPool3d(3, 2, 1), r(1, 2, 4, 5, 4), opset=opset)
    export('MaxPool1d', nn.MaxPool1d(3, 2), r(2, 3, 7), opset=opset)
    export('MaxPool3d', nn.MaxPool3d(2, 2, 1), r(1, 2, 5, 4, 5), opset=opset)
    export('BatchNorm1d', nn.BatchNorm1d(4), r(3, 4), opset=opset)
    export('BatchNorm3d', nn.BatchNorm3d(2), r(2, 2, 2, 3, 2), opset=opset)
    export('Conv1d', nn.Conv1d(4, 6, 3, 2, 1, 2, 2), r(2, 4, 9), opset=opset)
    export('Conv3d', nn.Conv3d(2, 4, (3, 2, 3), (2, 3, 1), (1, 1, 2), (1, 2, 1), 2), r(2, 2, 5, 7, 4), opset=opset)
    export('ConvTranspose1d', nn.ConvTranspose1d(3, 4, 3, 2, 1, 1), r(2, 3, 5), opset=opset)
    export('ConvTranspose2d', nn.ConvTranspose2d(4, 4, 3, (3, 2), 1, (1, 1), 2, dilation=(1, 2)), r(1, 4, 4, 3), opset=opset)
    export('softmax over channels', Fn(lambda x: F.softmax(x, 1)), r(2, 3, 2, 2), opset=opset)
    export('LogSoftmax', nn.LogSoftmax(2), r(2, 3, 4), opset=opset)
    export('PReLU per channel', nn.PReLU(3), r(2, 3, 4), opset=opset)
    export('squeeze, unsqueeze, mean, sum', Fn(lambda x: x.unsqueeze(1).mean(3).squeeze(1).sum(1, True)), r(2, 3, 4), opset=opset)
    export('narrow, select', Fn(lambda x: x.narrow(1, 1, 2).select(2, -1)), r(2, 4, 3), opset=opset)
    export('split, cat, repeat', Fn(lambda x: torch.cat(x.split([1, 3], 1)[::-1], 1).repeat(1, 2, 3)), r(2, 4, 2), opset=opset)
    export('reflection and replication', Fn(lambda x: F.pad(F.pad(x, (2, 1, 1, 0), 'reflect'), (1, 2, 0, 3), 'replicate')), r(1, 2, 3, 4), opset=opset)
    export('clamp', Fn(lambda x: x.clamp(-.5, .25) + x.clamp(min=.1)), r(3, 4), opset=opset)
    export('GroupNorm', nn.GroupNorm(2, 4), r(2, 4, 3, 2), opset=opset)
    export('InstanceNorm2d', nn.InstanceNorm2d(3, affine=True), r(2, 3, 3, 4), opset=opset)
    export('LayerNorm', nn.LayerNorm(5), r(2, 3, 5), opset=opset)
    export('PixelShuffle', nn.PixelShuffle(2), r(1, 8, 2, 3), opset=opset)
    export('Embedding', nn.Embedding(5, 3), torch.randint(0, 5, (2, 3)), opset=opset)
    export('matmul of batches', Fn(torch.matmul), r(2, 1, 3, 4), r(5, 4, 2), opset=opset)
    export('matmul with a vector', Fn(torch.matmul), r(2, 3, 4), r(4), opset=opset)
    export('view by its own shape', Fn(lambda x: x.view(x.shape[0], x.shape[1] // 2, 2, -1).transpose(1, 2).reshape(x.shape[0], -1)), r(2, 4, 3), opset=opset)
export('ceil mode', nn.Sequential(nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(3, 2, 1, ceil_mode=True)), r(1, 2, 9, 8), opset=11)
export('average without the padding', nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), r(1, 2, 8, 7), opset=11)
export('dilated maximum', nn.MaxPool2d(3, 2, 1, 2), r(1, 2, 9, 8), opset=11)
export('bilinear', nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False), r(1, 2, 3, 4), opset=11)
export('bilinear, corners aligned', nn.Upsample(size=(5, 7), mode='bilinear', align_corners=True), r(1, 2, 3, 4))
export('nearest', nn.Upsample(size=(5, 7), mode='nearest'), r(1, 2, 3, 4))
export('a rank the exporter did not know', nn.LocalResponseNorm(3, .01), r(2, 4, 3, 3))
export('attention', nn.MultiheadAttention(4, 2, batch_first=True), *([r(1, 3, 4)] * 3))
export('masked attention', Fn(lambda x: F.softmax(x.masked_fill(torch.ones(3, 3).triu(1) > 0, -float('inf')), -1)), r(2, 3, 3))
export('weight norm', nn.utils.weight_norm(nn.Conv2d(2, 3, 3)), r(1, 2, 4, 4), fold=False)
export('flips, rolls, permutations', Fn(lambda x: x.flip(1, 2).roll(1, 1)[:, [2, 0, 3, 1]][:, ::2]), r(2, 4, 3))
export('comparisons', Fn(lambda x, y: (x >= y).float() + (x <= y).float() * .5 + 2 * (x < y).float() + 4 * ((x == y) | ~(x > 0)).float() + 8 * ((x > 0) ^ (y > 0)).float()), r(12).round(), r(12).round())
export('whole numbers', Fn(lambda x: torch.div(x, 3, rounding_mode='floor') + x * x), torch.arange(-4, 5))
export('rounding', Fn(lambda x: torch.round(x) + 10 * x.ceil() + 100 * x.floor() + 1000 * x.int()), torch.tensor([.5, 1.5, 2.5, -.5, -1.5, .2, -2.7]))
export('reductions', Fn(lambda x: (x.amax(1), x.amin((1, 2)), x.prod(1), x.norm(2, 1), x.norm(1, 2), x.logsumexp(1), x.var(2), x.argmax(1))), r(2, 3, 4))
export('activations', Fn(lambda x: (F.elu(x, 2.), F.selu(x), F.celu(x, .7), F.hardswish(x), F.hardsigmoid(x), F.mish(x), F.gelu(x), F.silu(x), F.softsign(x),
                                    F.leaky_relu(x, .3), F.softplus(x), F.hardshrink(x), F.softshrink(x), F.logsigmoid(x))), 2 * r(24))


# ---- single nodes --------------------------------------------------------------------------------------------------

def node(name, opset, op, inputs, expected, constants=(), outputs=1, **attributes):
    """`constants` are further inputs, given as initializers (None: left out)."""
    names = [f'x{k}' for k in range(len(inputs))]
    extra = ['' if c is None else f'c{k}' for k, c in enumerate(constants)]
    outs = [f'y{k}' for k in range(outputs)]
    expected = expected if isinstance(expected, (tuple, list)) else (expected,)
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, list(t.shape)) for n, t in zip(names, inputs)]
    graph = helper.make_graph(
        [helper.make_node(op, names + extra, outs, name=op.lower(), **attributes)], 'case', infos,
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, list(t.shape)) for n, t in zip(outs, expected)],
        [numpy_helper.from_array(np.asarray(c), f'c{k}') for k, c in enumerate(constants) if c is not None])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)])
    model.ir_version = 7
    case(f'{op}-{opset} {name}', model.SerializeToString(), inputs, expected)


def f32(*v):
    return np.array(v, np.float32)


x = r(2, 3, 4, 5)
c = r(3)
node('stretched from axis 1', 6, 'Add', [x, c], x + c.view(3, 1, 1), broadcast=1, axis=1)
y = r(3, 4)
node('in the middle', 6, 'Mul', [x, y], x * y.view(3, 4, 1), broadcast=1, axis=1)
A, B, C = r(3, 2), r(4, 3), r(4)
node('both transposed', 6, 'Gemm', [A, B, C], .5 * A.t() @ B.t() + 2 * C, alpha=.5, beta=2., transA=1, transB=1, broadcast=1)
node('without C', 11, 'Gemm', [A, B], A.t() @ B.t(), transA=1, transB=1)
node('slope per channel', 6, 'PRelu', [x], F.prelu(x, torch.tensor([.1, .2, -.3])), [f32(.1, .2, -.3)])
bn = [r(3).numpy(), r(3).numpy(), r(3).numpy(), (r(3).abs() + .5).numpy()]
want = F.batch_norm(x, *map(torch.tensor, (bn[2], bn[3], bn[0], bn[1])), eps=1e-3)
node('is_test', 6, 'BatchNormalization', [x], want, bn, epsilon=1e-3, is_test=1)
node('spatial', 7, 'BatchNormalization', [x], want, bn, epsilon=1e-3, spatial=1)
z = r(2, 3, 2)
per = [r(3, 2).numpy(), r(3, 2).numpy(), r(3, 2).numpy(), (r(3, 2).abs() + .5).numpy()]
node('per element', 7, 'BatchNormalization', [z], (z - torch.tensor(per[2])) / torch.sqrt(torch.tensor(per[3]) + 1e-5) * torch.tensor(per[0]) + torch.tensor(per[1]), per, spatial=0)
node('all from axis 1', 11, 'Softmax', [x], F.softmax(x.flatten(1), 1).view_as(x))
node('all from axis 2', 11, 'LogSoftmax', [x], F.log_softmax(x.flatten(2).flatten(0, 1), 1).view_as(x), axis=2)
node('one axis', 13, 'Softmax', [x], F.softmax(x, 2), axis=2)
node('attributes', 9, 'Slice', [x], x[:, 1:, :, -3:-1], axes=[1, 3], starts=[1, -3], ends=[1000, -1])
node('steps of both signs', 11, 'Slice', [x], x[:, :, ::2, :].flip(3)[..., 1::2], [np.array([0, -2]), np.array([100, -100]), np.array([2, 3]), np.array([2, -2])])
node('attributes', 6, 'Pad', [x], F.pad(x, (1, 0, 2, 1), value=.5), pads=[0, 0, 2, 1, 0, 0, 1, 0], value=.5)
node('cropping', 11, 'Pad', [x], F.pad(x, (-1, 2), value=3.), [np.array([0, 0, 0, -1, 0, 0, 0, 2]), f32(3.).reshape(())])
node('some axes', 18, 'Pad', [x], F.pad(x, (0, 0, 1, 2)), [np.array([1, 2]), None, np.array([-2])])
node('wrapping', 19, 'Pad', [x], F.pad(x, (2, 1, 0, 0), 'circular'), [np.array([0, 0, 0, 2, 0, 0, 0, 1])], mode='wrap')
node('attributes', 6, 'Clip', [x], x.clamp(-.5, .5), min=-.5, max=.5)
node('upper bound alone', 12, 'Clip', [x], x.clamp(max=.2), [None, f32(.2).reshape(())])
s = r(2, 1, 3, 1)
node('all', 13, 'Squeeze', [s], s.squeeze())
node('from the end', 13, 'Unsqueeze', [y], y[:, None, :, None], [np.array([-1, 1])])
node('no axes', 18, 'ReduceMean', [x], x.mean((0, 1, 2, 3), True))
node('nothing to do', 18, 'ReduceMean', [x], x, noop_with_empty_axes=1)
node('axes as input', 18, 'ReduceL2', [x], x.norm(2, (1, 3)), [np.array([1, -1])], keepdims=0)
node('shifted', 13, 'ReduceLogSumExp', [100 * x], (100 * x).logsumexp((2, 3), True), axes=[2, 3])
node('sums of squares', 11, 'ReduceSumSquare', [x], (x * x).sum(1), axes=[1], keepdims=0)
w = r(4, 3, 3, 2)
sw = w.numpy()
big = F.pad(x, (0, 1, 1, 1))
node('SAME_UPPER', 11, 'Conv', [x], F.conv2d(big, w), [sw], auto_pad='SAME_UPPER')
node('SAME_LOWER', 11, 'Conv', [x], F.conv2d(F.pad(x, (1, 0, 1, 1)), w), [sw], auto_pad='SAME_LOWER')
node('SAME_UPPER, strides', 11, 'Conv', [x], F.conv2d(F.pad(x, (0, 1, 0, 1)), w, stride=2), [sw], auto_pad='SAME_UPPER', strides=[2, 2])
node('VALID', 11, 'Conv', [x], F.conv2d(x, w), [sw], auto_pad='VALID')
node('uneven padding', 11, 'Conv', [x], F.conv2d(F.pad(x, (0, 3, 2, 1)), w), [sw], pads=[2, 0, 1, 3])
wt = r(3, 2, 3, 2)
node('output_shape', 11, 'ConvTranspose', [x], F.conv_transpose2d(x, wt, stride=2)[:, :, 1:8, 1:9], [wt.numpy()], strides=[2, 2], output_shape=[7, 8], auto_pad='SAME_UPPER')
node('SAME_UPPER', 11, 'MaxPool', [x], F.max_pool2d(F.pad(x, (0, 1, 1, 1), value=-1e30), (3, 2), (1, 1)), kernel_shape=[3, 2], auto_pad='SAME_UPPER')
node('uneven padding', 11, 'AveragePool', [x], F.avg_pool2d(F.pad(x, (0, 1, 1, 0)), 2, 1), kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1)
node('p 2', 11, 'LpPool', [x], (F.avg_pool2d(x * x, 2, 2) * 4).sqrt(), kernel_shape=[2, 2], strides=[2, 2], p=2)
node('p 3', 6, 'GlobalLpPool', [x], (x.abs() ** 3).sum((2, 3), True) ** (1 / 3), p=3)
node('everywhere', 6, 'GlobalMaxPool', [x], x.amax((2, 3), True))
l = r(1, 5, 2, 2)
node('odd size', 6, 'LRN', [l], F.local_response_norm(l, 3, .05, .6, 2.), size=3, alpha=.05, beta=.6, bias=2.)
node('trailing axes', 17, 'LayerNormalization', [x], F.layer_norm(x, (4, 5), torch.tensor(sw.ravel()[:20].reshape(4, 5)), eps=1e-4), [sw.ravel()[:20].reshape(4, 5)], axis=-2, epsilon=1e-4)
g = r(2, 4, 3)
ga, gb = r(4), r(4)
node('per channel', 21, 'GroupNormalization', [g], F.group_norm(g, 2, ga, gb), [ga.numpy(), gb.numpy()], num_groups=2)
node('per group', 18, 'GroupNormalization', [g], F.group_norm(g, 2, ga[:2].repeat_interleave(2), gb[:2].repeat_interleave(2)), [ga.numpy()[:2], gb.numpy()[:2]], num_groups=2)
node('p 1', 6, 'LpNormalization', [x], F.normalize(x, 1, 1), axis=1, p=1)
node('p 2', 6, 'LpNormalization', [x], F.normalize(x, 2, 3))
node('default axes', 13, 'MeanVarianceNormalization', [x], F.batch_norm(x, None, None, training=True, eps=1e-9))
d = r(1, 8, 2, 3)
node('DCR', 11, 'DepthToSpace', [d], d.view(1, 2, 2, 2, 2, 3).permute(0, 3, 4, 1, 5, 2).reshape(1, 2, 4, 6), blocksize=2)
node('CRD', 11, 'DepthToSpace', [d], F.pixel_shuffle(d, 2), blocksize=2, mode='CRD')
e = r(1, 2, 4, 6)
node('blocks', 6, 'SpaceToDepth', [e], e.view(1, 2, 2, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(1, 8, 2, 3), blocksize=2)
node('indices of rank 2', 11, 'Gather', [x], x[:, :, torch.tensor([[3, 1], [0, -1]])], [np.array([[3, 1], [0, -1]])], axis=2)
node('one index', 13, 'Gather', [x], x[:, :, :, -2], [np.array(-2)], axis=3)
node('attribute', 11, 'Split', [x], x.split([1, 3], 2), outputs=2, axis=2, split=[1, 3])
node('input', 13, 'Split', [x], x.split([3, 2], 3), [np.array([3, 2])], outputs=2, axis=3)
node('uneven parts', 18, 'Split', [x], x.split([3, 2], 3), outputs=2, axis=-1, num_outputs=2)
node('allowzero off', 14, 'Reshape', [x], x.reshape(2, 12, 5), [np.array([0, -1, 5])])
node('scales', 7, 'Upsample', [e], F.interpolate(e, scale_factor=2), scales=[1., 1., 2., 2.], mode='nearest')
node('scales as input', 9, 'Upsample', [e], F.interpolate(e, scale_factor=(2, 3)), [f32(1, 1, 2, 3)], mode='nearest')
node('nearest', 10, 'Resize', [e], F.interpolate(e, scale_factor=.5), [f32(1, 1, .5, .5)], mode='nearest')
node('linear', 13, 'Resize', [e], F.interpolate(e, size=(6, 5), mode='bilinear'), [None, None, np.array([1, 2, 6, 5])], mode='linear')
node('some axes', 18, 'Resize', [e], F.interpolate(e, size=(8, 6)), [None, None, np.array([8])], mode='nearest', axes=[2], coordinate_transformation_mode='asymmetric', nearest_mode='floor')
node('half pixels', 19, 'Resize', [e], F.interpolate(e, scale_factor=2, mode='nearest'), [None, f32(1, 1, 2, 2)])
node('tanh', 20, 'Gelu', [x], F.gelu(x, approximate='tanh'), approximate='tanh')
node('exact', 20, 'Gelu', [x], F.gelu(x))
node('plain', 18, 'Mish', [x], F.mish(x))
node('plain', 14, 'HardSwish', [x], F.hardswish(x))
node('plain', 6, 'Softsign', [x], F.softsign(x))
node('defaults', 12, 'Celu', [x], F.celu(x))
node('bias', 9, 'Shrink', [x], F.softshrink(x, .5) + .2 * (x > .5) - .2 * (x < -.5), bias=.3)
node('defaults', 6, 'HardSigmoid', [x], (.2 * x + .5).clamp(0, 1))
node('defaults', 10, 'ThresholdedRelu', [x], F.threshold(x, 1., 0.))
node('variadic', 8, 'Max', [x, c.view(3, 1, 1), y.view(3, 4, 1)], torch.maximum(torch.maximum(x, c.view(3, 1, 1)), y.view(3, 4, 1)))
node('variadic', 8, 'Mean', [x, c.view(3, 1, 1), y.view(3, 4, 1)], (x + c.view(3, 1, 1) + y.view(3, 4, 1)) / 3)
node('towards zero', 10, 'Mod', [x, y.view(3, 4, 1)], torch.fmod(x, y.view(3, 4, 1)), fmod=1)
node('bounds of both sides', 13, 'Expand', [c.view(3, 1)], c.view(3, 1).expand(2, 3, 4), [np.array([2, 1, 4])])
node('first of equals', 13, 'ArgMin', [torch.tensor([[2., 1., 1.], [0., 3., 0.]])], torch.tensor([[1.], [0.]]), axis=1)

for name, k in CASES.items():
    onnx.load_from_string(base64.b64decode(k['model']))
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, 'torch_cases.json'), 'w') as f:
    f.write('{\n' + ',\n'.join(f' {json.dumps(n)}: {json.dumps(k)}' for n, k in CASES.items()) + '\n}\n')
print(len(CASES), 'cases')
