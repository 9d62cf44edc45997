"""The page of the book on bad input: how many cases each reader has, and what came out of each."""

from galutils.results.tables import markdown

INTRODUCTION = """# Bad input

Files come damaged, in other forms than announced, or made to do harm. Every reader of this project
is tried on such files when the tests run: cut short and with flipped bits, with headers that claim
more than the file holds, compressed a thousandfold, in other units and encodings, with identifiers
that lost digits, names that lead out of their folder, pipes and folders in place of files, and
models and documents with code in them.

Each case has to end in an error or in a row of the table of the rejected, which names the file,
what was expected and what was received; the other rows are the same as without it. None may hang,
take more than a gibibyte, end the interpreter, run code from the input, or give other numbers.
Where an input is odd but whole, the outcome is that of the good input. A flipped bit in data
without a checksum cannot be seen.

The outcomes below are recorded in `results/bad_input.json` by `python -m tests.bad_input`; a test
compares them. Long ones are cut.

"""


def page(records):
    """Return the page.

    Parameters
    ----------
    records : list of dict
        ``results/bad_input.json``: ``case``, ``reader``, ``expected``, ``outcome`` str, ``ok``
        bool.

    Returns
    -------
    str
        Markdown: a table of counts by reader, then one of the cases of each.
    """
    readers = {}
    for record in records:
        readers.setdefault(record["reader"], []).append(record)
    rows = []
    for reader, cases in readers.items():
        good = sum(case["ok"] for case in cases)
        rejected = sum(case["outcome"].startswith("rejected") for case in cases)
        same = sum(case["outcome"].startswith("read as the good") for case in cases)
        counts = (len(cases), len(cases) - rejected - same, rejected, same, good)
        rows.append([f"`{reader}`", *map(str, counts)])
    totals = [str(sum(int(row[k]) for row in rows)) for k in range(1, 6)]
    names = ["reader", "cases", "errors", "rejected rows", "read right", "as they should be"]
    text = INTRODUCTION + markdown(names, [*rows, ["all", *totals]]) + "\n"
    for reader, cases in readers.items():
        listed = [[case["case"], _code(case["outcome"])] for case in cases]
        text += f"\n## {reader}\n\n{markdown(['case', 'outcome'], listed)}\n"
    return text


def _code(text):
    """Return text as code in a cell of a Markdown table."""
    return "`" + text.replace("`", "'") + "`"
