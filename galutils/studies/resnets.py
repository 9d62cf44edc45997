"""Parameters and operations of residual networks by their definition.

He et al. (2016), table 1.
"""

STAGES = (64, 128, 256, 512)  # channels of the 3x3 convolutions in the four stages
BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
BOTTLENECK = 50  # networks of at least this number of layers have bottleneck blocks


def _convolutions(layers, side):
    """Yield (kernel, channels in, channels out, side of the output) of every convolution."""
    deep, channels, side = layers >= BOTTLENECK, 64, -(-side // 2)
    yield 7, 3, channels, side
    side = -(-side // 2)  # maximum pooling
    for stage, (width, blocks) in enumerate(zip(STAGES, BLOCKS[layers], strict=True)):
        out = 4 * width if deep else width
        inside = ((1, width), (3, width), (1, out)) if deep else ((3, width), (3, width))
        for block in range(blocks):
            if block == 0 and stage > 0:
                side = -(-side // 2)
            if channels != out:
                yield 1, channels, out, side  # projection on the shortcut
            for kernel, width_after in inside:
                yield kernel, channels, width_after, side
                channels = width_after


def table(side=224, classes=1000):
    """List the cost of the five networks, with batch normalisation and a final dense layer.

    Parameters
    ----------
    side : int
        Side of the square RGB image in pixels.
    classes : int
        Outputs.

    Returns
    -------
    pandas.DataFrame
        ``layers``; ``blocks`` of each stage; ``block``, its convolutions;
        ``multiply_adds`` for one image (the paper calls them FLOPs);
        ``parameters``, trained ones and running means, as Keras counts them
        for networks whose convolutions have a bias from 50 layers on.
    """
    import pandas as pd

    rows = []
    for layers, blocks in BLOCKS.items():
        deep = layers >= BOTTLENECK
        convolutions = list(_convolutions(layers, side))
        features = convolutions[-1][2]
        weights = sum(k * k * a * b + (5 if deep else 4) * b for k, a, b, _ in convolutions)
        products = sum(k * k * a * b * s * s for k, a, b, s in convolutions) + features * classes
        block = "1x1, 3x3, 1x1" if deep else "3x3, 3x3"
        numbers = products, weights + (features + 1) * classes
        rows.append((layers, ", ".join(map(str, blocks)), block, *numbers))
    names = ["layers", "blocks", "block", "multiply_adds", "parameters"]
    return pd.DataFrame(rows, columns=names)
