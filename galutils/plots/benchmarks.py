"""Figures of speed: ratios, costs, scaling, and the time that many galaxies would need."""

import numpy as np

from galutils.plots import style

TICKS = {1: "1 s", 60: "1 min", 3600: "1 h", 86400: "1 d", 30 * 86400: "30 d", 365 * 86400: "1 yr"}


@style.figure((8, 1.5))
def speed_ratios(axes, table):
    """Ratios with quartiles beside their targets, a row each, on a logarithmic axis.

    Parameters
    ----------
    table : pandas.DataFrame
        ``name``, ``ratio``, ``low``, ``high``, ``target``, as
        `galutils.studies.benchmarks.ratios` returns it.
    """
    rows = np.arange(len(table))
    met = (table["ratio"] >= table["target"]).to_numpy()
    kinds = {"measured, target met": met, "measured, target missed": ~met}
    for label, chosen, colour, _, marker in style.series(kinds):
        ratio, low, high = (table.loc[chosen, name] for name in ("ratio", "low", "high"))
        style.draw_rows(axes, rows[chosen], ratio, low, high, colour, marker, ms=7, label=label)
    axes.plot(table["target"], rows, "|", color="black", ms=15, mew=1.6, label="target")
    for row, ratio in zip(rows, table["ratio"], strict=True):
        axes.text(1.01, row, f"{ratio:.3g}", transform=axes.get_yaxis_transform(), va="center")
    axes.axvline(1, color=style.UNKNOWN, lw=0.8, ls=":")
    axes.set(xscale="log", xlabel="time of the other side / time of ours")
    style.name_rows(axes, table["name"], lines=True, room=0.42)
    axes.figure.legend(loc="outside upper center", ncols=3)


@style.figure((8, 1))
def cost_per_galaxy(axes, table):
    """Seconds of one galaxy or map, a row each, on a logarithmic axis.

    Parameters
    ----------
    table : pandas.DataFrame
        ``name`` and ``seconds``.
    """
    rows = np.arange(len(table))
    start = table["seconds"].min() / 2
    axes.hlines(rows, start, table["seconds"], color=style.SLOW, lw=1)
    axes.plot(table["seconds"], rows, "o", color=style.SLOW, ms=6)
    axes.set(xscale="log", xlim=(start, None), xlabel="seconds for one galaxy or map")
    style.name_rows(axes, table["name"], lines=True, room=0.32)


@style.figure((10, 3.3), 1, 3)
def classify_scaling(axes, runs, worker_runs, largest):
    """Time and memory against the number of inputs, and rate against that of workers.

    Parameters
    ----------
    runs : pandas.DataFrame
        ``n``, ``seconds`` and ``peak_mib`` of runs without workers.
    worker_runs : pandas.DataFrame
        ``workers`` and ``rate`` in galaxies a second.
    largest : int
        Inputs to which the line of the two longest runs is drawn on.
    """
    time, memory, rate = axes
    small, large = (runs.sort_values("n").iloc[k] for k in (-2, -1))
    slope = (large["seconds"] - small["seconds"]) / (large["n"] - small["n"])
    beyond = large["seconds"] + slope * (largest - large["n"])
    ends = [large["n"], largest], [large["seconds"], beyond]
    time.plot(*ends, "--", color=style.UNKNOWN, label="extrapolated")
    time.plot(runs["n"], runs["seconds"], "o-", color=style.SLOW, label="measured")
    time.set(xscale="log", yscale="log", xlabel="inputs", ylabel="seconds")
    time.legend()
    memory.plot(runs["n"], runs["peak_mib"], "o-", color=style.SLOW)
    highest = 1.3 * runs["peak_mib"].max()
    memory.set(xscale="log", xlabel="inputs", ylabel="peak memory [MiB]", ylim=(0, highest))
    rate.plot(worker_runs["workers"], worker_runs["rate"], "s-", color=style.FAST)
    rate.set(xlabel="workers", ylabel="galaxies a second", xticks=worker_runs["workers"])
    rate.set_ylim(0, 1.3 * worker_runs["rate"].max())


@style.figure((7, 4))
def time_needed(axes, core_seconds, galaxies, cores, marked=()):
    """Time against number of galaxies, a line for each number of cores.

    Parameters
    ----------
    core_seconds : float
        Core-seconds that one galaxy needs.
    galaxies : (float, float)
        Ends of the axis.
    cores : sequence of int
    marked : sequence of float
        Numbers of galaxies that get a dot and their time.
    """
    ends = np.array(galaxies, dtype=float)
    for n, (colour, look, _) in zip(cores, style.SERIES, strict=False):
        axes.plot(ends, ends * core_seconds / n, ls=look, color=colour, label=f"{n:,} cores")
        axes.plot(marked, np.array(marked) * core_seconds / n, "o", color=colour, ms=5)
    axes.set(xscale="log", yscale="log", xlabel="galaxies", ylabel="time")
    axes.set_yticks(list(TICKS), list(TICKS.values()))
    axes.set_yticks([], minor=True)
    axes.grid(axis="y", color="#E0E0E0", lw=0.7)
    axes.legend()


@style.figure((8, 1.4))
def notebook_times(axes, seconds, start):
    """Time of every notebook, and the part of it that precedes the first step.

    Parameters
    ----------
    seconds : mapping of str to float
        Seconds by notebook; where there are none, the figure says so.
    start : float
        Seconds that a notebook with TensorFlow takes to begin.
    """
    names = sorted(seconds, key=seconds.get, reverse=True)
    if not names:
        axes.text(0.5, 0.5, "no run of the whole book was measured", ha="center", va="center")
        axes.set_axis_off()
        return
    values, rows = np.array([seconds[name] for name in names]), np.arange(len(names))
    axes.barh(rows, values, color=style.SLOW, height=0.7, label="the whole notebook")
    begun = np.minimum(values, start)
    axes.barh(rows, begun, color=style.FAST, height=0.7, hatch="//", label="kernel and imports")
    style.name_rows(axes, names, fontsize=7, room=0.19)
    axes.set_xlabel("seconds")
    axes.legend(loc="lower right")
