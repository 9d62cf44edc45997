"""Show model cards: one as a table in Markdown, several as rows of one table."""

from galutils.results import tables


def main_score(card):
    """Return the name and the number of a card's first metric; an interval if it has one."""
    first = card["metrics"][0]
    return first["quantity"], first["number"]


def markdown(card):
    """Return a card as a Markdown table of two columns, headed by its name."""
    shape, file = card["architecture"], card["file"]
    size, where = "not saved", "–"
    if file:
        where = f"`{file['name']}`, sha256 `{file['sha256'][:12]}`, Keras {file['keras']}"
        kinds = ", ".join(f"{n} {kind}" for kind, n in shape["layers"].items())
        size = f"{shape['parameters']:,} parameters; {kinds}; takes {shape['input']}"
    steps = [
        f"`{step['function']}`({', '.join(f'{k}={v!r}' for k, v in step['arguments'].items())})"
        for step in card["preprocessing"]
    ]
    scores = [
        f"{metric['quantity']} {_as_text(metric['number'])} (`{metric['item']}`)"
        for metric in card["metrics"]
    ]
    measured = [f"{name} {_as_text(value)}" for name, value in card["calibration"].items()]
    data = card["data"]
    rows = [
        ["purpose", card["purpose"]],
        ["network", f"{size}; gives {shape['output']}"],
        ["classes", ", ".join(card["classes"] or ["none"])],
        ["input", ", then ".join(steps)],
        ["data", f"{data['survey']} ({data['source']}), {data['n']} {data['n_of']}"],
        ["split", data["split"]],
        ["protocol", card["protocol"]],
        ["scores", "<br>".join(scores)],
        ["calibration", "<br>".join(measured) or "not measured"],
        ["failures", ", ".join(f"`{item}`" for item in card["failures"]) or "no gallery"],
        ["limits", "<br>".join(card["limits"])],
        ["file", where],
        ["made by", f"`{card['notebook']}`, profile {card['profile']}, {card['licence']}"],
    ]  # fmt: skip
    return tables.markdown([card["name"], ""], rows)


def overview(cards):
    """Make a table with a row for each card.

    Returns
    -------
    pandas.DataFrame
        Columns ``card``, ``parameters`` (missing where nothing is saved), ``score`` and
        ``value`` of the first metric, ``data``, ``profile``, ``sha256`` (first twelve digits).
    """
    import pandas as pd

    cards = list(cards)
    told = pd.json_normalize(cards)
    return pd.DataFrame({
        "card": told["name"], "parameters": told["architecture.parameters"].astype("Int64"),
        "score": [main_score(card)[0] for card in cards],
        "value": [_as_text(main_score(card)[1]) for card in cards],
        "data": told["data.survey"] + " (" + told["data.source"] + ")",
        "profile": told["profile"],
        "sha256": told["file.sha256"].str[:12].fillna("not saved"),
    })  # fmt: skip


def _as_text(value):
    """Return a number or an interval as text with three digits."""
    if isinstance(value, dict):
        return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
