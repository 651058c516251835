"""Pillow's and torchvision's answers, for the tests of src/data.

pil.py --small          writes pil.json: a generated picture resized and cropped in several ways
pil.py --filters        writes pil-filters.json: a generated picture at other sizes by each of Pillow's filters, and in grey (Pillow alone)
pil.py --resize OUT WIDTH HEIGHT RGB.npy...   each array by each filter, as OUT/FILTER-NAME.npy (Pillow alone)
pil.py OUT IMAGE...     for each picture, OUT/NAME.npy: the network's input before normalization as bytes [224, 224, 3]
"""
import base64, json, os, sys
import numpy as np
import PIL
from PIL import Image


def generated(width, height):
    """The same formula as in preprocess.test.ts: stripes, ramps and a hard edge."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([(x * x + 3 * y) % 256, (7 * x + y * y) % 256, np.where((x + 2 * y) % 31 < 9, 255, (x * y) % 90)], -1).astype(np.uint8)


def pipeline(resize, crop):
    from torchvision import transforms as T
    return T.Compose(([T.Resize(resize)] if resize else []) + ([T.CenterCrop(crop)] if crop else []))


CASES = [  # width, height, resize, crop
    (83, 61, 16, 12), (61, 83, 16, 13), (50, 37, 37, 24), (20, 15, 31, 22), (97, 15, 9, 9), (9, 11, None, 14), (14, 9, None, 11), (12, 12, 5, None), (100, 7, 20, 20),
]

here = os.path.dirname(os.path.abspath(__file__))
FILTERS = {'nearest': 0, 'lanczos': 1, 'bilinear': 2, 'bicubic': 3, 'box': 4, 'hamming': 5}
SIZES = [(83, 61, 16, 12), (61, 83, 20, 31), (50, 37, 50, 11), (20, 15, 33, 15), (9, 11, 3, 7), (100, 7, 31, 9), (64, 48, 1, 1), (17, 13, 25, 20), (3, 2, 10, 9)]


def base64_of(picture):
    return base64.b64encode(np.asarray(picture).tobytes()).decode()


if sys.argv[1] == '--filters':
    lines = []
    for width, height, w, h in SIZES:
        picture = Image.fromarray(generated(width, height))
        for name, code in FILTERS.items():
            lines.append({'picture': [width, height], 'filter': name, 'size': [w, h], 'rgb': base64_of(picture.resize((w, h), code))})
    grey = [{'picture': [w, h], 'size': [w // 2, h // 3], 'grey': base64_of(Image.fromarray(generated(w, h)).convert('L').resize((w // 2, h // 3), 3))}
            for w, h in [(83, 61), (40, 97)]]
    with open(os.path.join(here, 'pil-filters.json'), 'w') as f:
        f.write('{"source": "pil.py --filters, Pillow %s", "cases": [\n%s\n], "grey": [\n%s\n]}\n'
                % (PIL.__version__, ',\n'.join(map(json.dumps, lines)), ',\n'.join(map(json.dumps, grey))))
elif sys.argv[1] == '--resize':
    out, width, height = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    for path in sys.argv[5:]:
        picture = Image.fromarray(np.load(path))
        for name, code in FILTERS.items():
            np.save(os.path.join(out, name + '-' + os.path.basename(path)), np.asarray(picture.resize((width, height), code)))
elif sys.argv[1] == '--small':
    import torchvision
    cases = []
    for width, height, resize, crop in CASES:
        out = np.asarray(pipeline(resize, crop)(Image.fromarray(generated(width, height))))
        cases.append({'picture': [width, height], 'resize': resize, 'crop': crop, 'size': [out.shape[1], out.shape[0]],
                      'rgb': base64.b64encode(out.tobytes()).decode()})
    with open(os.path.join(here, 'pil.json'), 'w') as f:
        lines = ',\n'.join(json.dumps(c) for c in cases)
        f.write('{"source": "pil.py --small, Pillow %s, torchvision %s", "cases": [\n%s\n]}\n' % (PIL.__version__, torchvision.__version__, lines))
else:
    out, *images = sys.argv[1:]
    for path in images:
        picture = pipeline(256, 224)(Image.open(path).convert('RGB'))
        np.save(os.path.join(out, os.path.basename(path) + '.npy'), np.asarray(picture))
