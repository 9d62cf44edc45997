"""Show a model card as a table in Markdown."""

from galutils.results import tables


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
        f"{metric['quantity']} {tables.cell(metric['number'])} (`{metric['item']}`)"
        for metric in card["metrics"]
    ]
    measured = [f"{name} {tables.cell(value)}" for name, value in card["calibration"].items()]
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
