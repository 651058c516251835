"""Writes pil-forms.json: small pictures of every form a file may have, and what Pillow's Image.open(...).convert('RGB') makes of each."""
import base64, io, json, os, struct, warnings, zlib
import numpy as np
import PIL
from PIL import Image

W, H = 12, 9
rng = np.random.default_rng(11)
forms = {}


def png(bits, kind, below, channels=1, palette=None, transparent=None):
    """A PNG written out chunk by chunk, since Pillow writes only some depths; `below`: samples are random numbers below it."""
    def chunk(name, data):
        return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    rows = b''
    for _ in range(H):
        text = ''.join(format(int(v), '0%db' % bits) for v in rng.integers(0, below, W * channels))
        text += '0' * (-len(text) % 8)
        rows += b'\0' + bytes(int(text[k:k + 8], 2) for k in range(0, len(text), 8))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, bits, kind, 0, 0, 0))
            + (chunk(b'PLTE', palette) if palette else b'') + (chunk(b'tRNS', transparent) if transparent else b'')
            + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def saved(picture, **options):
    file = io.BytesIO()
    picture.save(file, **options)
    return file.getvalue()


for bits in (1, 2, 4, 8):
    forms['grey of %d bits' % bits] = png(bits, 0, 2 ** bits)
forms['grey of 16 bits'] = png(16, 0, 65536)
forms['grey of 16 bits, dark'] = png(16, 0, 400)
forms['grey of 16 bits with a transparent value'] = png(16, 0, 400, transparent=struct.pack('>H', 7))
forms['grey of 8 bits with a transparent value'] = png(8, 0, 256, transparent=struct.pack('>H', 7))
forms['grey and alpha'] = png(8, 4, 256, 2)
forms['grey and alpha of 16 bits'] = png(16, 4, 65536, 2)
forms['colour of 16 bits'] = png(16, 2, 65536, 3)
forms['colour and alpha of 16 bits'] = png(16, 6, 65536, 4)
forms['colour with a transparent value'] = png(8, 2, 8, 3, transparent=struct.pack('>HHH', 1, 2, 3))
palette = bytes(rng.integers(0, 256, 48).astype(np.uint8))
for bits in (1, 2, 4, 8):
    colours = min(16, 2 ** bits)
    forms['a palette of %d bits' % bits] = png(bits, 3, colours, palette=palette[:3 * colours])
forms['a palette with transparency'] = png(4, 3, 16, palette=palette, transparent=bytes([0, 128, 255]))
rgba = rng.integers(0, 256, (H, W, 4)).astype(np.uint8)
colour = Image.fromarray(rgba[..., :3])
forms['colour and alpha'] = saved(Image.fromarray(rgba), format='PNG')
forms['WebP with alpha'] = saved(Image.fromarray(rgba), format='WEBP', lossless=True, exact=True)
forms['moving WebP'] = saved(colour, format='WEBP', save_all=True, append_images=[Image.fromarray(255 - rgba[..., :3])], lossless=True)
forms['moving PNG'] = saved(colour, format='PNG', save_all=True, append_images=[Image.fromarray(255 - rgba[..., :3])])
ramp = np.add.outer(np.arange(H) * 9, np.arange(W) * 7).astype(np.uint8)
turned = Image.Exif()
turned[0x112] = 6
forms['grey JPEG'] = saved(Image.fromarray(ramp), format='JPEG', quality=95)
forms['progressive JPEG'] = saved(colour, format='JPEG', quality=95, progressive=True)
forms['JPEG with an EXIF orientation'] = saved(Image.fromarray(np.stack([ramp, 255 - ramp, ramp], -1)), format='JPEG', exif=turned)
forms['PNG with an EXIF orientation'] = saved(Image.fromarray(np.stack([ramp, 255 - ramp, ramp], -1)), format='PNG', exif=turned)
ink = saved(Image.fromarray(np.stack([ramp, 255 - ramp, ramp // 2, ramp // 3], -1), 'CMYK'), format='JPEG', quality=100)
at = ink.index(b'\xff\xee')
length = 2 + struct.unpack('>H', ink[at + 2:at + 4])[0]
forms['CMYK JPEG'] = ink
forms['CMYK JPEG without a marker of Adobe'] = ink[:at] + ink[at + length:]
forms['YCCK JPEG'] = ink[:at + length - 1] + b'\2' + ink[at + length:]

warnings.simplefilter('ignore')
lines = []
for name, data in forms.items():
    picture = Image.open(io.BytesIO(data))
    rgb = np.asarray(picture.convert('RGB'))
    lines.append(json.dumps({'form': name, 'mode': picture.mode, 'file': base64.b64encode(data).decode(), 'size': [rgb.shape[1], rgb.shape[0]],
                             'rgb': base64.b64encode(rgb.tobytes()).decode()}))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'pil-forms.json'), 'w') as f:
    f.write('{"source": "pil_forms.py, Pillow %s", "cases": [\n%s\n]}\n' % (PIL.__version__, ',\n'.join(lines)))
