"""Pillow's and torchvision's answers, for the tests of src/data.

pil.py --small          writes pil.json: a generated picture resized and cropped in several ways
pil.py OUT IMAGE...     for each picture, OUT/NAME.npy: the network's input before normalization as bytes [224, 224, 3]
"""
import base64, json, os, sys
import numpy as np
import PIL, torchvision
from PIL import Image
from torchvision import transforms as T


def generated(width, height):
    """The same formula as in preprocess.test.ts: stripes, ramps and a hard edge."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([(x * x + 3 * y) % 256, (7 * x + y * y) % 256, np.where((x + 2 * y) % 31 < 9, 255, (x * y) % 90)], -1).astype(np.uint8)


def pipeline(resize, crop):
    return T.Compose(([T.Resize(resize)] if resize else []) + ([T.CenterCrop(crop)] if crop else []))


CASES = [  # width, height, resize, crop
    (83, 61, 16, 12), (61, 83, 16, 13), (50, 37, 37, 24), (20, 15, 31, 22), (97, 15, 9, 9), (9, 11, None, 14), (14, 9, None, 11), (12, 12, 5, None), (100, 7, 20, 20),
]

here = os.path.dirname(os.path.abspath(__file__))
if sys.argv[1] == '--small':
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
