"""Writes Tests/Models/DatasetsTests/Goldens: small JPEG and PNG files of many kinds, and what Pillow makes of them.

(Seed 3.) `images/` holds the files; `pixels.npz` has an array a file, `Image.convert("RGB")`
as height × width × 3; 16-bit gray is its upper byte, where Pillow would clip. `resized.npz` has two sources, and for each
target `Image.resize(BILINEAR)`, cropped as torchvision's CenterCrop does: `SOURCE HEIGHTxWIDTH CROPHEIGHTxCROPWIDTH`.
"""

import io
import struct
import zlib

import numpy
from PIL import Image

from support.places import goldens

FOLDER = goldens("Models/DatasetsTests")
(FOLDER / "images").mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(3)

HEIGHT, WIDTH = 17, 23
rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
smooth = numpy.stack([rows * 15, columns * 11, (rows + columns) * 6], axis=2)
rgb = numpy.clip(smooth + random.integers(-20, 20, smooth.shape), 0, 255).astype(numpy.uint8)
alpha = ((columns * 13) % 256).astype(numpy.uint8)
gray = rgb[:, :, 0]
pixels = {}


def save(name, image, **options):
    image.save(FOLDER / "images" / name, **options)
    pixels[name] = numpy.asarray(Image.open(FOLDER / "images" / name).convert("RGB"))


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def write_png(name, samples, color_type, interlaced=False):
    """A PNG of what Pillow does not write: 16 bits, Adam7."""
    depth = samples.dtype.itemsize * 8
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    data = b""
    for top, left, down, right in passes:
        for row in samples[top::down, left::right]:
            if row.size:
                data += b"\0" + row.astype(f">u{samples.dtype.itemsize}").tobytes()
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, color_type, 0, 0, int(interlaced))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    (FOLDER / "images" / name).write_bytes(content)


save("rgb.png", Image.fromarray(rgb))
save("rgba.png", Image.fromarray(numpy.dstack([rgb, alpha])))
save("gray.png", Image.fromarray(gray))
save("gray-alpha.png", Image.fromarray(numpy.dstack([gray, alpha]), "LA"))
save("bilevel.png", Image.fromarray(gray > 100))
save("palette.png", Image.fromarray(rgb).quantize(16))
save("palette-transparent.png", Image.fromarray(rgb).quantize(32), transparency=3)
save("color-key.png", Image.fromarray(rgb), transparency=tuple(int(v) for v in rgb[0, 0]))

wide = rgb.astype(numpy.uint16) * 256 + random.integers(0, 256, rgb.shape).astype(numpy.uint16)
write_png("rgb-16.png", wide, 2)
pixels["rgb-16.png"] = numpy.asarray(Image.open(FOLDER / "images/rgb-16.png").convert("RGB"))
write_png("gray-16.png", wide[:, :, 0], 0)
pixels["gray-16.png"] = numpy.repeat(rgb[:, :, :1], 3, axis=2)
write_png("interlaced.png", rgb, 2, interlaced=True)
pixels["interlaced.png"] = numpy.asarray(Image.open(FOLDER / "images/interlaced.png").convert("RGB"))

save("rgb-420.jpg", Image.fromarray(rgb), quality=90, subsampling="4:2:0")
save("rgb-444.jpg", Image.fromarray(rgb), quality=95, subsampling="4:4:4")
save("progressive.jpg", Image.fromarray(rgb), quality=85, progressive=True)
save("gray.jpg", Image.fromarray(gray), quality=90)
save("cmyk.jpg", Image.fromarray(rgb).convert("CMYK"), quality=90)
assert all(numpy.abs(a.astype(int) - rgb.astype(int)).max() > 0 for n, a in pixels.items() if n.endswith("jpg"))

resized = {"rgb": rgb, "gray": gray}


def center_crop(array, height, width):
    top, left = round((array.shape[0] - height) / 2), round((array.shape[1] - width) / 2)
    return array[top:top + height, left:left + width]


for source, array in list(resized.items()):
    for height, width, crop in [(32, 32, None), (8, 8, None), (17, 40, None), (5, 23, None), (40, 31, None), (1, 1, None),
                                (12, 16, (8, 10)), (12, 16, (7, 11)), (17, 23, (10, 10)), (60, 81, (48, 50))]:
        crop = crop or (height, width)
        image = numpy.asarray(Image.fromarray(array).resize((width, height), Image.Resampling.BILINEAR))
        resized[f"{source} {height}x{width} {crop[0]}x{crop[1]}"] = center_crop(image, *crop)
        floats = numpy.asarray(Image.fromarray(gray.astype(numpy.float32)).resize((width, height), Image.Resampling.BILINEAR))
        resized[f"float {height}x{width} {crop[0]}x{crop[1]}"] = center_crop(floats, *crop)

numpy.savez_compressed(FOLDER / "pixels.npz", **pixels)
numpy.savez_compressed(FOLDER / "resized.npz", **resized)
print(sum(file.stat().st_size for file in FOLDER.rglob("*") if file.is_file()), "bytes")
