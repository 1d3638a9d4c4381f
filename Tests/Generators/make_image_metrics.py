"""Writes Tests/Quality/ImageMetricsTests/Goldens/generation.tsv: features and images with what other programs say of them.

Fréchet distances by scipy.linalg.sqrtm, their jackknife by leaving groups out one by one, precision and recall by comparing every
pair, SSIM and PSNR by scikit-image. A row is a name and its numbers.
"""

import numpy as np
import scipy
import scipy.linalg
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from support.places import goldens

GROUPS = 10


def frechet(first, second):
    root = scipy.linalg.sqrtm(np.cov(first.T) @ np.cov(second.T)).real
    shift = first.mean(0) - second.mean(0)
    return shift @ shift + np.trace(np.cov(first.T)) + np.trace(np.cov(second.T)) - 2 * np.trace(root)


def jackknife(count, statistic):
    whole = statistic(np.ones(count, bool))
    left_out = []
    for group in range(GROUPS):
        kept = np.ones(count, bool)
        kept[count * group // GROUPS : count * (group + 1) // GROUPS] = False
        left_out.append(statistic(kept))
    left_out = np.array(left_out)
    bias = (GROUPS - 1) * (left_out.mean() - whole)
    error = np.sqrt((GROUPS - 1) / GROUPS * ((left_out - left_out.mean()) ** 2).sum())
    return whole, bias, error


def distances(left, right):
    return np.sqrt(((left[:, None] - right[None]) ** 2).sum(2))


def coverage(reference, others, neighbours=3):
    within = distances(reference, reference)
    np.fill_diagonal(within, np.inf)
    radii = np.sort(within, 1)[:, neighbours - 1]
    return (distances(others, reference) <= radii).any(1).mean()


def similarity(first, second, value_range):
    return structural_similarity(
        first, second, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=value_range,
        channel_axis=0 if first.ndim == 3 else None)


def main():
    random = np.random.default_rng(7)
    rows = {}
    first = random.normal(size=(80, 6)) @ random.normal(size=(6, 6)) + 1
    second = 0.9 * first + random.normal(0, 0.3, first.shape)
    real = random.normal(size=(120, 6)) @ random.normal(size=(6, 6))
    first, second, real = (x.astype(np.float32) for x in (first, second, real))
    rows |= {"first": first, "second": second, "real": real}
    f, s, r = (x.astype(np.float64) for x in (first, second, real))
    rows["frechet"] = jackknife(80, lambda kept: frechet(f[kept], s[kept]))
    rows["frechet to real"] = jackknife(80, lambda kept: frechet(r, s[kept]))
    rows["difference to real"] = jackknife(80, lambda kept: frechet(r, s[kept]) - frechet(r, f[kept]))
    rows["precision recall"] = coverage(r, s), coverage(s, r)
    flat = np.repeat(random.normal(size=(80, 3)), 2, 1).astype(np.float32)  # rank 3 of 6
    rows["flat"] = flat
    rows["frechet of flat"] = [frechet(f, flat.astype(np.float64))]

    grey = random.uniform(-1, 1, (2, 14, 13))
    smooth = scipy.ndimage.gaussian_filter(grey, (0, 2, 2)) * 3
    grey = np.stack([smooth[0], np.clip(smooth[0] + 0.2 * grey[1], -1, 1)]).astype(np.float32)
    color = random.uniform(0, 1, (2, 3, 12, 15)).astype(np.float32)
    color[1] = 0.7 * color[0] + 0.3 * color[1]
    rows |= {"grey": grey, "color": color}
    g, c = grey.astype(np.float64), color.astype(np.float64)
    rows["ssim psnr of grey"] = similarity(g[0], g[1], 2), peak_signal_noise_ratio(g[0], g[1], data_range=2)
    rows["ssim psnr of color"] = similarity(c[0], c[1], 1), peak_signal_noise_ratio(c[0], c[1], data_range=1)

    with open(goldens("Quality/ImageMetricsTests") / "generation.tsv", "w") as file:
        file.write(f"# numpy {np.__version__}, scipy {scipy.__version__}, scikit-image {skimage.__version__}\n")
        for name, values in rows.items():
            single = isinstance(values, np.ndarray)
            texts = (repr(float(v)) if not single else format(v, ".9g") for v in np.asarray(values).ravel())
            file.write(name + "\t" + " ".join(texts) + "\n")


main()
