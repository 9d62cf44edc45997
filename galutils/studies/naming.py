"""Names of recorded numbers."""


def flat(nested, form="{}: {}", keys=None, protocol=None):
    """Name the values of a dict of dicts by both keys, as `results.record` takes numbers.

    Parameters
    ----------
    nested : mapping of str to mapping
        Values by two keys, for example by network and score.
    form : str
        How the two keys make a name.
    keys : sequence of str, optional
        Inner keys that are kept; all by default.
    protocol : str, optional
        ``as_published`` or ``grouped``, if the values belong to one of the two protocols.

    Returns
    -------
    dict
        Name to value, or to ``{protocol: value}``.

    Raises
    ------
    KeyError
        If one of `keys` is missing from an inner mapping.
    """
    return {
        form.format(outer, key): inner[key] if protocol is None else {protocol: inner[key]}
        for outer, inner in nested.items()
        for key in (inner if keys is None else keys)
    }
